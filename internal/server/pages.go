package server

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"chaping/classifier"
	"chaping/internal/correction"
	"chaping/internal/report"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed ui
var uiFiles embed.FS

//go:embed openapi.json
var openAPIFile []byte

func openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(openAPIFile) // a client that is gone needs no answer
}

// templates has each page laid into layout.html. A template that is missing or
// wrong ends the program at its start.
func (s *Server) templates() map[string]*template.Template {
	funcs := template.FuncMap{
		"title": s.title, "short": func(id string) string { return report.ShortTitle(s.title(id)) }, "score": scoreTitle,
		"n": count, "percent": report.Percent, "f4": fourDecimals, "times": func(f *float64) string { return fmt.Sprintf("%.1f", *f) },
		"stars": func(n int) string { return strings.Repeat("★", n) + strings.Repeat("☆", 5-n) },
		"plus":  func(a, b int) int { return a + b }, "parts": parts, "followUp": followUpParts, "link": link, "reviews": reviewsOf,
		"action": func(a correction.Action) string { return actionTitles[a] }, "reason": func(r classifier.Reason) string { return cmp.Or(reasonTitles[r], string(r)) },
		"lines": func(s string) int { return 1 + strings.Count(s, "\n") }, "clock": clock, "under": func(path, at string) bool { return path == at || strings.HasPrefix(path, at+"/") },
	}
	pages := map[string]*template.Template{}
	names, err := fs.Glob(uiFiles, "ui/templates/*.html")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		page := strings.TrimSuffix(name[strings.LastIndexByte(name, '/')+1:], ".html")
		if page != "layout" {
			pages[page] = template.Must(template.New("layout.html").Funcs(funcs).ParseFS(uiFiles, "ui/templates/layout.html", name))
		}
	}
	return pages
}

// link is a path with those of the named values that are not empty as its query string.
func link(path string, pairs ...any) template.URL {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if v := fmt.Sprint(pairs[i+1]); v != "" {
			q.Set(fmt.Sprint(pairs[i]), v)
		}
	}
	if len(q) == 0 {
		return template.URL(path)
	}
	return template.URL(path + "?" + q.Encode())
}

// reviewsOf leads to the reviews of a value of a dimension.
func reviewsOf(dimension, value string) template.URL {
	return link("/reviews", "q", condition(dimension, value))
}

// count writes a whole number with commas between thousands.
func count(n any) string { return message.NewPrinter(language.Chinese).Sprint(n) }

// fourDecimals writes a score; a dash for none.
func fourDecimals(f *float64) string {
	if f == nil {
		return "–"
	}
	return fmt.Sprintf("%.4f", *f)
}

// pages adds the routes of the pages.
func (s *Server) pages(mux *http.ServeMux) {
	s.ui = s.templates()
	page := func(pattern string, want scope, h handler) {
		mux.Handle(pattern, s.measure(pattern, s.allow(want, s.limit(s.opt.MaxBodyBytes, s.handle(h)))))
	}
	static, err := fs.Sub(uiFiles, "ui/static")
	if err != nil {
		panic(err)
	}
	mux.Handle("GET /static/{file}", http.StripPrefix("/static/", http.FileServerFS(static)))
	mux.Handle("GET /login", s.open(s.handle(func(w http.ResponseWriter, r *http.Request) error {
		return s.render(w, r, http.StatusOK, "login", map[string]any{"Title": "登录"})
	})))
	mux.Handle("POST /login", s.open(s.limitLogin(s.handle(s.login))))
	mux.Handle("POST /logout", s.open(s.limitLogin(s.handle(s.logout))))
	page("GET /{$}", mayRead, s.overviewPage)
	page("GET /reviews", mayRead, s.reviewsPage)
	page("GET /reviews/{key}", mayRead, s.reviewPage)
	page("GET /crosstab", mayRead, s.crosstabPage)
	page("GET /dsr", mayRead, s.dsrPage)
	page("GET /clean", mayRead, s.cleanPage)
	page("POST /clean", mayWrite, s.cleanAct)
	page("GET /clean/bulk", mayRead, s.bulkPage)
	page("POST /clean/bulk", mayWrite, s.bulkAct)
	page("GET /clean/excel", mayRead, s.excelPage)
	page("GET /clean/excel/table", mayRead, s.tablePage)
	page("POST /clean/excel", mayWrite, s.excelAct)
	page("GET /clean/rules", mayRead, s.rulesPage)
	page("POST /clean/rules", mayWrite, s.rulesAct)
	page("GET /lexicon", mayRead, s.lexiconPage)
	page("GET /import", mayRead, s.importPage)
	mux.Handle("POST /import", s.measure("POST /import", s.allow(mayWrite, s.limitStream(s.opt.MaxUploadBytes, s.handle(s.importAct)))))
}

// render writes a page. It is made before anything of it is sent.
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, page string, data map[string]any) error {
	c := s.client(r)
	data["Path"], data["MayWrite"], data["Known"], data["MayLeave"] = r.URL.Path, c.write, c.known, c.known && len(s.opt.Tokens) > 0
	data["Lexicon"] = s.lexicon()
	var body bytes.Buffer
	if err := s.ui[page].Execute(&body, data); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return send(w, "text/html; charset=utf-8", status, body.Bytes())
}
