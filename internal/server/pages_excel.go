package server

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"os"

	"chaping/index"
	"chaping/internal/review"
	"chaping/internal/sheet"
)

// sheetSizes are how many reviews a table to fill in may have.
var sheetSizes = []int{50, 200, 1000, 5000}

// excelPage offers a table to fill in, and takes it back.
func (s *Server) excelPage(w http.ResponseWriter, r *http.Request) error {
	return s.showExcel(w, r, http.StatusOK, map[string]any{})
}

// showExcel shows the page with what came of a table.
func (s *Server) showExcel(w http.ResponseWriter, r *http.Request, status int, data map[string]any) error {
	if s.index == nil {
		return noDataset
	}
	data["Title"], data["Q"], data["Sizes"], data["Who"] = "用 Excel 复核", r.URL.Query().Get("q"), sheetSizes, signature(r)
	return s.render(w, r, status, "excel", data)
}

// sheetTitles name the categories in tables.
func (s *Server) sheetTitles() sheet.Titles {
	return sheet.Titles{Lexicon: s.cls.Load().Lexicon(), Industry: cmp.Or(s.opt.Industry, s.dir.Industry())}
}

// tablePage answers with a table of the most doubtful reviews of a query.
func (s *Server) tablePage(w http.ResponseWriter, r *http.Request) error {
	if s.index == nil {
		return noDataset
	}
	q := r.URL.Query()
	most := sheetSizes[len(sheetSizes)-1]
	first, err := number(q, "first", sheetSizes[0])
	if err != nil {
		return err
	}
	if first < 1 || first > most {
		return fail(http.StatusBadRequest, "first must be 1 to %d", "一次最多下载 %d 条", most)
	}
	found, err := s.index.Search(r.Context(), index.Request{Query: q.Get("q"), Size: first, Sort: "doubt"})
	if err != nil {
		return err
	}
	var keys []string
	for _, h := range found.Hits {
		keys = append(keys, h.Key)
	}
	reviews, err := s.findAll(r, keys)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	table, err := sheet.NewWriter("xlsx", &body, s.sheetTitles())
	if err != nil {
		return err
	}
	for _, key := range keys {
		if v := reviews[key]; v != nil {
			if err := table.Add(v); err != nil {
				return err
			}
		}
	}
	if err := table.Close(); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="fuhe.xlsx"; filename*=UTF-8''%s`, "%E5%A4%8D%E6%A0%B8.xlsx"))
	w.Header().Set("Cache-Control", "no-store")
	return send(w, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", http.StatusOK, body.Bytes())
}

// excelAct keeps what people filled in, all of it or, where a row makes no sense,
// nothing, and says which rows.
func (s *Server) excelAct(w http.ResponseWriter, r *http.Request) error {
	if s.index == nil {
		return noDataset
	}
	plan, err := s.planSheet(r)
	if p := problemOf(err); p != nil {
		return s.showExcel(w, r, p.Status, map[string]any{"Wrong": p.inChinese()})
	}
	if err != nil {
		return err
	}
	data := map[string]any{"Plan": plan}
	if len(plan.Mistakes) > 0 {
		var list []Reject
		for _, m := range plan.Mistakes[:min(len(plan.Mistakes), shownMistakes)] {
			list = append(list, Reject{Sheet: m.Sheet, Row: m.Row, Column: m.Column, Reason: m.Reason, Remedy: m.Remedy})
		}
		data["Mistakes"] = rejectsInChinese(list)
		return s.showExcel(w, r, http.StatusUnprocessableEntity, data)
	}
	if len(plan.Acts) > 0 {
		added, err := s.dir.Correct(plan.Acts...)
		if err != nil {
			return err
		}
		if err := s.refresh(); err != nil {
			return err
		}
		data["Undo"] = added[0]
	}
	return s.showExcel(w, r, http.StatusOK, data)
}

// shownMistakes is how many rows that make no sense the page lists.
const shownMistakes = 50

// planSheet reads an uploaded table and compares it with the dataset.
func (s *Server) planSheet(r *http.Request) (plan *sheet.Plan, err error) {
	u := Upload{Columns: map[string]string{}}
	if u.Folder, err = s.dir.Incoming(); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(u.Folder)) }()
	if err := u.receive(r); err != nil {
		return nil, err
	}
	wrong := func(err error) error {
		return fail(http.StatusUnprocessableEntity, "%[1]s", "表格没有导入：%[2]s", err, faultInChinese(withoutFolder(err.Error(), u.Folder)))
	}
	in, err := review.OpenAll(u.Files, sheet.Reading())
	if err != nil {
		return nil, wrong(err)
	}
	rows, mistakes, err := sheet.Read(in)
	if err = errors.Join(err, in.Close()); err != nil {
		return nil, wrong(err)
	}
	return sheet.NewPlan(s.dir, rows, mistakes, sheet.Options{Titles: s.sheetTitles(), Who: signature(r), At: s.opt.Now()})
}
