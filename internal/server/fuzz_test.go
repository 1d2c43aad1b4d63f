package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"chaping/internal/server"
)

// serveOnce makes a request of a handler, without a network.
func serveOnce(h http.Handler, method, path, rawQuery, kind, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	r.URL.RawQuery = rawQuery
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// FuzzBody sends any body to the routes that take one: the answer is as described,
// and never a fault of the server.
func FuzzBody(f *testing.F) {
	d, err := describe()
	if err != nil {
		f.Fatal(err)
	}
	for _, body := range []string{
		`{"text":"太酸了","industry":"food"}`, `[{"text":"太酸了"},{"评价内容":"没有坏","评分":"1星"}]`, "{\"text\":\"a\"}\n\n{bad\n[]\n", `{"text":1}`, `{"text":"a","industry":"shoes"}`, `[null]`, `null`,
		`{"text":"\ud800","star":1e999,"time":"2026-02-30"}`, strings.Repeat("[", 20_000), `{"key":"x","action":"add","category":"product.taste"}`, `[{"key":"","action":"skip"}]`, "[", "\xff\xfe", `{"extra":{"a":[]},"damaged":[1]}`,
	} {
		f.Add(body)
	}
	h := newServer(f, server.Options{})
	f.Fuzz(func(t *testing.T, body string) {
		for _, to := range [][2]string{{"/api/v1/classify", "application/json"}, {"/api/v1/classify", "application/x-ndjson"}, {"/api/v1/corrections", "application/json"}} {
			w := serveOnce(h, "POST", to[0], "", to[1], body)
			if w.Code >= 500 {
				t.Errorf("%s %s: %d %s", to[0], to[1], w.Code, w.Body)
			}
			if kind := w.Header().Get("Content-Type"); strings.TrimSpace(w.Body.String()) != "" || kind != "application/x-ndjson" {
				if err := d.check("POST", to[0], w.Code, kind, w.Body.Bytes()); err != nil {
					t.Errorf("%s %s: %v", to[0], to[1], err)
				}
			}
		}
		w := serveOnce(h, "POST", "/clean", "", "application/x-www-form-urlencoded", body)
		if w.Code >= 500 {
			t.Errorf("/clean: %d %s", w.Code, w.Body)
		}
	})
}

// FuzzQueryString asks every page and the API with any query string.
func FuzzQueryString(f *testing.F) {
	d, err := describe()
	if err != nil {
		f.Fatal(err)
	}
	for _, q := range []string{
		"q=%E9%85%B8+star:<=2&size=5&from=3&sort=time&facet=star,category", "by=category,courier&within=region=%E5%8D%8E%E4%B8%AD&min_n=1", "profile=pdd&as_of=2026-06-30&days=3&goal=4.9&what_if=product.taste=-50%25",
		"unit=month&periods=3&before=2026-05-01..2026-05-31&after=2026-06-01..2026-06-30", "rows=product&cols=week&value=x&within=courier", "from=9223372036854775807", "size=-1&from=-1", "days=99999999999999999999", "goal=1e400&goal=NaN",
		"what_if==&what_if=a=NaN%25", "as_of=9999-12-31&days=3660", "as_of=0001-01-01&periods=3660", "text=%00&industry=%ff", "q=((((&undo=-1", "%zz=1;2", "category=product.taste&cut=1e9", "before=9999-12-31..9999-12-31", "q=time:9999999999-99..",
	} {
		f.Add(q)
	}
	h := newServer(f, server.Options{})
	f.Fuzz(func(t *testing.T, q string) {
		for _, path := range []string{"/api/v1/search", "/api/v1/crosstab", "/api/v1/dsr", "/api/v1/trends", "/api/v1/taxonomy", "/api/v1/corrections", "/", "/reviews", "/crosstab", "/dsr", "/clean", "/lexicon", "/import"} {
			w := serveOnce(h, "GET", path, q, "", "")
			if w.Code >= 500 {
				t.Errorf("%s?%s: %d %s", path, q, w.Code, w.Body)
			}
			if err := d.check("GET", path, w.Code, w.Header().Get("Content-Type"), w.Body.Bytes()); err != nil {
				t.Errorf("%s?%s: %v", path, q, err)
			}
		}
		if w := serveOnce(h, "GET", "/reviews/"+url.PathEscape(q), "", "", ""); w.Code >= 500 {
			t.Errorf("review %q: %d %s", q, w.Code, w.Body)
		}
	})
}
