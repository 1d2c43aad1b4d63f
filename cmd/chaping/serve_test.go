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
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// logBuffer is standard error of a command that runs beside the test.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// serve runs the command on a free port until the test ends, and returns its
// address and its log.
func serve(t *testing.T, args ...string) (address string, log *logBuffer) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	pr, pw := io.Pipe()
	code := make(chan int, 1)
	log = &logBuffer{}
	go func() {
		code <- run(ctx, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...), nil, pw, log)
		pw.Close()
	}()
	line, err := bufio.NewReader(pr).ReadString('\n')
	if err != nil {
		t.Fatalf("serve: %v, exit code %d\n%s", err, <-code, log)
	}
	t.Cleanup(func() {
		cancel()
		if got := <-code; got != exitOK {
			t.Errorf("serve ends with %d\n%s", got, log)
		}
		if strings.Contains(log.String(), "太酸") {
			t.Errorf("the log has the text of a review:\n%s", log)
		}
	})
	return strings.TrimPrefix(strings.TrimSpace(line), "chaping: listening on "), log
}

// request makes a request and returns the body of the answer, whose status must be want.
func request(t *testing.T, method, url, kind, body string, want int) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		t.Errorf("%s %s is %d, want %d: %.500s, %v", method, url, resp.StatusCode, want, answer, err)
	}
	return string(answer)
}

// TestServeReadme runs the examples of the READMEs against a server.
func TestServeReadme(t *testing.T) {
	address, _ := serve(t, "--data", filepath.Join(t.TempDir(), "shop"), "--industry", "food")
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
	address, _ := serve(t, "--data", filepath.Join(t.TempDir(), "shop"), "--industry", "food")
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

// TestServeUpload uploads reviews whose columns have names of their own, with an
// order export: columns are taken as named, and orders fill in the courier.
func TestServeUpload(t *testing.T) {
	address, _ := serve(t, "--data", filepath.Join(t.TempDir(), "shop"), "--industry", "food")
	send := func(want int, values map[string]string, files ...[3]string) string {
		t.Helper()
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		var err error
		for name, value := range values {
			err = errors.Join(err, w.WriteField(name, value))
		}
		for _, f := range files {
			part, e := w.CreateFormFile(f[0], f[1])
			if err = errors.Join(err, e); e == nil {
				_, e = io.WriteString(part, f[2])
				err = errors.Join(err, e)
			}
		}
		if err = errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		return request(t, "POST", address+"/api/v1/import", w.FormDataContentType(), b.String(), want)
	}
	reviews := [3]string{"file", "may.csv", "单号,买家说,打分\n901234567890123456,太酸了,1\n901234567890123457,很甜,5\n901234567890123458,,\n"}
	orders := [3]string{"orders", "orders.csv", "订单编号,物流公司,收货地址,宝贝标题\n901234567890123456,圆通速递,湖北省 武汉市,脐橙\n901234567890123457,中通快递,广东省 广州市,脐橙\n"}
	if text := send(422, nil, reviews, orders); !strings.Contains(text, "may.csv") || strings.Contains(text, "incoming-") {
		t.Errorf("without a column of texts: %s", text)
	}
	text := send(200, map[string]string{"map[text]": "买家说", "map[order_id]": "单号", "map[star]": "打分"}, reviews, orders)
	for _, want := range []string{`"added":3`, `"orders":2`, `"without_order":1`} {
		if !strings.Contains(text, want) {
			t.Errorf("import says %s, want %s", text, want)
		}
	}
	query := url.QueryEscape("courier:圆通 province:湖北 star:1 category:product.taste")
	if text := request(t, "GET", address+"/api/v1/search?q="+query, "", "", 200); !strings.Contains(text, `"total":1`) {
		t.Errorf("search: %s", text)
	}
	// What was shipped is kept, also of orders that come alone.
	shipped := func(courier, want string) {
		t.Helper()
		text := request(t, "GET", address+"/api/v1/crosstab?by=category,courier&min_n=1&within=courier="+url.QueryEscape(courier), "", "", 200)
		if !strings.Contains(text, `"base":"orders"`) || !strings.Contains(text, want) {
			t.Errorf("crosstab: %s, want %s", text, want)
		}
	}
	shipped("圆通", `"count":1,"base":1,`)
	more := [3]string{"orders", "more.csv", "订单编号,物流公司,收货地址\n901234567890123456,圆通速递,湖北省 武汉市\n901234567890123459,圆通,广东省 广州市\n"}
	if text := send(200, nil, more); !strings.Contains(text, `"added":0`) || !strings.Contains(text, `"orders":2`) {
		t.Errorf("orders alone: %s", text)
	}
	shipped("圆通", `"count":1,"base":2,`)
	for path, want := range map[string]string{"/crosstab": "共发货 3 单", "/crosstab?cols=month": "共 3 条评价", "/import": "3 个发货订单"} {
		if page := request(t, "GET", address+path, "", "", 200); !strings.Contains(page, want) {
			t.Errorf("%s lacks %q: %s", path, want, page)
		}
	}
	for query, want := range map[string]string{"by=star": `"base":"reviews"`, "by=courier&base=reviews": `"base":"reviews"`, "by=courier&base=orders": `"base":"orders"`} {
		if text := request(t, "GET", address+"/api/v1/crosstab?"+query, "", "", 200); !strings.Contains(text, want) {
			t.Errorf("%s: %s, want %s", query, text, want)
		}
	}
	request(t, "GET", address+"/api/v1/crosstab?base=parcels", "", "", 400)
	if text := send(200, map[string]string{"map[text]": "买家说"}, reviews); !strings.Contains(text, `"before":["may.csv"]`) || !strings.Contains(text, `"added":0`) {
		t.Errorf("the same file again: %s", text)
	}
	// A file with rows that cannot be read may come again.
	broken := [3]string{"file", "bad.jsonl", `{"id":"x1","text":"太酸了"}` + "\n{\n"}
	if text := send(200, nil, broken); !strings.Contains(text, `"added":1`) || !strings.Contains(text, `"rejected":1`) || !strings.Contains(text, `"rejects":[{"file":"bad.jsonl","row":2,`) {
		t.Errorf("a file with a bad row: %s", text)
	}
	if text := send(200, nil, broken); !strings.Contains(text, `"before":[]`) || !strings.Contains(text, `"known":1`) {
		t.Errorf("a file with a bad row again: %s", text)
	}
}

// TestServeReload changes the rules while clients classify: a good change counts, a
// bad one is refused and said, and no request fails.
func TestServeReload(t *testing.T) {
	folder := t.TempDir()
	rules := filepath.Join(folder, "shop.yaml")
	write := func(phrase string) {
		t.Helper()
		err := os.WriteFile(rules, []byte(`schema: 1
industry: pets
version: "1"
title: {zh: 宠物, en: Pets}
categories:
- {id: product.fur, zh: 商品-毛发, en: Product - fur, dimension: D, owner: 产品部}
rules:
- id: pets.fur.sheds
  category: product.fur
  any: [`+phrase+`]
  match: [`+phrase+`]
  no_match: [猫好]
`), 0o600)
		if err != nil {
			t.Fatal(err)
		}
	}
	write("猫掉毛")
	address, log := serve(t, "--lexicon", folder, "--industry", "pets", "--data", filepath.Join(t.TempDir(), "shop"))
	classify := func() string {
		return request(t, "POST", address+"/api/v1/classify", "application/json", `[{"text":"猫掉毛"},{"text":"狗掉毛"}]`, 200)
	}
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(5 * time.Millisecond):
					if text := classify(); strings.Count(text, `"product.fur"`) < 2 { // one of the two, with its hit
						t.Errorf("neither the old rules nor the new: %s", text)
					}
				}
			}
		})
	}
	until := func(so func() bool) {
		t.Helper()
		for range 300 {
			if so() {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Fatalf("it never happens; the log:\n%s", log)
	}
	before := request(t, "GET", address+"/readyz", "", "", 200)
	write("狗掉毛")
	until(func() bool { return strings.HasPrefix(classify(), `[{"id":"","labels":[],`) })
	after := request(t, "GET", address+"/readyz", "", "", 200)
	if before == after {
		t.Errorf("the hash of the rules stays %s", after)
	}
	write("[")
	until(func() bool { return strings.Contains(log.String(), "the new rules are refused, the old ones go on") })
	if !strings.Contains(log.String(), "shop.yaml") || request(t, "GET", address+"/readyz", "", "", 200) != after {
		t.Errorf("after bad rules; the log:\n%s", log)
	}
	write("猫掉毛")
	until(func() bool { return request(t, "GET", address+"/readyz", "", "", 200) == before })
	close(stop)
	clients.Wait()
}

// TestServeFaults uploads files that cannot be read by the form of the import
// page, which says in Chinese what is wrong with them.
func TestServeFaults(t *testing.T) {
	address, _ := serve(t, "--data", filepath.Join(t.TempDir(), "shop"), "--industry", "food")
	for _, tc := range []struct{ name, content, want string }{
		{"nohead.csv", "甲,乙\n1,2\n3,4\n", `没有找到评价内容所在的列，文件里的列有 "甲", "乙"`},
		{"orders.csv", "订单编号,物流公司,物流单号,收货地址\n1,圆通,2,湖北\n", "这像是订单导出，请在“订单导出”一栏上传"},
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
	page := importByPage(t, address, "named.csv", "甲,乙\n太酸了,1\n", [2]string{"map[text]", "甲"}, [2]string{"map[star]", "没有"})
	if want := "“列名”里写的“没有”这一列找不到，文件里的列有 \"甲\", \"乙\""; !strings.Contains(page, want) {
		t.Errorf("the page lacks %q: %s", want, page)
	}
	for _, want := range []string{"新增 1 条，之前已有 0 条", "新增 0 条，之前已有 1 条"} { // of a file that may come again, since a row was rejected
		if page := importByPage(t, address, "again.jsonl", "{\"text\":\"又来了\"}\n{bad\n"); !strings.Contains(regexp.MustCompile("<[^>]*>").ReplaceAllString(page, ""), want) {
			t.Errorf("the page lacks %q: %s", want, page)
		}
	}
}

// importByPage uploads a file by the form of the import page and returns the page
// that tells how it went. values are further fields.
func importByPage(t *testing.T, address, name, content string, values ...[2]string) string {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	for _, v := range values {
		err = errors.Join(err, form.WriteField(v[0], v[1]))
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
