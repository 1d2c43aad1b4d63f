package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"chaping/classifier"
	"chaping/index"
	"chaping/internal/dataset"
	"chaping/internal/dataset/datasettest"
	"chaping/internal/pipeline"
	"chaping/internal/review"
	"chaping/internal/server"
	"chaping/lexicon"
)

const evil = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`

func records() []review.Record {
	day := time.Date(2026, 6, 1, 10, 0, 0, 0, review.Shanghai)
	return []review.Record{
		{ID: "a", Text: "太酸了，打13800138000没人接", Star: 1, ScoreD: 1, ScoreS: 4, ScoreL: 5, Courier: "圆通", Province: "湖北", Product: evil, Time: day},
		{ID: "b", Text: evil + "很甜", Star: 5, ScoreD: 5, ScoreS: 5, ScoreL: 5, Courier: evil, Province: "广东", Product: "橘子", Time: day.AddDate(0, 0, 1)},
		{ID: "c", Text: "太酸", FollowUp: "真的太酸，快递也慢", Star: 2, ScoreD: 2, ScoreS: 5, ScoreL: 4, Courier: "圆通", Province: "湖南", Product: "橘子", SKU: evil, Reply: evil, Time: day.AddDate(0, 0, 2)},
	}
}

// start serves a dataset of records on loopback.
func start(t testing.TB, opt server.Options) *httptest.Server {
	t.Helper()
	s := newServer(t, opt)
	ts := httptest.NewServer(s)
	t.Cleanup(ts.Close)
	return ts
}

// newServer makes a server of a dataset of records.
func newServer(t testing.TB, opt server.Options) *server.Server {
	t.Helper()
	return newServerOf(t, opt, records())
}

// newServerOf makes a server of a dataset of some records.
func newServerOf(t testing.TB, opt server.Options, list []review.Record) *server.Server {
	t.Helper()
	return newServers(t, opt, list)()
}

// newServers makes servers of one dataset of some records.
func newServers(t testing.TB, opt server.Options, list []review.Record) func() *server.Server {
	t.Helper()
	d, cls := datasettest.New(t, list)
	if err := index.Sync(d, index.Options{Lexicon: cls.Lexicon(), Industry: "food"}, func(int) {}); err != nil {
		t.Fatal(err)
	}
	x, err := index.Open(d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	opt.Industry, opt.Now = "food", time.Now
	return func() *server.Server {
		s, err := server.New(cls, d, x, opt)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

// call makes a request and checks its status.
func call(t *testing.T, ts *httptest.Server, method, path, body string, want int, headers ...string) (text string, header http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, ts.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != want {
		t.Errorf("%s %s is %d, want %d: %.300s", method, path, resp.StatusCode, want, data)
	}
	if resp.StatusCode >= 400 && !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") && resp.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s %s: an error of type %q", method, path, resp.Header.Get("Content-Type"))
	}
	d, err := describe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.check(method, path, resp.StatusCode, resp.Header.Get("Content-Type"), data); err != nil {
		t.Errorf("%s %s: the answer is not as described: %v\n%.500s", method, path, err, data)
	}
	return string(data), resp.Header
}

func TestClassify(t *testing.T) {
	ts := start(t, server.Options{MaxBatch: 2, MaxBodyBytes: 5000})
	one, _ := call(t, ts, "POST", "/api/v1/classify", `{"id":"x","text":"太酸了","industry":"food"}`, 200)
	if !strings.HasPrefix(one, `{"id":"x","labels":["product.taste"],"template":false,"hits":[{`) || !strings.Contains(one, `"lexicon":"`) {
		t.Errorf("one: %s", one)
	}
	many, _ := call(t, ts, "POST", "/api/v1/classify", `[{"text":"太酸了"},{"text":"很甜"}]`, 200)
	var list []pipeline.Annotation
	if err := json.Unmarshal([]byte(many), &list); err != nil || len(list) != 2 || list[0].Labels[0] != "product.taste" || len(list[1].Labels) != 0 {
		t.Errorf("array: %s, %v", many, err)
	}
	lines, header := call(t, ts, "POST", "/api/v1/classify", "{\"text\":\"太酸了\"}\n\n{bad\n{\"text\":\"很甜\"}\n", 200, "Content-Type", "application/x-ndjson; charset=utf-8")
	got := strings.Split(strings.TrimSpace(lines), "\n")
	if len(got) != 3 || !strings.Contains(got[0], "product.taste") || !strings.Contains(got[1], `"status":400`) || !strings.Contains(got[2], `"labels":[]`) || header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("lines: %q", got)
	}
	for body, status := range map[string]int{
		"": 400, "{": 400, `{"text":1`: 400, `{}`: 400, `{"text":"x","industry":"shoes"}`: 400, `[{"text":"a"},{"text":"b"},{"text":"c"}]`: 413, `{"text":"` + strings.Repeat("长", 3000) + `"}`: 413,
	} {
		call(t, ts, "POST", "/api/v1/classify", body, status)
	}
	if _, h := call(t, ts, "GET", "/api/v1/classify", "", 405); h.Get("Allow") != "POST" {
		t.Errorf("Allow is %q", h.Get("Allow"))
	}
	call(t, ts, "GET", "/api/v2", "", 404)
}

func TestIdempotency(t *testing.T) {
	ts := start(t, server.Options{})
	first, _ := call(t, ts, "POST", "/api/v1/classify", `{"text":"太酸了"}`, 200, "Idempotency-Key", "k")
	again, _ := call(t, ts, "POST", "/api/v1/classify", `{"text":"太酸了"}`, 200, "Idempotency-Key", "k")
	if first != again {
		t.Errorf("%s, then %s", first, again)
	}
	call(t, ts, "POST", "/api/v1/classify", `{"text":"很甜"}`, 422, "Idempotency-Key", "k")
}

func TestAPI(t *testing.T) {
	ts := start(t, server.Options{})
	var found index.Result
	text, _ := call(t, ts, "GET", "/api/v1/search?q="+url.QueryEscape("酸 courier:圆通")+"&facet=category,star", "", 200)
	if err := json.Unmarshal([]byte(text), &found); err != nil || found.Total != 2 || len(found.Facets["category"]) == 0 || !strings.Contains(text, `"lexicon"`) {
		t.Errorf("search: %s, %v", text, err)
	}
	if strings.Contains(text, "13800138000") {
		t.Error("a phone number is given away")
	}
	one, _ := call(t, ts, "GET", "/api/v1/reviews/"+found.Hits[0].Key, "", 200)
	if !strings.Contains(one, `"product.taste"`) || strings.Contains(one, "13800138000") {
		t.Errorf("review: %s", one)
	}
	for path, want := range map[string]string{
		"/api/v1/crosstab?by=category,courier&min_n=1": `"courier":"圆通"`, "/api/v1/dsr?as_of=2026-06-30&goal=4.8&what_if=product.taste=-50%25": `"shown":"2.6"`,
		"/api/v1/taxonomy": `"product.taste"`, "/healthz": `"ok":true`, "/readyz": `"reviews":3`, "/openapi.json": `"openapi": "3.1.0"`, "/metrics": "chaping_request_seconds",
	} {
		if text, _ := call(t, ts, "GET", path, "", 200); !strings.Contains(text, want) {
			t.Errorf("%s lacks %s: %.300s", path, want, text)
		}
	}
	problem, _ := call(t, ts, "GET", "/api/v1/search?q=star:x", "", 400)
	if !strings.Contains(problem, `"at":0`) {
		t.Errorf("problem: %s", problem)
	}
	for path, status := range map[string]int{
		"/api/v1/reviews/none": 404, "/api/v1/search?size=many": 400, "/api/v1/search?size=1000": 400, "/api/v1/search?facet=x": 400, "/api/v1/crosstab?by=x": 400, "/api/v1/crosstab?within=x": 400,
		"/api/v1/dsr?profile=x": 400, "/api/v1/dsr?as_of=x": 400, "/api/v1/dsr?goal=9": 400, "/api/v1/dsr?days=-1": 400,
	} {
		call(t, ts, "GET", path, "", status)
	}
}

// TestCorrections removes a label: it is gone from search, tables and the page,
// and comes back when that is undone.
func TestCorrections(t *testing.T) {
	ts := start(t, server.Options{})
	total := func(q string) uint64 {
		var r index.Result
		text, _ := call(t, ts, "GET", "/api/v1/search?size=1&q="+url.QueryEscape(q), "", 200)
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatal(err)
		}
		return r.Total
	}
	var r index.Result
	text, _ := call(t, ts, "GET", "/api/v1/search?q=id:c", "", 200)
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	key := r.Hits[0].Key
	body := fmt.Sprintf(`{"key":%q,"action":"remove","category":"product.taste","who":"小满"}`, key)
	answer, _ := call(t, ts, "POST", "/api/v1/corrections", body, 200)
	var kept struct {
		Corrections []struct {
			Seq    uint64
			Rules  []string
			Before []string
		}
	}
	if err := json.Unmarshal([]byte(answer), &kept); err != nil || len(kept.Corrections) != 1 || len(kept.Corrections[0].Rules) == 0 || kept.Corrections[0].Before[0] != "product.taste" {
		t.Fatalf("kept %s, %v", answer, err)
	}
	if n := total("category:product.taste"); n != 1 {
		t.Errorf("%d reviews have the category after it was removed from one of two", n)
	}
	if n := total("corrected:true"); n != 1 {
		t.Errorf("%d reviews are corrected", n)
	}
	if text, _ := call(t, ts, "GET", "/api/v1/crosstab?by=category", "", 200); !strings.Contains(text, `"count":1`) {
		t.Errorf("crosstab: %s", text)
	}
	if text, _ := call(t, ts, "GET", "/api/v1/corrections", "", 200); !strings.Contains(text, `"wrong":1`) {
		t.Errorf("corrections: %s", text)
	}
	call(t, ts, "DELETE", fmt.Sprint("/api/v1/corrections/", kept.Corrections[0].Seq), "", 200)
	call(t, ts, "DELETE", fmt.Sprint("/api/v1/corrections/", kept.Corrections[0].Seq), "", 404)
	if n := total("category:product.taste"); n != 2 {
		t.Errorf("%d reviews have the category after undoing", n)
	}
	for body, status := range map[string]int{
		fmt.Sprintf(`{"key":%q,"action":"add","category":"product.date","part":"reply"}`, key): 400, fmt.Sprintf(`{"key":%q,"action":"accept","part":"text"}`, key): 400,
		fmt.Sprintf(`{"key":%q,"action":"add","category":"product.date","words":"快过期"}`, key): 400, fmt.Sprintf(`{"key":%q,"action":"add","category":"product.date","words":"太酸","part":"follow_up"}`, key): 200,
		`{"key":"none","action":"accept"}`: 404, `{"key":"x"}`: 400, `{`: 400, fmt.Sprintf(`{"key":%q,"action":"add","category":"no.such"}`, key): 400,
	} {
		call(t, ts, "POST", "/api/v1/corrections", body, status)
	}
}

func TestAccess(t *testing.T) {
	tokens, err := server.ReadTokens(strings.NewReader("# keys\nread aaaaaaaaaaaaaaaa\n\nwrite bbbbbbbbbbbbbbbb\n"))
	if err != nil || len(tokens) != 2 {
		t.Fatalf("%+v, %v", tokens, err)
	}
	for _, bad := range []string{"", "read short", "x aaaaaaaaaaaaaaaa"} {
		if _, err := server.ReadTokens(strings.NewReader(bad)); err == nil {
			t.Errorf("tokens %q are accepted", bad)
		}
	}
	ts := start(t, server.Options{Tokens: tokens})
	read, write := "Bearer aaaaaaaaaaaaaaaa", "Bearer bbbbbbbbbbbbbbbb"
	call(t, ts, "GET", "/api/v1/search", "", 401)
	call(t, ts, "GET", "/api/v1/search", "", 401, "Authorization", "Bearer cccccccccccccccc")
	call(t, ts, "GET", "/api/v1/search", "", 200, "Authorization", read)
	call(t, ts, "POST", "/api/v1/corrections", `{}`, 403, "Authorization", read)
	call(t, ts, "POST", "/api/v1/corrections", `{}`, 400, "Authorization", write)
	call(t, ts, "GET", "/healthz", "", 200)
	if _, h := call(t, ts, "GET", "/reviews", "", 303, "Accept", "text/html"); h.Get("Location") != "/login" {
		t.Errorf("a browser is sent to %q", h.Get("Location"))
	}
	form := "application/x-www-form-urlencoded"
	call(t, ts, "POST", "/login", "token=wrong", 401, "Content-Type", form)
	_, h := call(t, ts, "POST", "/login", "token=aaaaaaaaaaaaaaaa", 303, "Content-Type", form)
	cookie := h.Get("Set-Cookie")
	if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Strict") {
		t.Errorf("cookie is %q", cookie)
	}
	session, _, _ := strings.Cut(cookie, ";")
	call(t, ts, "GET", "/reviews", "", 200, "Cookie", session, "Accept", "text/html")
	for _, path := range []string{"/clean", "/clean/bulk", "/clean/excel", "/clean/rules", "/import", "/api/v1/corrections/bulk"} {
		call(t, ts, "POST", path, "act=accept", 403, "Cookie", session, "Content-Type", form)
	}
	call(t, ts, "DELETE", "/api/v1/corrections/batches/1", "", 403, "Cookie", session)
	for _, path := range []string{"/clean", "/clean/bulk?rule=food.taste.sour", "/clean/excel", "/clean/rules"} {
		if page, _ := call(t, ts, "GET", path, "", 200, "Cookie", session, "Accept", "text/html"); strings.Contains(strings.ReplaceAll(page, `method="post" action="/logout"`, ""), `<form method="post"`) && path != "/clean" || strings.Contains(page, `name="act"`) {
			t.Errorf("%s offers what a token that reads may not do", path)
		}
	}
	call(t, ts, "POST", "/clean", "act=accept", 403, "Authorization", write, "Content-Type", form, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
}

// TestHost refuses names that lead here, where no token is asked for.
func TestHost(t *testing.T) {
	ts := start(t, server.Options{})
	r, err := http.NewRequestWithContext(t.Context(), "GET", ts.URL+"/api/v1/search", nil)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{"evil.example": 403, "evil.example:80": 403, "localhost:1": 200, "127.0.0.1": 200, "[::1]:8650": 200} {
		r.Host = host
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if resp.Body.Close(); resp.StatusCode != want {
			t.Errorf("host %s gets %d, want %d", host, resp.StatusCode, want)
		}
	}
}

// TestTimeout answers what took too long, and says so.
func TestTimeout(t *testing.T) {
	ts := start(t, server.Options{Timeout: time.Nanosecond})
	call(t, ts, "GET", "/api/v1/search?q=%E9%85%B8", "", 503)
}

// TestTogether corrects, reads and imports at once; the race detector watches in CI.
func TestTogether(t *testing.T) {
	ts := start(t, server.Options{Import: func(_ context.Context, _ *classifier.Classifier, d *dataset.Dir, _ server.Upload) (server.ImportResult, error) {
		im, err := d.Begin(nil)
		if err != nil {
			return server.ImportResult{}, err
		}
		_, err = im.Commit(nil)
		return server.ImportResult{}, err
	}})
	var all index.Result
	text, _ := call(t, ts, "GET", "/api/v1/search?size=10", "", 200)
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			key := all.Hits[i%3].Key
			call(t, ts, "POST", "/api/v1/corrections", fmt.Sprintf(`{"key":%q,"action":"accept"}`, key), 200)
			for _, path := range []string{"/lexicon", "/import", "/", "/reviews/" + key, "/readyz"} {
				call(t, ts, "GET", path, "", 200)
			}
			call(t, ts, "POST", "/api/v1/import?name=a.csv", "rows", 200)
		})
	}
	wg.Wait()
}

// TestPages opens every page: no hostile text gets through, and nothing failed
// to be written.
func TestPages(t *testing.T) {
	ts := start(t, server.Options{})
	text, _ := call(t, ts, "GET", "/api/v1/search?size=10", "", 200)
	var all index.Result
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	paths := []string{"/", "/reviews", "/reviews?q=" + url.QueryEscape("<script>alert<img src=x"), "/crosstab", "/crosstab?rows=product&cols=courier", "/crosstab?within=" + url.QueryEscape("region=华中"), "/crosstab?rows=week&cols=star",
		"/dsr", "/dsr?goal=4.9&cut.product.taste=30&kind=cross", "/clean", "/clean?q=" + url.QueryEscape("酸"), "/lexicon", "/lexicon?text=" + url.QueryEscape("太酸"+evil), "/lexicon?category=product.taste", "/import", "/login"}
	for _, h := range all.Hits {
		paths = append(paths, "/reviews/"+h.Key)
	}
	for _, path := range paths {
		page, header := call(t, ts, "GET", path, "", 200)
		if strings.Contains(page, "<script>alert") || strings.Contains(page, "<img src=x") {
			t.Errorf("%s lets hostile text through", path)
		}
		if !strings.Contains(page, "</html>") || strings.Contains(page, "%!") || strings.Contains(page, "0xc0") {
			t.Errorf("%s is not whole: %.200s", path, page[max(0, len(page)-200):])
		}
		if csp := header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s has the policy %q", path, csp)
		}
		if strings.Contains(page, "13800138000") {
			t.Errorf("%s gives away a phone number", path)
		}
		if n := len(regexp.MustCompile(`<(input|select)[ >]`).FindAllString(page, -1)) - strings.Count(page, `type="hidden"`); n > strings.Count(page, "<label") {
			t.Errorf("%s has %d fields and %d labels", path, n, strings.Count(page, "<label"))
		}
	}
	if page, _ := call(t, ts, "GET", "/reviews?q=star:x", "", 400); !strings.Contains(page, "查询第 1 个字符处有误") {
		t.Error("a wrong query is not said")
	}
	form := "application/x-www-form-urlencoded"
	key := all.Hits[0].Key
	_, h := call(t, ts, "POST", "/clean", url.Values{"key": {key}, "act": {"accept"}, "q": {"酸"}}.Encode(), 303, "Content-Type", form)
	if h.Get("Location") != "/clean?q=%E9%85%B8" {
		t.Errorf("after an act one is sent to %q", h.Get("Location"))
	}
}

// TestEmptyPages opens the pages of an empty dataset, and of none.
func TestEmptyPages(t *testing.T) {
	empty := httptest.NewServer(newServerOf(t, server.Options{Import: noImport}, nil))
	t.Cleanup(empty.Close)
	for path, want := range map[string]string{
		"/": "还没有评价", "/reviews": "还没有评价", "/crosstab": "还没有可以分析的评价", "/dsr": "还没有评价", "/clean": "复核", "/lexicon": "食品的分类", "/import": "还没有导入过",
	} {
		if page, _ := call(t, empty, "GET", path, "", 200); !strings.Contains(page, want) || strings.Contains(page, "0001-01-01") {
			t.Errorf("%s of an empty dataset lacks %q: %s", path, want, page)
		}
	}
	lex, err := lexicon.Load()
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(classifier.New(lex), nil, nil, server.Options{Industry: "food", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	none := httptest.NewServer(s)
	t.Cleanup(none.Close)
	for path, status := range map[string]int{"/": 200, "/reviews": 404, "/crosstab": 404, "/dsr": 404, "/clean": 404, "/lexicon?text=%E5%A4%AA%E9%85%B8": 200, "/import": 200} {
		if page, _ := call(t, none, "GET", path, "", status, "Accept", "text/html"); status == 404 && !strings.Contains(page, "没有数据") {
			t.Errorf("%s without a dataset: %s", path, page)
		}
	}
}
