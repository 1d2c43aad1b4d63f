package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// serve runs the command on a free port until the test ends and returns its address.
func serve(t *testing.T, args ...string) (address string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	pr, pw := io.Pipe()
	code := make(chan int, 1)
	var stderr bytes.Buffer
	go func() {
		code <- run(ctx, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...), nil, pw, &stderr)
		pw.Close()
	}()
	line, err := bufio.NewReader(pr).ReadString('\n')
	if err != nil {
		t.Fatalf("serve: %v, exit code %d\n%s", err, <-code, stderr.String())
	}
	t.Cleanup(func() {
		cancel()
		if got := <-code; got != exitOK {
			t.Errorf("serve ends with %d\n%s", got, stderr.String())
		}
		if strings.Contains(stderr.String(), "太酸") {
			t.Errorf("the log has the text of a review:\n%s", stderr.String())
		}
	})
	return strings.TrimPrefix(strings.TrimSpace(line), "chaping: listening on ")
}

// TestServeReadme runs the examples of the READMEs against a server.
func TestServeReadme(t *testing.T) {
	address := serve(t, "--data", filepath.Join(t.TempDir(), "shop"), "--industry", "food")
	blocks := regexp.MustCompile("(?s)```(curl|python|go)\n(.*?)```")
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		found := blocks.FindAllSubmatch(text, -1)
		if len(found) != 3 {
			t.Errorf("%s has %d examples, want 3", name, len(found))
		}
		for _, b := range found {
			source := strings.ReplaceAll(string(b[2]), "http://127.0.0.1:8650", address)
			var cmd *exec.Cmd
			switch string(b[1]) {
			case "curl":
				cmd = exec.Command("sh", "-c", source)
			case "python":
				cmd = exec.Command("python3", "-c", source)
			case "go":
				path := filepath.Join(t.TempDir(), "main.go")
				if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
					t.Fatal(err)
				}
				cmd = exec.Command("go", "run", path)
			}
			if _, err := exec.LookPath(cmd.Args[0]); err != nil {
				t.Logf("%s: %s is not installed: its example is not run", name, cmd.Args[0])
				continue
			}
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "product.taste") || !strings.Contains(string(out), "courier.slow") {
				t.Errorf("%s: %s prints %s, %v", name, b[1], out, err)
			}
		}
	}
}

// TestServeImport uploads the sample dump and finds a review of it.
func TestServeImport(t *testing.T) {
	address := serve(t, "--data", filepath.Join(t.TempDir(), "shop"), "--industry", "food")
	file, err := os.Open(filepath.Join("..", "..", "testdata", "reviews", "food_gbk.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	post, err := http.Post(address+"/api/v1/import?name=food_gbk.csv", "application/octet-stream", file)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(post.Body)
	if post.Body.Close(); err != nil || !strings.Contains(string(answer), `"added":96`) || strings.Contains(string(answer), os.TempDir()) {
		t.Errorf("import: %s, %v", answer, err)
	}
	get, err := http.Get(address + "/api/v1/search?size=0&q=courier:%E5%9C%86%E9%80%9A")
	if err != nil {
		t.Fatal(err)
	}
	answer, err = io.ReadAll(get.Body)
	if get.Body.Close(); err != nil || strings.Contains(string(answer), `"total":0`) || !strings.Contains(string(answer), `"total":`) {
		t.Errorf("search: %s, %v", answer, err)
	}
}

// TestServeRefuses checks what serve does not start with.
func TestServeRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"elsewhere without tokens": {[]string{"--addr", "0.0.0.0:0"}, "give it --token-file"},
		"no token":                 {[]string{"--token-file", os.DevNull}, "no token: write a line"},
		"unknown industry":         {[]string{"--industry", "shoes"}, "unknown industry"},
	} {
		var stderr bytes.Buffer
		if code := run(t.Context(), append([]string{"serve"}, tc.args...), nil, io.Discard, &stderr); code != exitError || !strings.Contains(stderr.String(), tc.want) {
			t.Errorf("%s: exit code %d, %s", name, code, stderr.String())
		}
	}
}

// TestServeFaults uploads files that cannot be read by the form of the import
// page, which says in Chinese what is wrong with them.
func TestServeFaults(t *testing.T) {
	address := serve(t, "--data", filepath.Join(t.TempDir(), "shop"), "--industry", "food")
	for _, tc := range []struct{ name, content, want string }{
		{"nohead.csv", "甲,乙\n1,2\n3,4\n", `没有找到评价内容所在的列，文件里的列有 "甲", "乙"`},
		{"empty.csv", "", "文件是空的"},
		{"old.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1aaaa", "这是旧版 Excel 文件"},
		{"web.xls", "<html><body>x</body></html>", "这是网页或 XML"},
		{"x.pdf", "%PDF-1.4 aaa", "这是 PDF 文件"},
		{"broken.xlsx", "PK\x03\x04zzzz", "文件已损坏或没有下载完整"},
		{"encoding.csv", "\xff\xfe\xfd评价内容\n\xff\xff\n", "没有一行可以读取：有不属于 UTF-16LE 编码的字符"},
		{"cells.csv", "评价内容,星级\n不错,4,5,6\n好,5\n", "这一行有 4 格，表头只有 2 列"},
		{"nul.csv", "评价内容,星级\n好\x00的,5\n", "这一行有空字节"},
		{"industry.csv", "评价内容,行业\n好,航天\n", "没有行业“航天”"},
		{"lines.jsonl", "{\"text\":\"好\"}\n{bad\n", "这一行不是 JSON 对象"},
		{"keys.jsonl", "{\"text\":\"好\"}\n{\"foo\":1}\n", `没有评价内容，这一行的字段有 "foo"`},
		{"nothing.jsonl", "{\"text\":\"好\"}\n{}\n", "这一行没有内容"},
		{"cut.json", `[{"text":"a"},{"text":`, "文件在这里中断"},
	} {
		if page := importByPage(t, address, tc.name, tc.content); !strings.Contains(page, tc.want) {
			t.Errorf("%s: the page lacks %q: %s", tc.name, tc.want, page)
		}
	}
	for _, want := range []string{"新增 1 条，之前已有 0 条", "新增 0 条，之前已有 1 条"} { // of a file that may come again, since a row was rejected
		if page := importByPage(t, address, "again.jsonl", "{\"text\":\"又来了\"}\n{bad\n"); !strings.Contains(regexp.MustCompile("<[^>]*>").ReplaceAllString(page, ""), want) {
			t.Errorf("the page lacks %q: %s", want, page)
		}
	}
}

// importByPage uploads a file by the form of the import page and returns the page
// that tells how it went.
func importByPage(t *testing.T, address, name, content string) string {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err = errors.Join(err, form.Close()); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(address+"/import", form.FormDataContentType(), &body)
	for {
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(resp.Body)
		if resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(page, []byte(`http-equiv="refresh"`)) {
			return html.UnescapeString(string(page))
		}
		if resp, err = http.Get(resp.Request.URL.String()); err != nil {
			t.Fatal(err)
		}
	}
}
