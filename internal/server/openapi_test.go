package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"chaping/classifier"
	"chaping/internal/dataset"
	"chaping/internal/orders"
	"chaping/internal/server"
)

// description is openapi.json, with the schemas of answers closed: what an answer
// has and its schema lacks is a fault.
type description struct {
	paths   map[string]map[string]operation
	schemas *jsonschema.Compiler
	mu      sync.Mutex
	seen    map[string]bool // routes whose answers were checked
}

type operation struct {
	Parameters []struct {
		Name, In string
		Schema   struct{ Enum []any }
	}
	Responses map[string]json.RawMessage
}

var describe = sync.OnceValues(func() (*description, error) {
	data, err := os.ReadFile("openapi.json")
	if err != nil {
		return nil, err
	}
	var spec struct {
		Paths map[string]map[string]operation
	}
	if err := json.Unmarshal(data, &spec); err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	closeObjects(doc)
	d := &description{paths: spec.Paths, schemas: jsonschema.NewCompiler(), seen: map[string]bool{}}
	d.schemas.AssertFormat()
	return d, d.schemas.AddResource("openapi.json", doc)
})

// closeObjects forbids properties that a schema does not name, unless it says that
// others may be there.
func closeObjects(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, inner := range v {
			closeObjects(inner)
		}
		if _, named := v["properties"]; named && v["type"] == "object" {
			if _, said := v["additionalProperties"]; !said {
				v["additionalProperties"] = false
			}
		}
	case []any:
		for _, inner := range v {
			closeObjects(inner)
		}
	}
}

// route finds the path of openapi.json that a path is of.
func (d *description) route(path string) string {
	for _, template := range []string{path, regexp.MustCompile(`/reviews/[^/]+$`).ReplaceAllString(path, "/reviews/{id}"), regexp.MustCompile(`/corrections/[^/]+$`).ReplaceAllString(path, "/corrections/{seq}"), regexp.MustCompile(`/batches/[^/]+$`).ReplaceAllString(path, "/batches/{batch}")} {
		if d.paths[template] != nil {
			return template
		}
	}
	return ""
}

// check holds an answer of the API against its schema.
func (d *description) check(method, path string, status int, kind string, body []byte) error {
	path, _, _ = strings.Cut(path, "?")
	route := d.route(path)
	if !strings.HasPrefix(path, "/api/") || route == "" && status == http.StatusNotFound {
		return nil
	}
	method = strings.ToLower(method)
	pointer := "/components/schemas/Problem"
	if status < 400 {
		if _, ok := d.paths[route][method]; !ok {
			return fmt.Errorf("%s %s is not described", method, path)
		}
		pointer = "/paths/" + strings.ReplaceAll(route, "/", "~1") + "/" + method + "/responses/200/content/" + strings.ReplaceAll(kind, "/", "~1") + "/schema"
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	schema, err := d.schemas.Compile("openapi.json#" + (&url.URL{Path: pointer}).EscapedPath())
	if err != nil {
		return err
	}
	docs := [][]byte{body}
	if kind == "application/x-ndjson" {
		docs = bytes.Split(bytes.TrimSpace(body), []byte("\n"))
	}
	for _, doc := range docs {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
		if err != nil {
			return err
		}
		if err := schema.Validate(v); err != nil {
			return err
		}
	}
	if status < 400 {
		d.seen[method+" "+route] = true
	}
	return nil
}

// TestOpenAPI checks that the description and the routes name the same paths, and
// holds an answer of each against its schema. Other tests do so with all answers.
func TestOpenAPI(t *testing.T) {
	ts := start(t, server.Options{Import: noImport})
	text, _ := call(t, ts, "GET", "/openapi.json", "", 200)
	file, err := os.ReadFile("openapi.json")
	if err != nil || text != string(file) {
		t.Errorf("another file is served: %v", err)
	}
	source, err := os.ReadFile("server.go")
	if err != nil {
		t.Fatal(err)
	}
	d, err := describe()
	if err != nil {
		t.Fatal(err)
	}
	for path, methods := range d.paths {
		for method := range methods {
			// A route that is not described ends the program at its start.
			if !bytes.Contains(source, []byte(`"`+strings.ToUpper(method)+" "+path+`"`)) {
				t.Errorf("%s %s is described and no route", method, path)
			}
		}
	}
	found, _ := call(t, ts, "GET", "/api/v1/search?size=1&facet=star,category&sort=time&from=0&q=id:a", "", 200)
	key := regexp.MustCompile(`"key":"([0-9a-f]+)"`).FindStringSubmatch(found)[1]
	call(t, ts, "GET", "/api/v1/reviews/"+key, "", 200)
	call(t, ts, "POST", "/api/v1/classify", `[{"text":"太酸了","follow_up":"坏了"},{"text":"没有坏"}]`, 200)
	call(t, ts, "POST", "/api/v1/classify", `{"text":"太酸了"}`, 200)
	call(t, ts, "GET", "/api/v1/taxonomy", "", 200)
	call(t, ts, "GET", "/api/v1/crosstab?by=category,courier&within=courier=%E5%9C%86%E9%80%9A&min_n=1", "", 200)
	call(t, ts, "GET", "/api/v1/dsr?profile=taobao&as_of=2026-06-30&days=7&goal=4.8&what_if=product.taste=-50%25", "", 200)
	call(t, ts, "GET", "/api/v1/trends?unit=day&periods=20&as_of=2026-06-30&category=product.taste&before=2026-06-01..2026-06-01&after=2026-06-02..2026-06-30", "", 200)
	kept, _ := call(t, ts, "POST", "/api/v1/corrections", fmt.Sprintf(`[{"key":%q,"action":"accept"},{"key":%q,"action":"add","category":"courier.slow","who":"小满"}]`, key, key), 200)
	call(t, ts, "GET", "/api/v1/corrections", "", 200)
	call(t, ts, "DELETE", "/api/v1/corrections/"+regexp.MustCompile(`"seq":(\d+)`).FindStringSubmatch(kept)[1], "", 200)
	call(t, ts, "DELETE", "/api/v1/corrections/batches/"+regexp.MustCompile(`"batch":(\d+)`).FindStringSubmatch(kept)[1], "", 200)
	call(t, ts, "POST", "/api/v1/corrections/bulk", `{"rule":"food.taste.sour","dry_run":true}`, 200)
	call(t, ts, "POST", "/api/v1/import?name=a.csv&industry=food&map[text]=a", "rows", 200)
	for path, methods := range d.paths {
		for method := range methods {
			if !d.seen[method+" "+path] {
				t.Errorf("no answer of %s %s was checked", method, path)
			}
		}
	}
}

// TestParameters gives each parameter of a query string a value that is wrong, or
// at least other, and wants the answer to notice; one that is not described is refused.
func TestParameters(t *testing.T) {
	ts := start(t, server.Options{Import: func(_ context.Context, _ *classifier.Classifier, d *dataset.Dir, _ server.Upload) (r server.ImportResult, err error) {
		im, err := d.Begin(nil)
		if err != nil {
			return r, err
		}
		im.AddOrders(func(see func(*orders.Line) error) error {
			return see(&orders.Line{Order: orders.Digest("1"), Courier: "圆通"})
		}, []dataset.Import{{Name: "orders.csv"}})
		_, err = im.Commit(nil)
		return r, err
	}})
	call(t, ts, "GET", "/api/v1/crosstab?base=orders", "", 400) // there are none yet
	call(t, ts, "POST", "/api/v1/import?name=orders.csv", "rows", 200)
	d, err := describe()
	if err != nil {
		t.Fatal(err)
	}
	free := map[string]string{"q": "id:c"} // no wrong value, or none that is refused
	for path, methods := range d.paths {
		get, ok := methods["get"]
		if !ok || path == "/api/v1/reviews/{id}" {
			continue
		}
		call(t, ts, "GET", path+"?nonsense=1", "", 400)
		call(t, ts, "GET", path+"?%zz", "", 400)
		plain, _ := call(t, ts, "GET", path, "", 200)
		for _, p := range get.Parameters {
			if value, ok := free[p.Name]; ok {
				if text, _ := call(t, ts, "GET", path+"?"+p.Name+"="+value, "", 200); text == plain {
					t.Errorf("%s does not heed %s", path, p.Name)
				}
				continue
			}
			call(t, ts, "GET", path+"?"+p.Name+"=%01wrong", "", 400)
			for _, value := range p.Schema.Enum {
				call(t, ts, "GET", path+"?"+p.Name+"="+fmt.Sprint(value), "", 200)
			}
		}
	}
}
