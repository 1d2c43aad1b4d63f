package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

//go:embed testdata/browser/faults.js
var faultsScript string

// TestBrowser looks at the pages in Chromium: one process, a tab a test.
func TestBrowser(t *testing.T) {
	browser := startBrowser(t)
	reviews := filepath.Join("..", "..", "testdata", "reviews")
	shop := filepath.Join(t.TempDir(), "shop")
	var talk bytes.Buffer
	if code := run(t.Context(), []string{"import", "--data", shop, "--industry", "food", "--orders", filepath.Join(reviews, "orders.csv"),
		filepath.Join(reviews, "food.jsonl"), filepath.Join(reviews, "food_gbk.csv")}, nil, io.Discard, &talk); code != exitOK {
		t.Fatalf("import: %s", talk.String())
	}
	address, _ := serve(t, "--data", shop, "--industry", "food")
	t.Run("looks", func(t *testing.T) { testLooks(t, browser, address) })
	t.Run("work", func(t *testing.T) { testWork(openTab(t, browser, address, true)) })
	t.Run("work without scripts", func(t *testing.T) { testWork(openTab(t, browser, address, false)) })
	t.Run("keyboard", func(t *testing.T) { testKeyboard(openTab(t, browser, address, true)) })
	t.Run("cleaning", func(t *testing.T) { testCleaning(openTab(t, browser, address, true)) })
	t.Run("bulk", func(t *testing.T) { testBulk(openTab(t, browser, address, true)) })
	t.Run("bulk without scripts", func(t *testing.T) { testBulk(openTab(t, browser, address, false)) })
	t.Run("excel", func(t *testing.T) { testExcel(openTab(t, browser, address, true)) })
	t.Run("columns", func(t *testing.T) {
		address, _ := serve(t, "--data", filepath.Join(t.TempDir(), "shop"), "--industry", "food")
		testColumns(openTab(t, browser, address, false))
	})
	t.Run("hostile", func(t *testing.T) {
		address, _ := serve(t, "--data", filepath.Join(t.TempDir(), "shop"), "--industry", "food")
		testHostile(openTab(t, browser, address, true))
	})
}

// startBrowser starts Chromium until the test ends; without one the test is skipped.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	names := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"}
	path := ""
	for _, name := range names {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skipf("the pages are not looked at: none of %s is installed (apt-get install chromium)", strings.Join(names, ", "))
	}
	opts := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU) // containers have no sandbox of their own
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	browser, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("%s does not start: %v", path, err)
	}
	return browser
}

// tab is a tab of the browser. Whatever goes wrong in it fails its test: scripts
// that fail or that the policy stopped, dialogs, errors of the server.
type tab struct {
	*testing.T
	ctx     context.Context
	address string
	scripts bool

	mu     sync.Mutex
	wrongs []string
}

// openTab opens a tab, with or without scripts.
func openTab(t *testing.T, browser context.Context, address string, scripts bool) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	b := &tab{T: t, ctx: ctx, address: address, scripts: scripts}
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			b.wrong("script failed: %+v", e.ExceptionDetails)
		case *cdplog.EventEntryAdded:
			if e.Entry.Level == cdplog.EntryLevelError && e.Entry.Source != cdplog.EntrySourceNetwork {
				b.wrong("console: %s", e.Entry.Text)
			}
		case *network.EventResponseReceived:
			if e.Response.Status >= 500 {
				b.wrong("%s is %d", e.Response.URL, e.Response.Status)
			}
		case *page.EventJavascriptDialogOpening:
			b.wrong("a dialog says %q", e.Message)
			go chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{}) // the test has failed already
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, w := range b.wrongs {
			t.Error(w)
		}
	})
	b.do(call(cdplog.Enable, cdp.Empty{}), call(network.Enable, network.EnableParams{}), call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts}))
	return b
}

func (b *tab) wrong(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wrongs = append(b.wrongs, fmt.Sprintf(format, args...))
}

// within bounds what a page is waited for.
const within = 20 * time.Second

// do does what must work.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, within)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.Fatal(err)
	}
}

// call is a command of the protocol as an action.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

// open goes to a page of the server.
func (b *tab) open(path string) {
	b.Helper()
	b.do(chromedp.Navigate(b.address + path))
}

// click clicks on the first of what a selector finds, which leads to another page.
func (b *tab) click(selector string) {
	b.Helper()
	b.leave(selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// leave does what leads to another page, and waits for it.
func (b *tab) leave(about string, action chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, within)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, action); err != nil {
		b.Fatalf("%s at %s: %v", about, b.eval("decodeURI(location)"), err)
	}
}

// set puts a value into a field.
func (b *tab) set(field, value string) {
	b.Helper()
	b.do(chromedp.SetValue(chromedp.CSS("[name="+field+"]"), value))
}

// choose takes an option of a list that shows another view: at once, or without
// scripts by the button.
func (b *tab) choose(field, value string) {
	b.Helper()
	if b.scripts {
		b.leave("choosing "+field, chromedp.SetValue(chromedp.CSS("[name="+field+"]"), value))
		return
	}
	b.set(field, value)
	b.click("form.line button")
}

// eval is the value of an expression, as text.
func (b *tab) eval(expression string) string {
	b.Helper()
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return out
}

// number is the first number in the text of what a selector finds.
func (b *tab) number(selector string) int {
	b.Helper()
	text := b.eval(fmt.Sprintf("document.querySelector(%q)?.textContent", selector))
	n, err := strconv.Atoi(strings.ReplaceAll(regexp.MustCompile(`\d[\d,]*`).FindString(text), ",", ""))
	if err != nil {
		b.Fatalf("%s at %s says %q, which has no number", selector, b.eval("decodeURI(location)"), text)
	}
	return n
}

// faults reports what is wrong with the page.
func (b *tab) faults(about string) {
	b.Helper()
	list, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](faultsScript))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range list {
		b.Errorf("%s %s: %s", b.eval("decodeURI(location.pathname + location.search)"), about, f)
	}
}

// testLooks checks every page on a desk in light colours and on a phone in dark ones.
func testLooks(t *testing.T, browser context.Context, address string) {
	b := openTab(t, browser, address, true)
	b.open("/reviews?q=" + url.QueryEscape("太"))
	one := b.eval("document.querySelector('.review a[href^=\"/reviews/\"]').getAttribute('href')")
	paths := []string{
		"/", "/reviews", "/reviews?q=" + url.QueryEscape("太 快递:圆通"), "/reviews?q=star:x", "/reviews?q=" + url.QueryEscape("没有这样的评价"), one,
		"/crosstab", "/crosstab?rows=product&cols=province", "/crosstab?rows=none", "/crosstab?rows=week&cols=star", "/crosstab?within=" + url.QueryEscape("region=没有"), "/dsr", "/dsr?goal=4.9&cut.product.taste=30&kind=cross", "/dsr?goal=x",
		"/clean", "/clean?q=category:product.taste", "/clean?q=star:x", "/clean?q=" + url.QueryEscape("没有这样的评价"), "/clean/bulk?rule=food.taste.sour", "/clean/bulk", "/clean/excel", "/clean/rules", "/lexicon", "/lexicon?category=product.taste", "/lexicon?text=" + url.QueryEscape("上次的太酸，这次没有坏果，就是个头偏小"), "/import", "/import?job=1", "/login", "/nothing",
	}
	for _, screen := range []struct {
		about, scheme string
		width         int64
		mobile        bool
	}{{"on a desk", "light", 1280, false}, {"on a phone", "dark", 390, true}} {
		b.do(chromedp.EmulateViewport(screen.width, 844, func(p *emulation.SetDeviceMetricsOverrideParams, _ *emulation.SetTouchEmulationEnabledParams) {
			p.Mobile, p.ScreenWidth, p.ScreenHeight = screen.mobile, p.Width, p.Height
		}),
			call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: screen.scheme}}}))
		for _, path := range paths {
			b.open(path)
			b.faults(screen.about)
		}
	}
}

// testWork searches, narrows by a facet, opens a cell of a table, takes a label
// off a review in it, sees the figures change, and takes that back.
func testWork(b *tab) {
	b.open("/reviews")
	all := b.number("#total")
	b.set("q", "太")
	b.click("form[role=search] button")
	found := b.number("#total")
	if found == 0 || found >= all {
		b.Errorf("太 finds %d of %d reviews", found, all)
	}
	facet := "#facet-courier a"
	want := b.number(facet + " span")
	b.click(facet)
	if n := b.number("#total"); n != want || n >= found {
		b.Errorf("the facet says %d of %d, the search it leads to finds %d", want, found, n)
	}

	b.click("nav a[href='/crosstab']")
	b.choose("cols", "region")
	table := b.eval("location.pathname + location.search")
	href := b.eval("document.querySelector('.heat td a').getAttribute('href')")
	cell := fmt.Sprintf(".heat a[href='%s']", href)
	count := b.number(cell + " small")
	b.click(cell)
	if n := b.number("#total"); n != count {
		b.Errorf("the cell says %d, the search it leads to finds %d", count, n)
	}
	for _, path := range []string{"/crosstab?rows=product&cols=star", "/crosstab?rows=owner&cols=week", "/crosstab?rows=city&cols=month&within=" + url.QueryEscape("courier=圆通")} {
		b.open(path)
		want := b.number(".heat td small")
		b.click(".heat td a")
		if n := b.number("#total"); n != want {
			b.Errorf("a cell of %s says %d, the search it leads to finds %d", path, want, n)
		}
	}
	b.open(table)
	b.click(cell)
	category := regexp.MustCompile(`[a-z]+\.[a-z_]+`).FindString(href)
	b.click(".review a[href^='/reviews/']")
	review := b.eval("location.pathname")
	b.open("/")
	rank := fmt.Sprintf(".bars tr:has(a[href$='%s']) .n", category)
	ranked := b.number(rank)
	figures := func(removed int) {
		b.Helper()
		b.open(table)
		if n := b.number(cell + " small"); n != count-removed {
			b.Errorf("with %d labels removed the cell says %d, it was %d", removed, n, count)
		}
		b.open("/")
		if n := b.number(rank); n != ranked-removed {
			b.Errorf("with %d labels removed the overview says %d, it was %d", removed, n, ranked)
		}
	}
	figures(0)
	b.open(review)
	b.click(fmt.Sprintf("button[value^='remove %s']", category))
	if at := b.eval("location.pathname"); at != review {
		b.Errorf("after a correction one is at %s", at)
	}
	figures(1)
	b.open(review)
	b.click("button[name=undo]")
	figures(0)
}

// testKeyboard goes through a page with the Tab key.
func testKeyboard(b *tab) {
	b.open("/reviews?q=" + url.QueryEscape("太"))
	b.eval(`(document.activeElement.blur(), getSelection().collapse(document.body, 0))`)
	seen := map[string]bool{}
	for range 40 {
		b.do(chromedp.KeyEvent("\t"))
		at := b.eval(`(() => {
			const el = document.activeElement, s = getComputedStyle(el), box = el.getBoundingClientRect();
			const fault = s.outlineStyle === "none" || parseFloat(s.outlineWidth) < 2 ? "NO OUTLINE " : box.right < 0 || box.width === 0 ? "OUT OF SIGHT " : "";
			return fault + el.tagName + " " + (el.name || el.href || el.textContent.trim());
		})()`)
		if strings.HasPrefix(at, "NO") || strings.HasPrefix(at, "OUT") {
			b.Errorf("the keyboard reaches %s", at)
		}
		seen[at] = true
	}
	if len(seen) < 25 {
		b.Errorf("the keyboard reaches %d places in 40 steps", len(seen))
	}
}

// testColumns imports an export whose columns nobody knows, by naming them.
func testColumns(b *tab) {
	file := filepath.Join(b.TempDir(), "own.csv")
	if err := os.WriteFile(file, []byte("买家说,打分,走哪家\n太酸了,2,圆通\n很甜,5,中通\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	for _, names := range []map[string]string{nil, {"text": "买家说", "star": "打分", "courier": "走哪家"}} {
		b.open("/import")
		b.do(chromedp.SetUploadFiles(chromedp.CSS("input[type=file]"), []string{file}))
		b.eval("document.querySelector('form details').open = true")
		for field, name := range names {
			b.do(chromedp.SetValue(chromedp.CSS("[name='map["+field+"]']"), name))
		}
		b.click("form[action='/import'] button")
		b.imported()
		if names == nil && !strings.Contains(b.eval("document.querySelector('main').innerText"), "没有找到评价内容所在的列") {
			b.Errorf("without names the page says %s", b.eval("document.querySelector('main').innerText"))
		}
	}
	if n := b.number(".good"); n != 2 {
		b.Errorf("%d of 2 reviews were imported", n)
	}
	b.open("/reviews?q=" + url.QueryEscape("快递:圆通 星级:2"))
	if n := b.number("#total"); n != 1 {
		b.Errorf("%d reviews have the courier and the stars of the named columns", n)
	}
}

// imported waits for the end of an import.
func (b *tab) imported() {
	b.Helper()
	for b.eval(`document.querySelector("meta[http-equiv=refresh]")`) != "null" {
		b.do(chromedp.Reload())
	}
}

// payload is what a hostile buyer writes.
const payload = `"'></textarea></title><script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)></svg><a href="javascript:alert(1)" onmouseover='alert(1)'>x</a>{{.}}`

// testHostile imports reviews with markup in every column and opens every page.
func testHostile(b *tab) {
	columns := []string{"评价id", "平台", "店铺", "评价内容", "商家回复", "追评", "订单编号", "子订单编号", "买家昵称", "商品名称", "商品id", "商品规格", "物流公司", "运单号", "省份", "城市", "收货地址", "别的列" + payload}
	file := filepath.Join(b.TempDir(), `"><img src=x onerror=alert(1)>.csv`)
	var data bytes.Buffer
	w := csv.NewWriter(&data)
	rows := [][]string{append(slices.Clone(columns), "星级", "评价时间")}
	for i := range 24 {
		row := []string{}
		for _, c := range columns {
			switch c {
			case "评价内容":
				row = append(row, "太酸了"+payload+strings.Repeat("！", i))
			case "评价id", "订单编号":
				row = append(row, payload+strconv.Itoa(i))
			default:
				row = append(row, payload)
			}
		}
		rows = append(rows, append(row, strconv.Itoa(1+i%5), fmt.Sprintf("2026-06-%02d 10:00:00", i+1)))
	}
	if err := w.WriteAll(rows); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(file, data.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	b.open("/import")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("input[type=file]"), []string{file}))
	b.click("form[action='/import'] button")
	b.imported()
	if n := b.number(".good"); n != 24 {
		b.Errorf("%d of 24 reviews were imported", n)
	}
	harmless := func() {
		b.Helper()
		if n := b.eval(`document.querySelectorAll("script:not([src]), img, textarea + script, [onerror], [onload], [onmouseover], a[href^='javascript:' i]").length`); n != "0" {
			b.Errorf("%s has %s hostile elements", b.eval("decodeURI(location)"), n)
		}
	}
	harmless()
	for _, path := range []string{"/", "/reviews?q=" + url.QueryEscape("太酸"), "/crosstab?rows=product&cols=courier", "/crosstab?rows=category&cols=province", "/clean", "/import"} {
		b.open(path)
		harmless()
		if !strings.Contains(b.eval("document.querySelector('main').innerText"), `<script>alert(1)</script>`) && strings.ContainsAny(path, "?") {
			b.Errorf("%s does not show the hostile text as text", path)
		}
	}
	b.open("/reviews")
	for _, field := range []string{"product", "courier", "province"} {
		link := "#facet-" + field + " a"
		want := b.number(link + " span")
		b.click(link)
		if n := b.number("#total"); n != want {
			b.Errorf("the facet %s says %d, the search it leads to finds %d", field, want, n)
		}
		harmless()
	}
	b.click(".review a[href^='/reviews/']")
	harmless()
	b.click("button[value^='remove ']")
	harmless()
	for _, path := range []string{"/reviews?q=", "/reviews?sort=", "/crosstab?rows=", "/crosstab?within=product%3D", "/dsr?goal=", "/dsr?profile=", "/dsr?as_of=", "/dsr?kind=", "/dsr?cut.product.taste=", "/clean?q=", "/clean?key=", "/clean/bulk?rule=", "/clean/bulk?rule=x&q=", "/lexicon?category=product.taste", "/lexicon?text=", "/lexicon?industry=", "/lexicon?category=", "/import?job=", "/nothing/"} {
		b.open(path + url.QueryEscape(payload))
		harmless()
	}
}
