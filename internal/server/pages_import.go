package server

import (
	"net/http"
)

// importPage shows the upload form and what the dataset has.
func (s *Server) importPage(w http.ResponseWriter, r *http.Request) error {
	data := map[string]any{"Title": "导入", "Industries": s.industries(), "Industry": s.opt.Industry, "Off": s.dir == nil || s.opt.Import == nil}
	if s.dir != nil {
		data["Segments"], data["Reviews"] = s.dir.Segments(), s.dir.Rows()
	}
	return s.render(w, r, http.StatusOK, "import", data)
}

// importAct takes the upload form.
func (s *Server) importAct(w http.ResponseWriter, r *http.Request) error {
	result, err := s.importUpload(w, r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "import", map[string]any{"Title": "导入", "Done": true, "Result": result, "Industries": s.industries(), "Industry": s.opt.Industry})
}
