package server

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"chaping/index"
	"chaping/internal/correction"
)

// cleanPage shows the first review of a query that no one has looked at.
func (s *Server) cleanPage(w http.ResponseWriter, r *http.Request) error {
	if s.index == nil {
		return noDataset
	}
	q := r.URL.Query().Get("q")
	data := map[string]any{"Title": "人工复核", "Q": q, "Undo": r.URL.Query().Get("undo"), "Queues": queues}
	ask := "corrected:false"
	if q != "" {
		ask = "(" + q + ") " + ask
	}
	result, err := s.index.Search(r.Context(), index.Request{Query: ask, Size: 1, Sort: "time"})
	if p := problemOf(err); p != nil && p.At != nil {
		if q != "" {
			*p.At = max(0, *p.At-1) // the parenthesis is ours
		}
		data["Wrong"] = p.inChinese()
		return s.render(w, r, http.StatusBadRequest, "clean", data)
	}
	if err != nil {
		return err
	}
	data["Left"] = result.Total
	if len(result.Hits) > 0 {
		found, err := s.find(r, result.Hits[0].Key)
		if err != nil {
			return err
		}
		data["Review"], data["Categories"] = s.show(found), s.lexiconOf(cmp.Or(found.Record.Industry, s.opt.Industry)).Categories
	}
	return s.render(w, r, http.StatusOK, "clean", data)
}

// cleanAct keeps what a person says of a review and goes on to the next.
func (s *Server) cleanAct(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return broken(err)
	}
	q := r.PostFormValue("q")
	next := "/clean?" + url.Values{"q": {q}}.Encode()
	if back := r.PostFormValue("back"); strings.HasPrefix(back, "/reviews/") {
		next = back
	}
	if seq := r.PostFormValue("undo"); seq != "" {
		if _, err := s.takeBack(seq); err != nil {
			return err
		}
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}
	action, category, _ := strings.Cut(r.PostFormValue("act"), " ")
	if action == string(correction.Add) && category == "" {
		category = r.PostFormValue("category")
	}
	added, err := s.keep(r, []correction.Correction{{Key: r.PostFormValue("key"), Action: correction.Action(action), Category: category, Who: r.PostFormValue("who")}})
	if err != nil {
		return err
	}
	if !strings.HasPrefix(next, "/reviews/") {
		next += fmt.Sprintf("&undo=%d", added[0].Seq)
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}
