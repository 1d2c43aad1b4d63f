package server

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"chaping/index"
	"chaping/internal/correction"
	"chaping/internal/review"
)

// cleanState is what the address of the correction page says.
type cleanState struct {
	Query string // of the queue
	Sort  string // of the queue: "doubt" or "time"
	Key   string // of the review; empty for the first of the queue
}

// orders of a queue.
var cleanSorts = []struct{ Name, Title string }{{"doubt", "最可疑的在前"}, {"time", "最新的在前"}}

func cleanStateOf(v url.Values) cleanState {
	st := cleanState{v.Get("q"), cleanSorts[0].Name, v.Get("key")}
	if v.Get("sort") == cleanSorts[1].Name {
		st.Sort = cleanSorts[1].Name
	}
	return st
}

// address is the page at a review; without a key, at the first of the queue.
func (st cleanState) address(key string) string {
	sort := ""
	if st.Sort != cleanSorts[0].Name {
		sort = st.Sort
	}
	return string(link("/clean", "q", st.Query, "sort", sort, "key", key))
}

// cleanPage shows a review to judge: the one that the address names, or the first
// of the queue that no one has looked at.
func (s *Server) cleanPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	st := cleanStateOf(q)
	if id := q.Get("category"); id != "" { // chosen from the list: the address keeps it as part of the query
		st.Query, _ = index.Toggle(st.Query, condition("category", id))
		http.Redirect(w, r, st.address(""), http.StatusSeeOther)
		return nil
	}
	return s.showClean(w, r, st, nil)
}

// showClean shows the page, and what was wrong with an act.
func (s *Server) showClean(w http.ResponseWriter, r *http.Request, st cleanState, wrong *problem) error {
	if s.index == nil {
		return noDataset
	}
	data := map[string]any{
		"Title": "人工复核", "State": st, "Queues": append(slices.Clone(queues), doubtQueue), "Sorts": cleanSorts,
		"Recent": s.recent(signature(r)), "Who": signature(r), "Choices": s.lexiconOf(s.opt.Industry).Categories, "Empty": s.dir.Rows() == 0,
	}
	ask := "corrected:false"
	if st.Query != "" {
		ask = "(" + st.Query + ") " + ask
	}
	result, err := s.index.Search(r.Context(), index.Request{Query: ask, Size: 1, Sort: st.Sort})
	if p := problemOf(err); p != nil && p.At != nil {
		if st.Query != "" {
			*p.At = max(0, *p.At-1) // the parenthesis is ours
		}
		data["Wrong"] = p.inChinese()
		return s.render(w, r, http.StatusBadRequest, "clean", data)
	}
	if err != nil {
		return err
	}
	data["Left"] = result.Total
	if st.Key == "" && len(result.Hits) > 0 {
		st.Key = result.Hits[0].Key
	}
	if st.Key != "" {
		found, err := s.find(r, st.Key)
		if err != nil {
			return err
		}
		j, err := s.judge(r, found)
		if err != nil {
			return err
		}
		j.State, j.Next = st, st.address("")
		data["Judging"] = j
	}
	status := http.StatusOK
	if wrong != nil {
		data["WrongAct"], status = wrong.inChinese(), wrong.Status
	}
	return s.render(w, r, status, "clean", data)
}

// cleanAct keeps what a person says of a review. What settles the review leads to
// the next, other acts back to it.
func (s *Server) cleanAct(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return broken(err)
	}
	st := cleanStateOf(r.PostForm)
	back := ""
	if to := r.PostFormValue("back"); strings.HasPrefix(to, "/reviews/") || to == "/clean/excel" {
		back = to
	}
	to, err := s.act(w, r, st)
	if p := problemOf(err); p != nil && p.Status == http.StatusBadRequest && back == "" {
		return s.showClean(w, r, st, p)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, cmp.Or(back, to), http.StatusSeeOther)
	return nil
}

// act does what a form of the page asks for, and says where to go then.
func (s *Server) act(w http.ResponseWriter, r *http.Request, st cleanState) (to string, err error) {
	form := r.PostForm
	switch {
	case form.Has("who"):
		sign(w, r, form.Get("who"))
		return st.address(st.Key), nil
	case form.Has("undo"):
		c, err := s.takeBack(form.Get("undo"))
		return st.address(c.Key), err
	case form.Has("undo_batch"):
		_, err := s.takeBackBatch(form.Get("undo_batch"))
		return st.address(""), err
	}
	// "accept", "remove CATEGORY PART", "add CATEGORY PART WORDS", or "add" with fields
	said := append(strings.SplitN(form.Get("act"), " ", 4), "", "", "")
	c := correction.Correction{Key: st.Key, Action: correction.Action(said[0]), Category: said[1], Part: correction.Part(said[2]), Words: said[3], Who: signature(r)}
	if c.Action == correction.Add && c.Category == "" {
		if c.Category, err = s.categoryOf(r, st.Key, form.Get("category")); err != nil {
			return "", err
		}
		c.Part, c.Words = correction.Part(form.Get("part")), strings.TrimSpace(form.Get("words"))
	}
	if _, err := s.keep(r, []correction.Correction{c}); err != nil {
		return "", err
	}
	if c.Action == correction.Add || c.Action == correction.Remove {
		return st.address(st.Key), nil
	}
	return st.address(""), nil
}

// categoryOf finds the category that a person typed, by id, title or the last part
// of its title.
func (s *Server) categoryOf(r *http.Request, key, name string) (string, error) {
	found, err := s.find(r, key)
	if err != nil {
		return "", err
	}
	id, ok := s.sheetTitles().Find(found.Record.Industry, name)
	if !ok {
		return "", fail(http.StatusBadRequest, "no category is called %q", "没有“%s”这个问题，请从列表里选", strings.TrimSpace(name))
	}
	return id, nil
}

// The cookie that keeps the name with which a person signs, and how long.
const (
	whoCookie = "chaping_who"
	whoTime   = 365 * 24 * time.Hour
	maxWho    = 30 // characters of a name
)

// signature is the name with which the person in front of the browser signs.
func signature(r *http.Request) string {
	c, err := r.Cookie(whoCookie)
	if err != nil {
		return ""
	}
	name, err := url.QueryUnescape(c.Value)
	if err != nil {
		return ""
	}
	return signed(name)
}

// signed is a name as it is kept.
func signed(name string) string {
	runes := []rune(strings.Join(strings.Fields(name), " "))
	return string(runes[:min(len(runes), maxWho)])
}

// sign remembers the name of the person in front of the browser.
func sign(w http.ResponseWriter, r *http.Request, name string) {
	http.SetCookie(w, &http.Cookie{
		Name: whoCookie, Value: url.QueryEscape(signed(name)), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		MaxAge: int(whoTime.Seconds()), Secure: r.TLS != nil,
	})
}

// recentAct is an act, or several that were made at once, as the page lists it.
type recentAct struct {
	correction.Correction
	Time  string
	Count int  // of acts
	Mine  bool // the newest of the person in front of the browser
}

// shownRecent is how many acts the page lists.
const shownRecent = 8

// recent lists the newest acts.
func (s *Server) recent(who string) []recentAct {
	all := s.dir.Corrections()
	var out []recentAct
	mine := false
	for i := len(all) - 1; i >= 0; i-- {
		c := all[i]
		if n := len(out); n > 0 && c.Batch != 0 && out[n-1].Batch == c.Batch {
			out[n-1].Count++
			continue
		}
		if len(out) == shownRecent {
			break
		}
		a := recentAct{Correction: c, Time: clock(c.At), Count: 1, Mine: !mine && c.Who == who}
		mine = mine || a.Mine
		out = append(out, a)
	}
	return out
}

// clock writes when something was done.
func clock(t time.Time) string { return t.In(review.Shanghai).Format("01-02 15:04") }
