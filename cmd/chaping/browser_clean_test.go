package main

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/xuri/excelize/v2"
)

// key is that of the review on the correction page.
func (b *tab) key() string {
	b.Helper()
	return b.eval("document.querySelector('input[name=key]').value")
}

// labels are those on the correction page, in their order.
func (b *tab) labels() string {
	b.Helper()
	return b.eval("[...document.querySelectorAll('.labels .tag')].map(e => e.textContent).join(' ')")
}

// press presses a key that leads to a page.
func (b *tab) press(key string) {
	b.Helper()
	b.leave("the key "+key, chromedp.KeyEvent(key))
}

// testCleaning judges reviews with single keys.
func testCleaning(b *tab) {
	b.open("/clean?q=" + url.QueryEscape("太 有问题:是"))
	left, first, before := b.number("#left"), b.key(), b.labels()
	b.set("who", "小满")
	b.click("form:has(input[name=who]) button")
	if b.key() != first {
		b.Errorf("signing leads from review %s to %s", first, b.key())
	}
	stays := func(about, labels string) {
		b.Helper()
		if b.key() != first || b.labels() != labels {
			b.Errorf("after %s review %s has %q, want %s with %q", about, b.key(), b.labels(), first, labels)
		}
	}
	b.press("1")
	_, rest, _ := strings.Cut(before, " ")
	stays("removing the first label", rest)
	if n := b.number("#left"); n != left-1 {
		b.Errorf("%d reviews are left after a correction, want %d", n, left-1)
	}
	b.do(chromedp.KeyEvent("b"))
	if at := b.eval("document.activeElement.name"); at != "category" {
		b.Fatalf("the key b leads to %s", at)
	}
	b.do(chromedp.KeyEvent("赠品"))
	b.leave("typing a category", chromedp.KeyEvent("\r"))
	if now := b.labels(); b.key() != first || !strings.Contains(now, "赠品") || len(strings.Fields(now)) != len(strings.Fields(before)) {
		b.Errorf("typing a category makes %q of %q", now, rest)
	}
	if text := b.eval("document.querySelector('.recent td:nth-child(2)').textContent"); text != "小满" {
		b.Errorf("the newest act is signed %q", text)
	}
	b.press("u")
	stays("undoing", rest)
	b.press("u")
	stays("undoing again", before)

	// marked words are those of a missed label
	b.eval(`getSelection().selectAllChildren(document.querySelector("[data-quote] mark"))`)
	words := b.eval("document.querySelector('[data-quote] mark').textContent")
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](`document.querySelector("input[name=words]").value !== ""`)); err != nil {
		b.Fatal(err)
	}
	if got := b.eval("document.querySelector('input[name=words]').value"); got != words {
		b.Errorf("marking %q fills in %q", words, got)
	}
	b.do(chromedp.SetValue(chromedp.CSS("input[name=category]"), "商品-价格"))
	b.click("button[value=add]")
	if text := b.eval("document.querySelector('.recent td:nth-child(3)').textContent"); !strings.Contains(text, "价格“"+words+"”") {
		b.Errorf("the newest act is %q", text)
	}
	b.press("u")

	b.press("a")
	second := b.key()
	if n := b.number("#left"); n != left-1 || second == first {
		b.Errorf("accepting leads to %s with %d left, from %s with %d", second, n, first, left)
	}
	b.press("s")
	if n := b.number("#left"); n != left-2 || b.key() == second {
		b.Errorf("skipping leads to %s with %d left", b.key(), n)
	}
	b.press("t")
	if n := b.number("#left"); n != left-3 {
		b.Errorf("%d reviews are left after a third is filler", n)
	}
	for range 3 {
		b.press("u")
	}
	if b.key() != first || b.labels() != before {
		b.Errorf("undoing all leads to %s with %q", b.key(), b.labels())
	}
	b.open("/clean?q=" + url.QueryEscape("太 有问题:是"))
	if n := b.number("#left"); n != left {
		b.Errorf("%d reviews are left after undoing all, want %d", n, left)
	}

	// a suggestion is one key away
	b.open("/clean?q=" + url.QueryEscape("星级:5 -有问题:是 没有"))
	suggested := b.eval("document.querySelector('[data-key=q]').value.split(' ')[1]")
	b.press("q")
	if n := b.eval("document.querySelectorAll(`button[value^='remove " + suggested + "']`).length"); n != "1" {
		b.Errorf("the suggestion %s is not taken", suggested)
	}
	key := b.key()
	b.press("n")
	if b.key() == key {
		b.Error("the key n does not lead on")
	}
	b.press("u")
}

// testBulk removes the labels of a rule at once, and takes that back.
func testBulk(b *tab) {
	b.open("/reviews?q=" + url.QueryEscape("规则:food.taste.sour 问题:product.taste"))
	all := b.number("#total")
	b.open("/clean/bulk?rule=food.taste.sour")
	n := b.number(".card b")
	if n < 2 || n > all {
		b.Fatalf("%d of %d reviews would lose the label", n, all)
	}
	b.click("form[method=post] button.main")
	if at := b.eval("location.pathname"); at != "/clean" {
		b.Errorf("one is sent to %s", at)
	}
	total := func(want int) {
		b.Helper()
		b.open("/reviews?q=" + url.QueryEscape("规则:food.taste.sour 问题:product.taste"))
		if got := b.number("#total"); got != want {
			b.Errorf("%d reviews have the label, want %d", got, want)
		}
	}
	total(all - n)
	b.open("/clean")
	b.click("button[name=undo_batch]")
	total(all)
}

// testExcel downloads a table, fills it in and brings it back, first with a mistake.
func testExcel(b *tab) {
	b.open("/clean/excel")
	form := b.eval("document.querySelector('form[action=\"/clean/excel/table\"]').action")
	answer, err := http.Get(form + "?first=50&q=" + url.QueryEscape("太 有问题:是 已复核:否"))
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	book, err := excelize.OpenReader(answer.Body)
	if err != nil {
		b.Fatal(err)
	}
	rows, err := book.GetRows("评价")
	if err != nil || len(rows) < 4 || rows[0][8] != "正确标签" {
		b.Fatalf("the table is %q, %v", rows, err)
	}
	file := filepath.Join(b.TempDir(), "填好.xlsx")
	fill := func(values ...string) {
		b.Helper()
		for i, v := range values {
			if err := book.SetCellValue("评价", fmt.Sprintf("I%d", i+2), v); err != nil {
				b.Fatal(err)
			}
		}
		if err := book.SaveAs(file); err != nil {
			b.Fatal(err)
		}
		b.open("/clean/excel")
		b.do(chromedp.SetUploadFiles(chromedp.CSS("input[type=file]"), []string{file}))
		b.click("form[enctype] button")
	}
	fill("对", "无", "没有这种")
	if text := b.eval("document.querySelector('[role=alert]').innerText"); !strings.Contains(text, "什么都没有导入") || !strings.Contains(text, "没有“没有这种”这个标签") {
		b.Errorf("a mistake is told as %q", text)
	}
	corrected := func() int {
		b.Helper()
		b.open("/reviews?q=" + url.QueryEscape("太 已复核:是"))
		return b.number("#total")
	}
	before := corrected()
	fill("对", "无", "")
	if all, changed, accepted := b.number("#rows"), b.number("#changed"), b.number("#accepted"); all != len(rows)-1 || changed != 1 || accepted != 1 {
		b.Errorf("of %d rows %d are other labels and %d found right", all, changed, accepted)
	}
	if n := corrected(); n != before+2 {
		b.Errorf("%d reviews are corrected, %d were before", n, before)
	}
	fill("对", "无", "")
	if n := b.number("#changed") + b.number("#accepted"); n != 0 {
		b.Errorf("the same table makes %d changes when it comes again", n)
	}
	b.open("/clean")
	b.click("button[name=undo_batch]")
	if n := corrected(); n != before {
		b.Errorf("%d reviews are corrected after undoing, %d were before", n, before)
	}
}
