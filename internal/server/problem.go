package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
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
	At *int `json:"at,omitempty"`
}

func (p *problem) Error() string { return p.Title + ": " + p.Detail }

// fail makes a problem.
func fail(status int, format string, args ...any) *problem {
	return &problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: fmt.Sprintf(format, args...)}
}

// problemOf says what a client may know of an error.
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
		p = fail(http.StatusBadRequest, "%s", q.Error())
		p.At = &q.At
		return p
	case errors.As(err, &industry), errors.As(err, &syntax), errors.As(err, &kind):
		return fail(http.StatusBadRequest, "%s", err)
	case errors.Is(err, context.DeadlineExceeded):
		return fail(http.StatusServiceUnavailable, "this took too long: ask for less")
	case errors.Is(err, index.ErrNoReview):
		return fail(http.StatusNotFound, "%s", err)
	case errors.As(err, &tooLarge):
		return fail(http.StatusRequestEntityTooLarge, "the body has more than max_body_bytes=%d: send less at once", tooLarge.Limit)
	}
	return nil
}

// handler is a handler that returns its error.
type handler func(w http.ResponseWriter, r *http.Request) error

// handle turns the error of a handler into an answer, a page where a browser asks for
// one, and logs what clients must not see.
func (s *Server) handle(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Accept"), "text/html") && !strings.HasPrefix(r.URL.Path, "/api/") {
			s.handlePage(h).ServeHTTP(w, r)
			return
		}
		err := h(w, r)
		if err == nil || errors.Is(r.Context().Err(), context.Canceled) { // the client has left
			return
		}
		p := problemOf(err)
		if p == nil {
			p = fail(http.StatusInternalServerError, "a fault of the server; its log says more under request %s", requestID(r))
			s.log.Error("request failed", slog.String("request", requestID(r)), slog.String("path", r.URL.Path), slog.Any("error", err))
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(p.Status)
		if err := json.NewEncoder(w).Encode(p); err != nil {
			s.log.Debug("answer not written", slog.Any("error", err))
		}
	})
}

// reply writes a value as JSON.
func reply(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
