package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"chaping/classifier"
	"chaping/internal/dataset"
	"chaping/internal/server"
)

func panics(context.Context, *classifier.Classifier, *dataset.Dir, server.Upload) (server.ImportResult, error) {
	panic("by way of trial")
}

// TestLog asks with a word in every place that takes text: no line of the log has
// it, and each is JSON that says what was asked and what came of it.
func TestLog(t *testing.T) {
	const word = "秘密词句"
	var log bytes.Buffer
	ts := start(t, server.Options{Log: slog.New(slog.NewJSONHandler(&log, nil)), Import: panics})
	q := url.QueryEscape(word)
	form := "application/x-www-form-urlencoded"
	for _, tc := range []struct {
		method, path, body, kind string
		status                   int
	}{
		{"POST", "/api/v1/classify", `{"text":"` + word + `太酸"}`, "application/json", 200},
		{"POST", "/api/v1/classify", `{"text":"` + word, "application/json", 400},
		{"POST", "/api/v1/classify", `{"text":"x","industry":"` + word + `"}`, "application/json", 400},
		{"POST", "/api/v1/classify", `{"text":"` + word + `"}` + "\n" + word, "application/x-ndjson", 200},
		{"POST", "/api/v1/corrections", `{"key":"` + word + `","action":"accept","who":"` + word + `"}`, "application/json", 404},
		{"GET", "/api/v1/search?q=" + q, "", "", 200},
		{"GET", "/api/v1/search?q=star:" + q, "", "", 400},
		{"GET", "/api/v1/reviews/" + q, "", "", 404},
		{"GET", "/reviews/" + q, "", "", 404},
		{"GET", "/reviews?q=" + q, "", "", 200},
		{"GET", "/lexicon?text=" + q, "", "", 200},
		{"POST", "/clean", "key=" + q + "&act=accept&q=" + q, form, 404},
		{"POST", "/clean", "who=" + q, form, 303},
		{"POST", "/clean/bulk", "rule=" + q + "&reviews=0&q=" + q, form, 303},
		{"GET", "/" + q, "", "", 404},
		{"POST", "/api/v1/import?name=" + q, word, "text/csv", 500},
	} {
		call(t, ts, tc.method, tc.path, tc.body, tc.status, "Content-Type", tc.kind)
	}
	ts.Close() // nobody writes any more
	text := log.String()
	if strings.Contains(text, word) || strings.Contains(text, q) || strings.Contains(text, "太酸") {
		t.Errorf("the log has the text of a review:\n%s", text)
	}
	routes := map[string]bool{}
	for line := range strings.Lines(text) {
		var entry struct {
			Msg, Request, Route string
			Status              int
			Took                *float64
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		routes[entry.Route] = true
		if entry.Msg == "request" && (entry.Request == "" || entry.Status == 0 || entry.Took == nil) {
			t.Errorf("the log says too little: %s", line)
		}
	}
	if !routes["POST /api/v1/classify"] || !routes["GET /reviews/{key}"] || !strings.Contains(text, "by way of trial") || !strings.Contains(text, `"level":"ERROR"`) {
		t.Errorf("the log lacks routes or the panic:\n%s", text)
	}
}

// TestPanicInBackground begins an import on the page that panics: the server goes on,
// and the page says that nothing was imported.
func TestPanicInBackground(t *testing.T) {
	ts := start(t, server.Options{Import: panics})
	_, h := call(t, ts, "POST", "/import?name=a.csv", "rows", 303)
	for {
		resp, err := http.Get(ts.URL + h.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(page), "正在导入") {
			continue
		}
		if resp.StatusCode != 500 || !strings.Contains(string(page), "没有导入") || strings.Contains(string(page), "trial") {
			t.Errorf("the page of an import that panicked is %d: %s", resp.StatusCode, page)
		}
		break
	}
	call(t, ts, "POST", "/import?name=a.csv", "rows", 303)
}

// TestPanic answers a request whose handler panics, counts it, and goes on.
func TestPanic(t *testing.T) {
	ts := start(t, server.Options{Import: panics})
	if text, _ := call(t, ts, "POST", "/api/v1/import?name=a.csv", "rows", 500); strings.Contains(text, "trial") || !strings.Contains(text, `"status":500`) {
		t.Errorf("answer is %s", text)
	}
	call(t, ts, "POST", "/api/v1/import?name=a.csv", "rows", 500) // the slot and the lock are free again
	if text, _ := call(t, ts, "GET", "/metrics", "", 200); !strings.Contains(text, `chaping_request_seconds_count{route="POST /api/v1/import",status="500"} 2`) {
		t.Errorf("metrics:\n%s", text)
	}
}

// TestMetrics wants the median and the 99th percentile of a route.
func TestMetrics(t *testing.T) {
	ts := start(t, server.Options{})
	for range 20 {
		call(t, ts, "POST", "/api/v1/classify", `[{"text":"太酸了"},{"text":"很甜"}]`, 200)
	}
	text, _ := call(t, ts, "GET", "/metrics", "", 200)
	for _, quantile := range []string{"0.5", "0.99"} {
		begin := fmt.Sprintf(`chaping_request_seconds{route="POST /api/v1/classify",status="200",quantile="%s"} `, quantile)
		if _, value, ok := strings.Cut(text, begin); !ok || strings.HasPrefix(value, "NaN") || strings.HasPrefix(value, "0\n") {
			t.Errorf("no quantile %s in\n%s", quantile, text)
		}
	}
	for _, want := range []string{"chaping_classified_reviews_total 40", `chaping_request_seconds_count{route="POST /api/v1/classify",status="200"} 20`} {
		if !strings.Contains(text, want) {
			t.Errorf("metrics lack %q:\n%s", want, text)
		}
	}
}

// TestOtherSites holds off what a page of another site makes a browser send.
func TestOtherSites(t *testing.T) {
	ts := start(t, server.Options{})
	for _, tc := range []struct {
		method, path, site, mode, origin string
		status                           int
	}{
		{"GET", "/api/v1/search", "cross-site", "no-cors", "", 403}, // as a script, a picture or a fetch
		{"GET", "/static/app.js", "cross-site", "no-cors", "", 403},
		{"GET", "/reviews", "same-site", "cors", "", 403},
		{"GET", "/reviews", "cross-site", "navigate", "", 200}, // a link
		{"GET", "/api/v1/search", "same-origin", "cors", "", 200},
		{"GET", "/reviews", "none", "navigate", "", 200}, // typed
		{"POST", "/clean", "cross-site", "navigate", "", 403},
		{"POST", "/clean", "same-site", "navigate", "", 403},
		{"POST", "/clean", "", "", "http://evil.example", 403}, // a browser without Sec-Fetch-Site
		{"POST", "/clean", "", "", "null", 403},
		{"POST", "/api/v1/classify", "", "", "http://evil.example", 403},
		{"DELETE", "/api/v1/corrections/1", "cross-site", "cors", "", 403},
		{"POST", "/clean", "same-origin", "navigate", "", 400}, // the form says nothing
	} {
		headers := []string{"Content-Type", "application/x-www-form-urlencoded"}
		for name, value := range map[string]string{"Sec-Fetch-Site": tc.site, "Sec-Fetch-Mode": tc.mode, "Origin": tc.origin} {
			if value != "" {
				headers = append(headers, name, value)
			}
		}
		call(t, ts, tc.method, tc.path, "", tc.status, headers...)
	}
	page, h := call(t, ts, "POST", "/clean", "", 403, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Accept", "text/html")
	if !strings.Contains(page, "请求来自别的网站") || h.Get("Access-Control-Allow-Origin") != "" || h.Get("Cross-Origin-Resource-Policy") != "same-origin" {
		t.Errorf("page %s, headers %v", page, h)
	}
}

// TestMethods checks HEAD, OPTIONS and what is not allowed.
func TestMethods(t *testing.T) {
	ts := start(t, server.Options{})
	if text, h := call(t, ts, "HEAD", "/reviews", "", 200); text != "" || h.Get("Content-Length") == "" {
		t.Errorf("HEAD answers %q, %v", text, h)
	}
	for path, allow := range map[string]string{"/api/v1/classify": "POST", "/api/v1/corrections": "GET, HEAD, POST", "/reviews": "GET, HEAD", "/clean": "GET, HEAD, POST"} {
		r, err := http.NewRequestWithContext(t.Context(), "OPTIONS", ts.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := strings.Join(resp.Header.Values("Allow"), ", "); resp.StatusCode != 204 || got != allow {
			t.Errorf("OPTIONS %s is %d, Allow %q, want %q", path, resp.StatusCode, got, allow)
		}
	}
	for _, method := range []string{"PUT", "PATCH", "DELETE", "TRACE", "CONNECT"} {
		r, err := http.NewRequestWithContext(t.Context(), method, ts.URL+"/api/v1/corrections", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if resp.Body.Close(); resp.StatusCode != 405 {
			t.Errorf("%s is %d", method, resp.StatusCode)
		}
	}
	for path, status := range map[string]int{"/static/../server.go": 404, "/static/%2e%2e/server.go": 404, "/static/..%2f..%2fserver.go": 404, "//evil.example/": 404, "/api/v1/reviews/..%2f..%2fx": 404, "/reviews/%00": 404} {
		if got := rawStatus(t, ts.Listener.Addr().String(), path); got != status && got != 301 && got != 307 && got != 400 {
			t.Errorf("%s is %d, want %d or a redirect within the site", path, got, status)
		}
	}
}

// TestChineseErrors asks as a browser does: errors are pages in Chinese.
func TestChineseErrors(t *testing.T) {
	tokens := []server.Token{{Value: "aaaaaaaaaaaaaaaa"}, {Value: "bbbbbbbbbbbbbbbb", Write: true}}
	ts := start(t, server.Options{Tokens: tokens, MaxBodyBytes: 1000})
	form := "application/x-www-form-urlencoded"
	for _, tc := range []struct {
		method, path, body, token string
		status                    int
		want                      string
	}{
		{"GET", "/nowhere", "", "b", 404, "没有这个页面"},
		{"GET", "/reviews/none", "", "b", 404, "没有这条评价"},
		{"GET", "/reviews?from=x", "", "b", 400, "from=x：请填整数"},
		{"GET", "/reviews?from=99999999999", "", "b", 400, "请缩小查询范围"},
		{"GET", "/crosstab?rows=x", "", "b", 400, "维度有误"},
		{"GET", "/dsr?goal=9", "", "b", 400, "目标分 9 有误"},
		{"GET", "/dsr?as_of=x", "", "b", 400, "截止日期 x 有误"},
		{"POST", "/clean", "act=accept", "a", 403, "只能查看"},
		{"POST", "/clean", "key=none&act=accept", "b", 404, "没有这条评价"},
		{"POST", "/clean", "undo=x", "b", 400, "不是修改记录的编号"},
		{"POST", "/clean", "%zz", "b", 400, "表单不完整"},
		{"POST", "/clean", "a=" + strings.Repeat("x", 2000), "b", 413, "超过上限（1000 字节）"},
		{"POST", "/import", "x", "b", 404, "没有开启导入"},
		{"DELETE", "/reviews", "", "b", 405, "不支持这种请求方法"},
	} {
		page, h := call(t, ts, tc.method, tc.path, tc.body, tc.status, "Accept", "text/html,*/*", "Content-Type", form, "Authorization", "Bearer "+strings.Repeat(tc.token, 16))
		if !strings.Contains(page, tc.want) || !strings.Contains(page, "</html>") || h.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s %s: no page with %q: %s", tc.method, tc.path, tc.want, page)
		}
	}
}

// TestSession logs in and out.
func TestSession(t *testing.T) {
	ts := start(t, server.Options{Tokens: []server.Token{{Value: "aaaaaaaaaaaaaaaa"}}})
	form := "application/x-www-form-urlencoded"
	call(t, ts, "POST", "/login", "token=aaaaaaaaaaaaaaaa", 403, "Content-Type", form, "Sec-Fetch-Site", "cross-site")
	_, h := call(t, ts, "POST", "/login", "token=aaaaaaaaaaaaaaaa", 303, "Content-Type", form)
	session, _, _ := strings.Cut(h.Get("Set-Cookie"), ";")
	call(t, ts, "GET", "/reviews", "", 200, "Cookie", session)
	_, h = call(t, ts, "POST", "/logout", "", 303, "Cookie", session, "Content-Type", form)
	if h.Get("Location") != "/login" || !strings.Contains(h.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("after leaving: %v", h)
	}
	call(t, ts, "GET", "/reviews", "", 401, "Cookie", session)
	call(t, ts, "GET", "/login?token=aaaaaaaaaaaaaaaa", "", 200)
	if _, h := call(t, ts, "POST", "/login?token=aaaaaaaaaaaaaaaa", "", 401, "Content-Type", form); h.Get("Set-Cookie") != "" {
		t.Error("a token in the address logs in: addresses are kept in histories and logs")
	}
}

// TestIdempotencyKeys has keys of two clients, keys at once, and one that is too long.
func TestIdempotencyKeys(t *testing.T) {
	ts := start(t, server.Options{Tokens: []server.Token{{Value: "aaaaaaaaaaaaaaaa"}, {Value: "bbbbbbbbbbbbbbbb"}}})
	a, b := "Bearer aaaaaaaaaaaaaaaa", "Bearer bbbbbbbbbbbbbbbb"
	post := func(who, key, body string, status int) {
		t.Helper()
		call(t, ts, "POST", "/api/v1/classify", body, status, "Authorization", who, "Idempotency-Key", key)
	}
	post(a, "k", `{"text":"太酸了"}`, 200)
	post(b, "k", `{"text":"很甜"}`, 200) // not the other's
	post(a, "k", `{"text":"很甜"}`, 422)
	post(a, "wrong", `{"text":`, 400)
	post(a, "wrong", `{"text":"很甜"}`, 200) // what failed is not remembered
	post(a, strings.Repeat("k", 256), `{"text":"很甜"}`, 400)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { post(a, "at once", `[{"text":"太酸了"}]`, 200) })
	}
	wg.Wait()
}

// TestLinesWithFaults answers a stream with faults line by line, and a stream whose
// client goes away does not disturb others.
func TestLinesWithFaults(t *testing.T) {
	ts := start(t, server.Options{MaxRequests: 2})
	lines := "application/x-ndjson"
	text, _ := call(t, ts, "POST", "/api/v1/classify", `{"id":"1","text":"太酸了"}`+"\r\n"+`{"id":"2","text":"x","industry":"shoes"}`+"\n\n  \nnull\n[1]\n\"x\"\n"+`{"id":"3","text":"很甜"}`, 200, "Content-Type", lines)
	got := strings.Split(strings.TrimSpace(text), "\n")
	want := []string{`"id":"1"`, `"status":400`, `"status":400`, `"status":400`, `"status":400`, `"id":"3"`}
	if len(got) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(got), len(want), text)
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("line %d is %s, want %s", i+1, got[i], want[i])
		}
	}
	stream := func(ctx context.Context, body io.Reader) (resp *http.Response) {
		r, err := http.NewRequestWithContext(ctx, "POST", ts.URL+"/api/v1/classify", body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", lines)
		if resp, err = http.DefaultClient.Do(r); err != nil {
			t.Fatal(err)
		}
		return resp
	}
	ctx, leave := context.WithCancel(t.Context())
	resp := stream(ctx, endless(`{"text":"太酸了"}`+"\n"))
	leave()
	resp.Body.Close()
	eventually(t, func() bool { // its slot is free again
		resp := stream(t.Context(), strings.NewReader(`{"text":"很甜"}`))
		resp.Body.Close()
		return resp.StatusCode == 200
	})
}

// endless repeats a line.
type endless string

func (e endless) Read(p []byte) (int, error) {
	return copy(p, strings.Repeat(string(e), 1+len(p)/len(e))), nil
}

// TestBombs sends what is small on the wire and large in memory.
func TestBombs(t *testing.T) {
	ts := start(t, server.Options{})
	call(t, ts, "POST", "/api/v1/classify", strings.Repeat("[", 1<<20), 400)
	call(t, ts, "POST", "/api/v1/classify", `{"text":`+strings.Repeat(`{"a":`, 100_000)+strings.Repeat("}", 100_001), 400)
	call(t, ts, "POST", "/api/v1/classify", `{"text":"`+strings.Repeat("太酸了，", 200_000)+`"}`, 200)
	call(t, ts, "POST", "/api/v1/corrections", "["+strings.Repeat(`{"key":"x","action":"accept"},`, 2000)+`{"key":"x","action":"accept"}]`, 404)
	for _, q := range []string{strings.Repeat("(", 20_000), strings.Repeat("-", 20_000), strings.Repeat("a ", 10_000), strings.Repeat("a OR ", 5_000) + "a", strings.Repeat("star:1 ", 5_000), `"` + strings.Repeat("长", 5_000) + `"`, strings.Repeat("*", 10_000)} {
		if code := status(t, ts, "GET", "/api/v1/search?q="+url.QueryEscape(q), ""); code != 200 && code != 400 {
			t.Errorf("a query of %d bytes %.10q… gets %d", len(q), q, code)
		}
		if code := status(t, ts, "GET", "/reviews?q="+url.QueryEscape(q), ""); code != 200 && code != 400 {
			t.Errorf("the page of a query of %d bytes %.10q… gets %d", len(q), q, code)
		}
	}
	if code := rawStatus(t, serving(t, server.Options{}), "/api/v1/search?q="+strings.Repeat("a", 200<<10)); code != 431 {
		t.Errorf("a header of 200 KiB gets %d", code)
	}
}
