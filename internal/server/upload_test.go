package server_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"chaping/classifier"
	"chaping/internal/dataset"
	"chaping/internal/server"
)

func noImport(context.Context, *classifier.Classifier, *dataset.Dir, server.Upload) (server.ImportResult, error) {
	return server.ImportResult{}, nil
}

func slowImport(d time.Duration) func(context.Context, *classifier.Classifier, *dataset.Dir, server.Upload) (server.ImportResult, error) {
	return func(ctx context.Context, _ *classifier.Classifier, _ *dataset.Dir, _ server.Upload) (server.ImportResult, error) {
		select {
		case <-time.After(d):
			return server.ImportResult{}, nil
		case <-ctx.Done():
			return server.ImportResult{}, ctx.Err()
		}
	}
}

// form writes a form: values by name, files as name, file name, content.
func form(t *testing.T, values map[string]string, files ...[3]string) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	var err error
	for _, f := range files {
		part, e := w.CreateFormFile(f[0], f[1])
		if err = errors.Join(err, e); e == nil {
			_, e = part.Write([]byte(f[2]))
			err = errors.Join(err, e)
		}
	}
	for name, value := range values { // after the files, as a program may send them
		err = errors.Join(err, w.WriteField(name, value))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

// importByPage sends the form of the import page, and follows the job that it
// begins to its end, whose status is checked.
func importByPage(t *testing.T, ts *httptest.Server, body, kind string, want int) string {
	t.Helper()
	first := http.StatusSeeOther
	if want == http.StatusBadRequest { // which is said at once
		first = want
	}
	page, h := call(t, ts, "POST", "/import", body, first, "Content-Type", kind, "Accept", "text/html")
	for path := h.Get("Location"); path != ""; {
		resp, err := http.Get(ts.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(resp.Body)
		if resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if page = string(data); !strings.Contains(page, `http-equiv="refresh"`) {
			if path = ""; resp.StatusCode != want {
				t.Errorf("%s is %d, want %d", resp.Request.URL, resp.StatusCode, want)
			}
		}
	}
	return page
}

// TestJobs refuses an import while too many have not ended; they end with the server.
func TestJobs(t *testing.T) {
	var ended atomic.Int64
	t.Cleanup(func() {
		if n := ended.Load(); n != 4 {
			t.Errorf("%d of 4 imports ended with the server", n)
		}
	})
	began := make(chan bool, 1)
	address := serving(t, server.Options{Import: func(ctx context.Context, _ *classifier.Classifier, _ *dataset.Dir, u server.Upload) (server.ImportResult, error) {
		u.Seen()
		select {
		case began <- true:
		default:
		}
		<-ctx.Done()
		ended.Add(1)
		return server.ImportResult{}, ctx.Err()
	}})
	ts := &httptest.Server{URL: "http://" + address}
	body, kind := form(t, nil, [3]string{"file", "a.csv", "rows"})
	for range 4 {
		call(t, ts, "POST", "/import", body, 303, "Content-Type", kind)
	}
	<-began
	if page, _ := call(t, ts, "GET", "/import?job=1", "", 200); !strings.Contains(page, "已处理 1 条") {
		t.Errorf("the page of the import does not tell how far it is: %s", page)
	}
	if page, _ := call(t, ts, "POST", "/import", body, 429, "Content-Type", kind, "Accept", "text/html"); !strings.Contains(page, "已有 4 个导入没有完成") {
		t.Errorf("page: %s", page)
	}
	call(t, ts, "GET", "/import?job=99", "", 404)
}

// TestUpload checks what an upload hands to the import, and that nothing is left of it.
func TestUpload(t *testing.T) {
	var got server.Upload
	var content []string
	ts := start(t, server.Options{Import: func(_ context.Context, cls *classifier.Classifier, _ *dataset.Dir, u server.Upload) (server.ImportResult, error) {
		got, content = u, nil
		for _, path := range append(u.Files, u.Orders...) {
			data, err := os.ReadFile(path)
			if err != nil || filepath.Dir(path) != u.Folder {
				t.Errorf("%s: %v", path, err)
			}
			content = append(content, filepath.Base(path)+"="+string(data))
		}
		if cls == nil || string(content[0]) == "bad.csv=bad" {
			return server.ImportResult{}, errors.New("bad.csv: no header")
		}
		return server.ImportResult{Added: 3}, nil
	}})
	check := func(wantContent []string, industry string, columns map[string]string) {
		t.Helper()
		if diff := cmp.Diff(wantContent, content); diff != "" || got.Industry != industry || cmp.Diff(columns, got.Columns) != "" {
			t.Errorf("upload is %+v, content (-want +got):\n%s", got, diff)
		}
		if _, err := os.Stat(got.Folder); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", got.Folder, err)
		}
	}
	text, _ := call(t, ts, "POST", "/api/v1/import?industry=food&name=..%2F..%2Fa.csv&map[text]=%E5%86%85%E5%AE%B9", "rows", 200)
	if !strings.Contains(text, `"added":3`) || !strings.Contains(text, `"lexicon":"`) {
		t.Errorf("answer is %s", text)
	}
	check([]string{"a.csv=rows"}, "food", map[string]string{"text": "内容"})
	body, kind := form(t, map[string]string{"industry": "food", "map[text]": "评价", "map[star]": ""}, [3]string{"file", `C:\x\a.csv`, "rows"}, [3]string{"file", "b.csv", "more"}, [3]string{"orders", "../o.csv", "orders"})
	call(t, ts, "POST", "/api/v1/import", body, 200, "Content-Type", kind)
	check([]string{"a.csv=rows", "b.csv=more", "o.csv=orders"}, "food", map[string]string{"text": "评价"})
	body, kind = form(t, nil, [3]string{"file", "a.csv", "rows"}, [3]string{"orders", "", ""})
	if page := importByPage(t, ts, body, kind, 200); !strings.Contains(page, "新增 3 条") || strings.Contains(page, "已处理") {
		t.Errorf("page: %s", page)
	}
	check([]string{"a.csv=rows"}, "", map[string]string{})
	body, kind = form(t, nil, [3]string{"file", "", ""}, [3]string{"orders", "o.csv", "orders"})
	importByPage(t, ts, body, kind, 200)
	check([]string{"o.csv=orders"}, "", map[string]string{})
	for name, tc := range map[string]struct {
		values map[string]string
		files  [][3]string
		status int
		en, zh string
	}{
		"fault of the file": {nil, [][3]string{{"file", "bad.csv", "bad"}}, 422, "bad.csv: no header", "文件没有导入：bad.csv"},
		"no file":           {nil, [][3]string{{"orders", "", ""}}, 400, "no part called file or orders", "请选择要导入的评价文件或订单文件"},
		"same name":         {nil, [][3]string{{"file", "a.csv", "x"}, {"orders", "a.csv", "y"}}, 400, "two files are called a.csv", "有两个文件都叫 a.csv"},
		"unknown value":     {map[string]string{"map[nothing]": "x"}, [][3]string{{"file", "a.csv", "x"}}, 400, `called "map[nothing]"`, "表单没有字段"},
		"long value":        {map[string]string{"industry": strings.Repeat("x", 2000)}, [][3]string{{"file", "a.csv", "x"}}, 400, "more than 1000 bytes", "超过 1000 字节"},
	} {
		body, kind := form(t, tc.values, tc.files...)
		if text, _ := call(t, ts, "POST", "/api/v1/import", body, tc.status, "Content-Type", kind); !strings.Contains(strings.ReplaceAll(text, `\"`, `"`), tc.en) {
			t.Errorf("%s: %s, want %q", name, text, tc.en)
		}
		if page := importByPage(t, ts, body, kind, tc.status); !strings.Contains(page, tc.zh) || !strings.Contains(page, "</html>") {
			t.Errorf("%s: page lacks %q: %s", name, tc.zh, page)
		}
	}
	call(t, ts, "POST", "/api/v1/import", body[:len(body)-20], 400, "Content-Type", kind)
	call(t, ts, "POST", "/api/v1/import", body, 400, "Content-Type", "multipart/form-data")
}
