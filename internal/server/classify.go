package server

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"

	"chaping/internal/pipeline"
	"chaping/internal/review"
)

// classify answers POST /classify: one object, an array of them, or NDJSON, which
// is answered line by line as it comes.
func (s *Server) classify(w http.ResponseWriter, r *http.Request) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && (kind == "application/x-ndjson" || kind == "application/jsonl" || kind == "application/ndjson") {
		return s.classifyLines(w, r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return fail(http.StatusBadRequest, `the body is empty: send {"text": "…", "industry": "food"}, an array of these, or NDJSON`)
	}
	return s.once.do(w, r, body, func() (any, error) {
		if body[0] != '[' {
			return s.classifyOne(body)
		}
		var list []json.RawMessage
		if err := json.Unmarshal(body, &list); err != nil {
			return nil, err
		}
		if len(list) > s.opt.MaxBatch {
			return nil, fail(http.StatusRequestEntityTooLarge, "%d reviews, max_batch=%d: send fewer at once, or NDJSON", len(list), s.opt.MaxBatch)
		}
		out := make([]*pipeline.Annotation, len(list))
		for i, one := range list {
			if out[i], err = s.classifyOne(one); err != nil {
				p := problemOf(err)
				if p == nil {
					return nil, err
				}
				return nil, fail(p.Status, "review %d: %s", i+1, p.Detail)
			}
		}
		return out, nil
	})
}

// classifyOne classifies one review.
func (s *Server) classifyOne(data []byte) (*pipeline.Annotation, error) {
	var rec review.Record
	if err := json.Unmarshal(data, &rec); err != nil {
		return nil, fail(http.StatusBadRequest, "%s", err)
	}
	if rec.Text == "" && rec.FollowUp == "" && !bytes.Contains(data, []byte(`"text"`)) {
		return nil, fail(http.StatusBadRequest, "text is missing")
	}
	a, err := pipeline.Annotate(s.cls.Load(), s.opt.Industry, &rec)
	var row *review.RowError
	if errors.As(err, &row) {
		return nil, fail(http.StatusBadRequest, "%s", row.Reason)
	}
	if err != nil {
		return nil, err
	}
	s.metrics.reviews.Inc()
	a.Record = nil
	if rec.ID == "" {
		a.ID = ""
	}
	return &a, nil
}

// maxLine is how many bytes a line of NDJSON may have.
const maxLine = 1 << 20

// classifyLines answers NDJSON: a result or a problem for each line, in order.
func (s *Server) classifyLines(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "application/x-ndjson")
	if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	in := bufio.NewReader(r.Body)
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	for lines.Scan() {
		s.renew(w)
		if line := bytes.TrimSpace(lines.Bytes()); len(line) > 0 {
			a, err := s.classifyOne(line)
			if err != nil {
				p := problemOf(err)
				if p == nil {
					return err
				}
				err = enc.Encode(p)
			} else {
				err = enc.Encode(a)
			}
			if err != nil {
				return err
			}
		}
		if in.Buffered() == 0 { // nothing more for now: let the client have its answers
			if err := out.Flush(); err != nil {
				return err
			}
			if err := http.NewResponseController(w).Flush(); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		if encErr := enc.Encode(fail(http.StatusBadRequest, "the stream ends here: %s", err)); encErr != nil {
			return encErr
		}
	}
	return out.Flush()
}

// idempotency remembers answers by the client's Idempotency-Key, the newest thousand.
type idempotency struct {
	mu     sync.Mutex
	known  map[string]answer
	oldest []string
	bytes  int // of the results
}

type answer struct {
	body   [sha256.Size]byte // checksum of the request's
	result []byte
}

// maxAnswers and maxAnswerBytes bound what is remembered.
const (
	maxAnswers     = 1000
	maxAnswerBytes = 64 << 20
)

// do answers a request, or gives the answer that the same key got before. A key
// that comes again with another body is refused.
func (m *idempotency) do(w http.ResponseWriter, r *http.Request, body []byte, work func() (any, error)) error {
	key := strings.TrimSpace(r.Header.Get("Idempotency-Key"))
	if key == "" {
		v, err := work()
		if err != nil {
			return err
		}
		return reply(w, v)
	}
	m.mu.Lock()
	before, ok := m.known[key]
	m.mu.Unlock()
	if ok && before.body != sha256.Sum256(body) {
		return fail(http.StatusUnprocessableEntity, "the Idempotency-Key came before with another body: use a new one")
	}
	if !ok {
		v, err := work()
		if err != nil {
			return err
		}
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return err
		}
		before = answer{sha256.Sum256(body), b.Bytes()}
		m.remember(key, before)
	}
	w.Header().Set("Content-Type", "application/json")
	_, err := w.Write(before.result)
	return err
}

func (m *idempotency) remember(key string, a answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil {
		m.known = map[string]answer{}
	}
	if _, ok := m.known[key]; !ok {
		m.oldest = append(m.oldest, key)
	}
	m.bytes += len(a.result) - len(m.known[key].result)
	m.known[key] = a
	for len(m.oldest) > maxAnswers || m.bytes > maxAnswerBytes {
		m.bytes -= len(m.known[m.oldest[0]].result)
		delete(m.known, m.oldest[0])
		m.oldest = m.oldest[1:]
	}
}
