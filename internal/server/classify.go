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

// classification bounds POST /classify: a stream of lines may go on and on, a
// batch may not.
func (s *Server) classification(h handler) http.Handler {
	stream, batch := s.limitStream(s.opt.MaxUploadBytes, s.handle(h)), s.limit(s.opt.MaxBodyBytes, s.handle(h))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isLines(r) {
			stream.ServeHTTP(w, r)
			return
		}
		batch.ServeHTTP(w, r)
	})
}

// isLines reports whether the body is NDJSON.
func isLines(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && (kind == "application/x-ndjson" || kind == "application/jsonl" || kind == "application/ndjson")
}

// classify answers POST /classify: one object, an array of them, or NDJSON, which
// is answered line by line as it comes.
func (s *Server) classify(w http.ResponseWriter, r *http.Request) error {
	if isLines(r) {
		return s.classifyLines(w, r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return failAPI(http.StatusBadRequest, `the body is empty: send {"text": "…", "industry": "food"}, an array of these, or NDJSON`)
	}
	return s.once.do(w, r, s.client(r).id, body, func() (any, error) {
		if body[0] != '[' {
			return s.classifyOne(body)
		}
		return s.classifyArray(r, body)
	})
}

// classifyArray classifies the reviews of an array, all or none.
func (s *Server) classifyArray(r *http.Request, body []byte) ([]*pipeline.Annotation, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, err
	}
	if len(list) > s.opt.MaxBatch {
		return nil, failAPI(http.StatusRequestEntityTooLarge, "%d reviews, %d is the limit of a batch: send fewer at once, or NDJSON", len(list), s.opt.MaxBatch)
	}
	out := make([]*pipeline.Annotation, len(list))
	for i, one := range list {
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		var err error
		if out[i], err = s.classifyOne(one); err != nil {
			p := problemOf(err)
			if p == nil {
				return nil, err
			}
			return nil, failAPI(p.Status, "review %d: %s", i+1, p.Detail)
		}
	}
	return out, nil
}

// classifyOne classifies one review.
func (s *Server) classifyOne(data []byte) (*pipeline.Annotation, error) {
	objects := s.objects.Get().(*review.Objects)
	defer s.objects.Put(objects)
	rec, err := objects.Read(data)
	if err != nil {
		return nil, failAPI(http.StatusBadRequest, "%s", err)
	}
	a, err := pipeline.Annotate(s.cls.Load(), s.opt.Industry, &rec)
	var row *review.RowError
	if errors.As(err, &row) {
		return nil, failAPI(http.StatusBadRequest, "%s", row.Reason)
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
// What ends the stream before its time is its last line.
func (s *Server) classifyLines(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Connection", "close") // net/http must not go on with a connection whose body was left half read
	if err := http.NewResponseController(w).EnableFullDuplex(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	in := bufio.NewReader(r.Body)
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	for lines.Scan() {
		s.renew(w, r)
		if err := s.classifyLine(r, enc, lines.Bytes()); err != nil {
			return errors.Join(err, out.Flush())
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
		p := problemOf(err)
		switch {
		case errors.Is(err, bufio.ErrTooLong):
			p = failAPI(http.StatusRequestEntityTooLarge, "a line has more than %d bytes, the limit", maxLine)
		case p == nil:
			p = failAPI(http.StatusBadRequest, "%s", err)
		}
		p.Detail = "the stream ends here: " + p.Detail
		return errors.Join(enc.Encode(p), out.Flush())
	}
	return out.Flush()
}

// classifyLine answers one line, if it is not empty. A fault of the server is
// answered and returned.
func (s *Server) classifyLine(r *http.Request, enc *json.Encoder, line []byte) error {
	if line = bytes.TrimSpace(line); len(line) == 0 {
		return nil
	}
	a, err := s.classifyOne(line)
	if err == nil {
		return enc.Encode(a)
	}
	return enc.Encode(s.told(r, err))
}

// idempotency remembers answers by a client's Idempotency-Key, the newest thousand.
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

// maxKey is how many bytes an Idempotency-Key may have.
const maxKey = 255

// do answers a request, or gives the answer that the same key of the same client
// got before. A key that comes again with another body is refused.
func (m *idempotency) do(w http.ResponseWriter, r *http.Request, client string, body []byte, work func() (any, error)) error {
	key := strings.TrimSpace(r.Header.Get("Idempotency-Key"))
	if len(key) > maxKey {
		return failAPI(http.StatusBadRequest, "the Idempotency-Key has %d bytes, %d is the limit", len(key), maxKey)
	}
	if key == "" {
		v, err := work()
		if err != nil {
			return err
		}
		return reply(w, v)
	}
	key = client + "\x00" + key
	sum := sha256.Sum256(body)
	before, ok := m.find(key)
	if !ok {
		v, err := work()
		if err != nil {
			return err
		}
		result, err := encode(v)
		if err != nil {
			return err
		}
		before = m.remember(key, answer{sum, result})
	}
	if before.body != sum {
		return failAPI(http.StatusUnprocessableEntity, "the Idempotency-Key came before with another body: use a new one")
	}
	return send(w, "application/json", http.StatusOK, before.result)
}

func (m *idempotency) find(key string) (answer, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.known[key]
	return a, ok
}

// remember keeps an answer, unless there is one already: that one counts.
func (m *idempotency) remember(key string, a answer) answer {
	m.mu.Lock()
	defer m.mu.Unlock()
	if before, ok := m.known[key]; ok {
		return before
	}
	if m.known == nil {
		m.known = map[string]answer{}
	}
	m.oldest = append(m.oldest, key)
	m.known[key] = a
	m.bytes += len(a.result)
	for len(m.oldest) > maxAnswers || m.bytes > maxAnswerBytes {
		m.bytes -= len(m.known[m.oldest[0]].result)
		delete(m.known, m.oldest[0])
		m.oldest = m.oldest[1:]
	}
	return a
}
