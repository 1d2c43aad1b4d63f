package server

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"chaping/internal/review"
)

// Upload is what a client wants imported.
type Upload struct {
	Folder   string            // has the files, and is removed after the import
	Files    []string          // paths of exports of reviews
	Orders   []string          // paths of order exports
	Industry string            // of reviews that name none
	Columns  map[string]string // column for a field, as review.Options.Map
	Seen     func()            // is called after each review; may be nil
}

// ImportResult says what an upload brought: rows = added + updated + known + rejected + duplicates.
type ImportResult struct {
	Rows         int64    `json:"rows"`
	Added        int      `json:"added"`
	Updated      int      `json:"updated"`       // reviews that got another follow-up
	Known        int      `json:"known"`         // reviews that were there before
	Rejected     int      `json:"rejected"`      // rows that could not be read
	Duplicates   int64    `json:"duplicates"`    // rows that came twice
	Orders       int      `json:"orders"`        // in the order exports
	WithoutOrder int      `json:"without_order"` // reviews whose order is in none, where there are any
	Before       []string `json:"before"`        // files that were imported before and left out
	Rejects      []Reject `json:"rejects"`       // the first rows that could not be read, those of orders too
	Talk         string   `json:"talk"`          // what the import had to say, a line each
}

// Reject is a row that could not be read, without what stood in it.
type Reject struct {
	File   string `json:"file"`
	Sheet  string `json:"sheet,omitempty"`
	Row    int    `json:"row"` // 1-based
	Column string `json:"column,omitempty"`
	Reason string `json:"reason"`
	Remedy string `json:"remedy,omitempty"`
}

// upload answers POST /import: the file is the body, or the parts "file" and
// "orders" of a form.
func (s *Server) upload(w http.ResponseWriter, r *http.Request) error {
	u, err := s.spool(r)
	if err != nil {
		return err
	}
	result, err := s.importSpooled(r.Context(), u)
	s.renew(w, r)
	if err != nil {
		return err
	}
	if result.Before == nil {
		result.Before = []string{}
	}
	if result.Rejects == nil {
		result.Rejects = []Reject{}
	}
	return reply(w, struct {
		ImportResult
		Lexicon string `json:"lexicon"`
	}{result, s.lexicon()})
}

// spool takes an upload to a folder of its own. The caller hands it to importSpooled.
func (s *Server) spool(r *http.Request) (u Upload, err error) {
	if s.dir == nil {
		return u, noDataset
	}
	if s.opt.Import == nil {
		return u, fail(http.StatusNotFound, "uploads are off", "这里没有开启导入")
	}
	u = Upload{Columns: map[string]string{}}
	if u.Folder, err = s.dir.Incoming(); err != nil {
		return u, err
	}
	if err := u.receive(r); err != nil {
		return u, errors.Join(err, os.RemoveAll(u.Folder))
	}
	return u, nil
}

// importSpooled imports an upload and removes it.
func (s *Server) importSpooled(ctx context.Context, u Upload) (result ImportResult, err error) {
	defer func() { err = errors.Join(err, os.RemoveAll(u.Folder)) }()
	s.importing.Lock()
	defer s.importing.Unlock()
	result, err = s.opt.Import(ctx, s.cls.Load(), s.dir, u)
	if err != nil {
		return result, fail(http.StatusUnprocessableEntity, "%[1]s", "文件没有导入：%[2]s", err, faultInChinese(err.Error()))
	}
	return result, s.index.Extend(s.dir, s.indexOptions())
}

// receive reads a request.
func (u *Upload) receive(r *http.Request) error {
	for name, values := range r.URL.Query() {
		if name == "name" {
			continue
		}
		if err := u.set(name, values[0]); err != nil {
			return err
		}
	}
	parts, err := r.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) { // the body is the file
		return u.keep(&u.Files, r.URL.Query().Get("name"), r.Body)
	}
	if err != nil {
		return fail(http.StatusBadRequest, "the form: %s", "表单有误：%s", err)
	}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return broken(err)
		}
		if err := u.take(part); err != nil {
			return err
		}
	}
	if len(u.Files)+len(u.Orders) == 0 {
		return fail(http.StatusBadRequest, "the form has no part called file or orders", "请选择要导入的评价文件或订单文件")
	}
	return nil
}

// broken is the error of a form that ends too early or is none.
func broken(err error) error {
	if problemOf(err) != nil {
		return err
	}
	return fail(http.StatusBadRequest, "the form is broken: %s", "表单不完整：%s", err)
}

// maxValue is how many bytes a value of a form may have.
const maxValue = 1000

// take takes a part of a form. A file field that was left empty has no name.
func (u *Upload) take(part *multipart.Part) error {
	switch name := part.FormName(); name {
	case "file", "orders":
		files := &u.Files
		if name == "orders" {
			files = &u.Orders
		}
		if part.FileName() == "" {
			_, err := io.Copy(io.Discard, part)
			return err
		}
		return u.keep(files, part.FileName(), part)
	default:
		value, err := io.ReadAll(io.LimitReader(part, maxValue+1))
		if err != nil {
			return broken(err)
		}
		if len(value) > maxValue {
			return fail(http.StatusBadRequest, "%s has more than %d bytes, the limit", "%s 超过 %d 字节", name, maxValue)
		}
		return u.set(name, string(value))
	}
}

// set sets a value: industry, or map[FIELD].
func (u *Upload) set(name, value string) error {
	value = strings.TrimSpace(value)
	if name == "industry" {
		u.Industry = value
		return nil
	}
	field, ok := strings.CutPrefix(name, "map[")
	field, closed := strings.CutSuffix(field, "]")
	if !ok || !closed || !slices.Contains(review.FieldNames(), field) {
		return fail(http.StatusBadRequest, "no field of the form is called %q: known are file, orders, industry and map[FIELD] with a FIELD of %s",
			"表单没有字段 %q（可用：file、orders、industry、map[字段]，字段为 %s）", name, strings.Join(review.FieldNames(), ", "))
	}
	if value != "" {
		u.Columns[field] = value
	}
	return nil
}

// keep spools a file. Of its name only the last part is used.
func (u *Upload) keep(files *[]string, name string, body io.Reader) error {
	path := filepath.Join(u.Folder, safeName(name))
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fail(http.StatusBadRequest, "two files are called %s: rename one", "有两个文件都叫 %s，请改名后再导入", safeName(name))
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	*files = append(*files, path)
	return errors.Join(err, f.Close())
}

// safeName is the last part of a file's name, which decides about its format
// where the content leaves a doubt.
func safeName(name string) string {
	name = filepath.Base(filepath.Clean("/" + strings.ReplaceAll(name, `\`, "/")))
	if name == "/" || name == "." || len(name) > 200 {
		return "upload"
	}
	return name
}
