package server_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"chaping/classifier"
	"chaping/index"
	"chaping/internal/review"
	"chaping/internal/server"
	"chaping/lexicon"
)

const formType = "application/x-www-form-urlencoded"

// keyOf is the key of the review with an id.
func keyOf(t *testing.T, ts *httptest.Server, id string) string {
	t.Helper()
	var found index.Result
	text, _ := call(t, ts, "GET", "/api/v1/search?q=id:"+id, "", 200)
	if err := json.Unmarshal([]byte(text), &found); err != nil || len(found.Hits) != 1 {
		t.Fatalf("%s: %s, %v", id, text, err)
	}
	return found.Hits[0].Key
}

// labelsOf are the labels of both texts of a review.
func labelsOf(t *testing.T, ts *httptest.Server, key string) string {
	t.Helper()
	var v struct {
		Labels   []string
		FollowUp *struct{ Labels []string } `json:"follow_up"`
	}
	text, _ := call(t, ts, "GET", "/api/v1/reviews/"+key, "", 200)
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	out := strings.Join(v.Labels, " ")
	if v.FollowUp != nil {
		out += " / " + strings.Join(v.FollowUp.Labels, " ")
	}
	return out
}

// TestCleaning judges a review with a follow-up text: each act concerns its text, and
// only what settles the review leads on.
func TestCleaning(t *testing.T) {
	ts := start(t, server.Options{})
	key := keyOf(t, ts, "c")
	here, on := "/clean?key="+key+"&q="+url.QueryEscape("酸"), "/clean?q="+url.QueryEscape("酸")
	who := "chaping_who=" + url.QueryEscape("小满")
	before := labelsOf(t, ts, key)
	if before != "product.taste / product.taste courier.slow" {
		t.Fatalf("the review has %s", before)
	}
	if page, _ := call(t, ts, "GET", "/reviews?q=id:c", "", 200); !strings.Contains(page, "快递慢</span>") {
		t.Error("a label of the follow-up text is not among those of the review in a list")
	}
	page, _ := call(t, ts, "GET", here, "", 200, "Cookie", who)
	for _, want := range []string{"首评", "追评", `value="remove product.taste text" data-key="1"`, `value="remove product.taste follow_up" data-key="2"`, `value="remove courier.slow follow_up" data-key="3"`, "“快递也慢”", `value="小满"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	act := func(form url.Values, status int, to string) string {
		t.Helper()
		form.Set("key", key)
		form.Set("q", "酸")
		page, h := call(t, ts, "POST", "/clean", form.Encode(), status, "Content-Type", formType, "Cookie", who)
		if h.Get("Location") != to {
			t.Errorf("%v leads to %q, want %q", form, h.Get("Location"), to)
		}
		return page
	}
	for _, tc := range []struct {
		form   url.Values
		to     string
		labels string
	}{
		{url.Values{"act": {"remove product.taste follow_up"}}, here, "product.taste / courier.slow"},
		{url.Values{"act": {"remove product.taste text"}}, here, " / courier.slow"},
		{url.Values{"act": {"add"}, "category": {"日期"}, "part": {"follow_up"}, "words": {" 真的 "}}, here, " / courier.slow product.date"},
		{url.Values{"act": {"add product.taste text 太酸"}}, here, "product.taste / courier.slow product.date"},
		{url.Values{"act": {"skip"}}, on, "product.taste / courier.slow product.date"},
		{url.Values{"act": {"template"}}, on, " / "},
	} {
		act(tc.form, 303, tc.to)
		if words := tc.form.Get("words"); words != "" {
			if page, _ := call(t, ts, "GET", tc.to, "", 200); !strings.Contains(page, "“真的”，人工补充") {
				t.Error("the words of an added label are not shown")
			}
		}
		if got := labelsOf(t, ts, key); got != tc.labels {
			t.Errorf("after %v the labels are %s, want %s", tc.form, got, tc.labels)
		}
	}
	for _, tc := range []struct {
		form url.Values
		want string
	}{
		{url.Values{"act": {"add"}, "category": {"没有这种"}, "part": {"text"}}, "没有“没有这种”这个问题"},
		{url.Values{"act": {"add"}, "category": {"口感"}, "part": {"text"}, "words": {"发霉"}}, "原文里没有“发霉”"},
		{url.Values{"act": {"dance"}}, "有误"},
	} {
		if page := act(tc.form, 400, ""); !strings.Contains(page, tc.want) || !strings.Contains(page, key) {
			t.Errorf("%v does not say %s beside the review", tc.form, tc.want)
		}
	}
	page, _ = call(t, ts, "GET", "/clean", "", 200, "Cookie", who)
	undo := regexp.MustCompile(`name="undo" value="(\d+)"( data-key="u")?`).FindAllStringSubmatch(page, -1)
	if len(undo) != 6 || undo[0][2] == "" || undo[1][2] != "" || strings.Count(page, "小满") < 6 {
		t.Fatalf("the page offers to undo %q", undo)
	}
	for i, labels := range []string{"product.taste / courier.slow product.date", "product.taste / courier.slow product.date", " / courier.slow product.date", " / courier.slow", "product.taste / courier.slow", before} {
		act(url.Values{"undo": {undo[i][1]}}, 303, here)
		if got := labelsOf(t, ts, key); got != labels {
			t.Errorf("after undoing %d the labels are %s, want %s", i+1, got, labels)
		}
	}
	_, h := call(t, ts, "POST", "/clean", url.Values{"who": {"  立夏 " + strings.Repeat("长", 40)}}.Encode(), 303, "Content-Type", formType)
	if c := h.Get("Set-Cookie"); !strings.Contains(c, url.QueryEscape("立夏 "+strings.Repeat("长", 27))+";") || !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Strict") {
		t.Errorf("the signature is kept as %s", c)
	}
	if _, h := call(t, ts, "GET", "/clean?category=product.taste&q=%E9%85%B8", "", 303); h.Get("Location") != "/clean?q="+url.QueryEscape("酸 问题:product.taste") {
		t.Errorf("a category leads to %q", h.Get("Location"))
	}
	if _, h := call(t, ts, "POST", "/clean", url.Values{"key": {key}, "act": {"accept"}, "back": {"https://evil.example/"}}.Encode(), 303, "Content-Type", formType); h.Get("Location") != "/clean" {
		t.Errorf("one is sent to %q", h.Get("Location"))
	}
}

// TestSuggestions offers what was set aside, with the words.
func TestSuggestions(t *testing.T) {
	ts := httptest.NewServer(newServerOf(t, server.Options{}, []review.Record{{ID: "x", Text: "会不会坏了呀，包装没有破损", Star: 3, Time: time.Now()}}))
	t.Cleanup(ts.Close)
	page, _ := call(t, ts, "GET", "/clean", "", 200)
	list := regexp.MustCompile(`value="add (\S+) text (\S*)" data-key="(.)"`).FindAllStringSubmatch(page, -1)
	if len(list) < 2 || list[0][2] != "坏了" || list[0][3] != "q" || list[1][1] != "courier.damage" {
		t.Errorf("suggested is %q", list)
	}
}

// TestBulk removes the labels of a rule but those that people found right or that
// another rule proves, and takes all of it back.
func TestBulk(t *testing.T) {
	var list []review.Record
	for i := range 12 {
		list = append(list, review.Record{ID: fmt.Sprint("r", i), Text: "难吃", Star: 1 + i%2, FollowUp: "还是难吃", Time: time.Now()})
	}
	list = append(list, review.Record{ID: "both", Text: "难吃，太酸", Star: 1, Time: time.Now()})
	ts := httptest.NewServer(newServerOf(t, server.Options{}, list))
	t.Cleanup(ts.Close)
	call(t, ts, "POST", "/api/v1/corrections", fmt.Sprintf(`{"key":%q,"action":"accept"}`, keyOf(t, ts, "r1")), 200)
	type answer struct {
		Reviews, Stay int
		Examples      []string
		Corrections   []struct{ Seq, Batch uint64 }
	}
	bulk := func(body string) (a answer) {
		t.Helper()
		text, _ := call(t, ts, "POST", "/api/v1/corrections/bulk", body, 200)
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	left := func() int {
		t.Helper()
		var found index.Result
		text, _ := call(t, ts, "GET", "/api/v1/search?size=0&q="+url.QueryEscape("问题:product.taste"), "", 200)
		if err := json.Unmarshal([]byte(text), &found); err != nil {
			t.Fatal(err)
		}
		return int(found.Total)
	}
	const rule = "food.taste.awful"
	if a := bulk(`{"rule":"` + rule + `","dry_run":true}`); a.Reviews != 11 || a.Stay != 2 || len(a.Examples) != 10 || len(a.Corrections) != 0 {
		t.Errorf("a dry run says %+v", a)
	}
	if a := bulk(`{"rule":"no.such"}`); a.Reviews != 0 || a.Stay != 0 {
		t.Errorf("an unknown rule gives %+v", a)
	}
	a := bulk(`{"rule":"` + rule + `","q":"star:2 或 id:both","who":"小满"}`)
	if a.Reviews != 5 || a.Stay != 2 || len(a.Corrections) != 10 || left() != 8 {
		t.Errorf("removing says %+v, %d are left", a, left())
	}
	undo := fmt.Sprint("/api/v1/corrections/batches/", a.Corrections[0].Batch)
	call(t, ts, "DELETE", undo, "", 200)
	call(t, ts, "DELETE", undo, "", 404)
	call(t, ts, "DELETE", "/api/v1/corrections/batches/x", "", 400)
	if left() != 13 {
		t.Errorf("%d have the label after undoing", left())
	}
	for _, body := range []string{`{}`, `{`, `{"rule":"` + rule + `","dryrun":true}`, `{"rule":"` + rule + `"} x`, `{"rule":"` + rule + `","q":"star:x"}`} {
		call(t, ts, "POST", "/api/v1/corrections/bulk", body, 400)
	}

	if left() != 13 {
		t.Error("a request that was refused removes labels")
	}

	page, _ := call(t, ts, "GET", "/clean/bulk?rule="+rule, "", 200)
	if !strings.Contains(page, "<b>11 条评价</b>会去掉“商品-口感”标签") || !strings.Contains(page, "另有 2 条") || strings.Count(page, "<article") != 10 {
		t.Errorf("the page says %s", page)
	}
	if page, _ := call(t, ts, "GET", "/clean/bulk?q=star:x&rule="+rule, "", 400); !strings.Contains(page, "查询第 1 个字符处有误") {
		t.Error("a wrong query is not said")
	}
	form := url.Values{"rule": {rule}, "reviews": {"10"}}
	if page, _ := call(t, ts, "POST", "/clean/bulk", form.Encode(), 200, "Content-Type", formType); !strings.Contains(page, "条数变了") || left() != 13 {
		t.Error("what was not agreed to is done")
	}
	form.Set("reviews", "11")
	call(t, ts, "POST", "/clean/bulk", form.Encode(), 303, "Content-Type", formType, "Cookie", "chaping_who=x")
	page, _ = call(t, ts, "GET", "/clean", "", 200)
	batch := regexp.MustCompile(`批量 22 处：去掉 商品-口感[\s\S]*?name="undo_batch" value="(\d+)"`).FindStringSubmatch(page)
	if batch == nil || left() != 2 {
		t.Fatalf("%d are left, the page says %s", left(), page)
	}
	call(t, ts, "POST", "/clean", "undo_batch="+batch[1], 303, "Content-Type", formType)
	if left() != 13 {
		t.Errorf("%d have the label after undoing", left())
	}
}

// TestRules shows precision by rule and category, and a change that puts corrections right.
func TestRules(t *testing.T) {
	var list []review.Record
	for i, text := range []string{"孩子说是蓝皮袋", "收到的蓝皮袋装着", "怎么换成蓝皮袋呢", "难吃", "太难吃", "难吃吗？不"} {
		list = append(list, review.Record{ID: fmt.Sprint("r", i), Text: text, Star: 2, Time: time.Now()})
	}
	opt := server.Options{Load: func(overlays ...fs.FS) (*classifier.Classifier, error) {
		lex, err := lexicon.Load(overlays...)
		if err != nil {
			return nil, err
		}
		return classifier.New(lex), nil
	}}
	ts := httptest.NewServer(newServerOf(t, opt, list))
	t.Cleanup(ts.Close)
	if page, _ := call(t, ts, "GET", "/clean/rules", "", 200); !strings.Contains(page, "还没有人复核过") {
		t.Errorf("without corrections the page says %s", page)
	}
	act := func(id, more string) {
		t.Helper()
		call(t, ts, "POST", "/api/v1/corrections", fmt.Sprintf(`{"key":%q,%s}`, keyOf(t, ts, id), more), 200)
	}
	for _, id := range []string{"r0", "r1", "r2"} {
		act(id, `"action":"add","category":"product.description","words":"蓝皮袋"`)
	}
	act("r3", `"action":"accept"`)
	act("r4", `"action":"remove","category":"product.taste"`)
	page, _ := call(t, ts, "GET", "/clean/rules", "", 200)
	for _, want := range []string{
		`<td><code>food.taste.awful</code></td><td class="n">50.0 %</td><td class="n">9.5 % 至 90.5 %</td><td class="n">1</td><td class="n">1</td>`,
		`<td>商品-描述不符</td><td class="n">–</td><td class="n">–</td><td class="n">0</td><td class="n">0</td><td class="n">3</td>`, "找规则改法",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s: %s", want, page)
		}
	}
	for range 2 { // the second finds the first at work
		call(t, ts, "POST", "/clean/rules", "", 303, "Content-Type", formType)
	}
	for {
		if page, _ = call(t, ts, "GET", "/clean/rules", "", 200); !strings.Contains(page, "正在找") {
			break
		}
	}
	for _, want := range []string{"现有规则判错 4 个", "新增说法“蓝皮袋” · 商品-描述不符", "改对 3 个，改错 0 个", "any: [蓝皮袋]", "corrections-food.yaml"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s: %s", want, page)
		}
	}
	act("r4", `"action":"skip"`)
	if page, _ := call(t, ts, "GET", "/clean/rules", "", 200); !strings.Contains(page, "之后又有新的复核") {
		t.Error("that there are newer corrections is not said")
	}
	off := start(t, server.Options{})
	call(t, off, "POST", "/clean/rules", "", 404, "Content-Type", formType)
}

// TestCorrectedFacts corrects labels, of both texts and back: tables, scores and trends
// are those of a server that reads all of it anew.
func TestCorrectedFacts(t *testing.T) {
	var list []review.Record
	for i := range 60 {
		r := review.Record{
			ID: fmt.Sprint("r", i), Text: []string{"太酸了", "太酸，快递慢", "很甜", "快过期了"}[i%4], Star: 1 + i%5, ScoreD: 1 + i%5, ScoreS: 1 + i%4, ScoreL: 1 + i%3, OrderID: fmt.Sprint(i), Buyer: fmt.Sprint("b", i%9),
			Courier: []string{"圆通", "中通"}[i%2], Province: "湖北", Time: time.Date(2026, 4, 1+i, 10, 0, 0, 0, review.Shanghai),
		}
		if i%7 == 0 {
			r.FollowUp = "还是太酸"
		}
		if i == 5 {
			r.Time = time.Time{}
		}
		list = append(list, r)
	}
	servers := newServers(t, server.Options{}, list)
	ts := httptest.NewServer(servers())
	t.Cleanup(ts.Close)
	paths := []string{"/api/v1/crosstab?by=category,courier&min_n=1", "/api/v1/crosstab?by=owner&min_n=1", "/api/v1/dsr?as_of=2026-06-30", "/api/v1/trends?unit=month", "/", "/crosstab"}
	answers := func(ts *httptest.Server) (all string) {
		for _, path := range paths {
			text, _ := call(t, ts, "GET", path, "", 200)
			all += text
		}
		return all
	}
	seen := map[string]bool{answers(ts): true}
	for i, act := range []string{
		`{"key":"r0","action":"remove","category":"product.taste","part":"text"}`, `{"key":"r0","action":"remove","category":"product.taste"}`, `{"key":"r1","action":"add","category":"product.packaging"}`,
		`{"key":"r5","action":"template"}`, `[{"key":"r6","action":"add","category":"product.date"},{"key":"r7","action":"remove","category":"product.date"}]`, `[{"key":"r7","action":"add","category":"product.price","part":"follow_up"}]`,
	} {
		act = regexp.MustCompile(`"r\d"`).ReplaceAllStringFunc(act, func(id string) string { return `"` + keyOf(t, ts, strings.Trim(id, `"`)) + `"` })
		kept, _ := call(t, ts, "POST", "/api/v1/corrections", act, 200)
		if i == 4 {
			call(t, ts, "DELETE", "/api/v1/corrections/"+regexp.MustCompile(`"seq":(\d+)`).FindStringSubmatch(kept)[1], "", 200)
		}
		fresh := httptest.NewServer(servers())
		got, want := answers(ts), answers(fresh)
		fresh.Close()
		if got != want {
			t.Errorf("after %s the answers are not those of a new server", act)
		}
		if seen[got] {
			t.Errorf("after %s nothing has changed", act)
		}
		seen[got] = true
	}
}
