package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"

	"chaping/classifier"
	"chaping/index"
)

// problem is an error as clients see it (RFC 9457).
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// At is the 0-based character of a query where the fault is.
	At *int   `json:"at,omitempty"`
	zh string // Detail as pages say it
}

func (p *problem) Error() string { return p.Title + ": " + p.Detail }

// inChinese is the problem as pages show it.
func (p *problem) inChinese() *problem {
	c := *p
	c.Detail = p.zh
	return &c
}

// fail makes a problem, said in English to programs and in Chinese on pages. Both
// formats take the same values; %[1]s and the like name one of them.
func fail(status int, en, zh string, args ...any) *problem {
	return &problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: fmt.Sprintf(en, args...), zh: fmt.Sprintf(zh, args...)}
}

// failAPI makes a problem that no page shows.
func failAPI(status int, format string, args ...any) *problem {
	return fail(status, format, format, args...)
}

// errSlow says that a client did not send its request in time.
var errSlow = errors.New("the request came too slowly")

// problemOf says what a client may know of an error; nil is nothing.
func problemOf(err error) *problem {
	var p *problem
	var q *index.QueryError
	var industry *classifier.UnknownIndustryError
	var tooLarge *http.MaxBytesError
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &q):
		p = fail(http.StatusBadRequest, "%[1]s", "%[2]s", q.Error(), q.Chinese)
		p.At = &q.At
		return p
	case errors.As(err, &industry):
		return fail(http.StatusBadRequest, "%s", "没有这个行业：%s", err)
	case errors.As(err, &syntax), errors.As(err, &kind):
		return fail(http.StatusBadRequest, "%s", "格式有误：%s", err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fail(http.StatusBadRequest, "the body ends too early", "内容不完整，请重试")
	case errors.Is(err, errSlow):
		return fail(http.StatusRequestTimeout, "%s: send it at once, or smaller", "上传太慢，已中断，请重试或分批上传（%s）", err)
	case errors.Is(err, context.DeadlineExceeded):
		return fail(http.StatusServiceUnavailable, "this took too long: ask for less", "处理超时，请缩小范围再试")
	case errors.Is(err, index.ErrNoReview):
		return fail(http.StatusNotFound, "%s", "没有这条评价（%s）", err)
	case errors.As(err, &tooLarge):
		return fail(http.StatusRequestEntityTooLarge, "the body has more than %d bytes, the limit: send less at once", "内容超过上限（%d 字节），请分批提交", tooLarge.Limit)
	}
	return nil
}

// handler is a handler that returns its error.
type handler func(w http.ResponseWriter, r *http.Request) error

// try calls the handler and makes an error of a panic.
func (h handler) try(w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return h(w, r)
}

// handle turns the error of a handler into an answer, and logs what clients
// must not see. Browsers that ask for a page get one.
func (s *Server) handle(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h.try(w, r)
		if err == nil || errors.Is(r.Context().Err(), context.Canceled) && !errors.Is(err, errSlow) { // the client has left
			return
		}
		if err := s.answer(w, r, s.told(r, err)); err != nil {
			s.log.Debug("answer not written", slog.Any("error", err))
		}
	})
}

// told is the problem that a client sees of an error. The log has the rest.
func (s *Server) told(r *http.Request, err error) *problem {
	if p := problemOf(err); p != nil {
		return p
	}
	s.log.Error("request failed", slog.String("request", requestID(r)), slog.String("path", r.URL.Path), slog.Any("error", err))
	return fail(http.StatusInternalServerError, "a fault of the server; its log says more under request %s", "服务器出错，详见日志中的请求 %s", requestID(r))
}

// answer shows a problem as the client wants it.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, p *problem) error {
	if !strings.HasPrefix(r.URL.Path, "/api/") && strings.Contains(r.Header.Get("Accept"), "text/html") {
		return s.render(w, r, p.Status, "error", map[string]any{"Title": "出错了", "Problem": p.inChinese()})
	}
	return write(w, "application/problem+json", p.Status, p)
}

// refuse is a handler that answers with a problem.
func (s *Server) refuse(p *problem) http.Handler {
	return s.handle(func(http.ResponseWriter, *http.Request) error { return p })
}

// reply writes a value as JSON.
func reply(w http.ResponseWriter, v any) error {
	return write(w, "application/json", http.StatusOK, v)
}

// write encodes a value before anything of it is sent: an answer is whole or a problem.
func write(w http.ResponseWriter, kind string, status int, v any) error {
	body, err := encode(v)
	if err != nil {
		return err
	}
	return send(w, kind, status, body)
}

// encode makes JSON that has <, > and & as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return b.Bytes(), err
}

func send(w http.ResponseWriter, kind string, status int, body []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}
