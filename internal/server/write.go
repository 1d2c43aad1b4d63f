package server

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"chaping/internal/correction"
)

// listCorrections answers GET /corrections: all of them, and how often people
// agreed with rules and categories.
func (s *Server) listCorrections(w http.ResponseWriter, _ *http.Request) error {
	if s.dir == nil {
		return noDataset
	}
	all := s.dir.Corrections()
	if all == nil {
		all = []correction.Correction{}
	}
	rules, categories := correction.Precisions(all)
	return reply(w, map[string]any{"corrections": all, "rules": rules, "categories": categories})
}

// correct answers POST /corrections: one correction or an array, all or none.
// They are on disk before the answer.
func (s *Server) correct(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	var list []correction.Correction
	if err := json.Unmarshal(body, &list); err != nil {
		var one correction.Correction
		if err := json.Unmarshal(body, &one); err != nil {
			return err
		}
		list = []correction.Correction{one}
	}
	added, err := s.keep(r, list)
	if err != nil {
		return err
	}
	return reply(w, map[string]any{"corrections": added})
}

// keep checks corrections, keeps them and brings the index up to them.
func (s *Server) keep(r *http.Request, list []correction.Correction) ([]correction.Correction, error) {
	if s.dir == nil {
		return nil, noDataset
	}
	for i := range list {
		c := &list[i]
		if err := c.Validate(); err != nil {
			return nil, fail(http.StatusBadRequest, "correction %d: %s", i+1, err)
		}
		if c.Category != "" && s.title(c.Category) == c.Category {
			return nil, fail(http.StatusBadRequest, "correction %d: no category is called %q", i+1, c.Category)
		}
		found, err := s.find(r, c.Key)
		if err != nil {
			return nil, err
		}
		found.Describe(c)
		c.At = s.opt.Now()
	}
	added, err := s.dir.Correct(list...)
	if err != nil {
		return nil, err
	}
	return added, s.refresh()
}

// refresh brings the index and the facts up to the corrections.
func (s *Server) refresh() error {
	s.facts.Store(nil)
	return s.index.Correct(s.dir, s.indexOptions())
}

// undo answers DELETE /corrections/{seq}.
func (s *Server) undo(w http.ResponseWriter, r *http.Request) error {
	c, err := s.takeBack(r.PathValue("seq"))
	if err != nil {
		return err
	}
	return reply(w, c)
}

// takeBack undoes the correction with a number.
func (s *Server) takeBack(number string) (c correction.Correction, err error) {
	seq, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return c, fail(http.StatusBadRequest, "%q is no number of a correction", number)
	}
	if s.dir == nil {
		return c, noDataset
	}
	c, err = s.dir.UndoCorrection(seq)
	if errors.Is(err, correction.ErrUnknown) {
		return c, fail(http.StatusNotFound, "no correction has the number %d", seq)
	}
	if err != nil {
		return c, err
	}
	return c, s.refresh()
}

// upload answers POST /import: the file is the body, or the part "file" of a form.
func (s *Server) upload(w http.ResponseWriter, r *http.Request) error {
	result, err := s.importFile(w, r)
	if err != nil {
		return err
	}
	return reply(w, result)
}

// importFile spools an upload and imports it.
func (s *Server) importFile(w http.ResponseWriter, r *http.Request) (result ImportResult, err error) {
	if s.dir == nil {
		return result, noDataset
	}
	if s.opt.Import == nil {
		return result, fail(http.StatusNotFound, "%s", errNoUpload)
	}
	name, industry, body, err := uploaded(r)
	if err != nil {
		return result, err
	}
	folder, err := os.MkdirTemp("", "chaping-upload-")
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, name)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return result, err
	}
	_, err = io.Copy(f, &renewing{body, func() { s.renew(w) }})
	if err = errors.Join(err, f.Close()); err != nil {
		return result, err
	}
	s.importing.Lock()
	defer s.importing.Unlock()
	result, err = s.opt.Import(r.Context(), s.dir, path, industry)
	s.facts.Store(nil)
	s.renew(w)
	if err != nil {
		return result, fail(http.StatusUnprocessableEntity, "%s", err)
	}
	return result, s.index.Extend(s.dir, s.indexOptions())
}

// renewing reads a body and calls renew as it goes on.
type renewing struct {
	io.Reader
	renew func()
}

// Read implements io.Reader.
func (r *renewing) Read(p []byte) (int, error) {
	r.renew()
	return r.Reader.Read(p)
}

// uploaded finds the file of an upload. Of its name only the last part is used.
// The industry of a form stands before its file, or in the query string.
func uploaded(r *http.Request) (name, industry string, body io.Reader, err error) {
	name, industry, body = r.URL.Query().Get("name"), r.URL.Query().Get("industry"), r.Body
	parts, err := r.MultipartReader()
	if err != nil {
		return safeName(name), industry, body, nil // the body is the file
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			return "", "", nil, fail(http.StatusBadRequest, "the form has no part called file")
		}
		switch part.FormName() {
		case "industry":
			value, err := io.ReadAll(io.LimitReader(part, 100))
			if err != nil {
				return "", "", nil, err
			}
			industry = string(value)
		case "file":
			return safeName(part.FileName()), industry, part, nil
		}
	}
}

// safeName is the last part of a file's name, which decides about its format
// where the content leaves a doubt.
func safeName(name string) string {
	name = filepath.Base(filepath.Clean("/" + name))
	if name == "/" || name == "." || len(name) > 200 {
		return "upload"
	}
	return name
}
