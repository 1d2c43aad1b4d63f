package server

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"chaping/classifier"
	"chaping/index"
	"chaping/internal/crosstab"
	"chaping/internal/dataset"
	"chaping/internal/dsr"
)

// Options say how to serve. The zero value of a limit is its default.
type Options struct {
	Industry string // of reviews that name none
	// Tokens give access from elsewhere than loopback; without any, everyone may
	// do everything, and the caller must listen on loopback alone.
	Tokens []Token
	Log    *slog.Logger
	Now    func() time.Time
	// Import classifies and keeps the reviews of a file; it is called by one
	// request at a time. Nil turns uploads off.
	Import func(ctx context.Context, d *dataset.Dir, path, industry string) (ImportResult, error)

	MaxBodyBytes   int64         // of a request but an upload, default 16 MiB
	MaxUploadBytes int64         // of an upload, default 1 GiB
	MaxBatch       int           // reviews of a classify array, default 1,000
	MaxRequests    int           // requests at once, default 64
	Timeout        time.Duration // of a request but classify streams and uploads, default 60 s
}

// ImportResult says what an upload brought.
type ImportResult struct {
	Added int    `json:"added"`
	Known int    `json:"known"` // were there before
	Talk  string `json:"talk"`  // what the import had to say, a line each
}

// Server answers requests about one dataset.
type Server struct {
	opt     Options
	log     *slog.Logger
	dir     *dataset.Dir // nil: only classification is offered
	index   *index.Index
	cls     atomic.Pointer[classifier.Classifier]
	handler http.Handler
	slots   chan struct{}
	logins  chan struct{}
	metrics metrics
	// importing is held by uploads, one at a time.
	importing sync.Mutex
	facts     atomic.Pointer[facts]
	sessions  sessions
	ui        map[string]*template.Template
	requests  atomic.Uint64
	once      idempotency
}

// facts are what tables and scores are computed from: all reviews of the dataset.
type facts struct {
	rows    []crosstab.Row
	ratings []dsr.Rating
}

// metrics are what /metrics shows.
type metrics struct {
	registry *prometheus.Registry
	seconds  *prometheus.SummaryVec
	reviews  prometheus.Counter
}

func newMetrics() metrics {
	m := metrics{
		registry: prometheus.NewRegistry(),
		seconds: prometheus.NewSummaryVec(prometheus.SummaryOpts{
			Name: "chaping_request_seconds", Help: "Time of requests by route and status.",
			Objectives: map[float64]float64{0.5: 0.05, 0.99: 0.001}, MaxAge: 10 * time.Minute,
		}, []string{"route", "status"}),
		reviews: prometheus.NewCounter(prometheus.CounterOpts{Name: "chaping_classified_reviews_total", Help: "Reviews classified for clients."}),
	}
	m.registry.MustRegister(m.seconds, m.reviews)
	return m
}

// New makes a server of a dataset, which must be open for writing, and its
// index; both may be nil. They stay the caller's to close.
func New(cls *classifier.Classifier, d *dataset.Dir, x *index.Index, opt Options) (*Server, error) {
	set := func(p *int64, v int64) {
		if *p == 0 {
			*p = v
		}
	}
	set(&opt.MaxBodyBytes, 16<<20)
	set(&opt.MaxUploadBytes, 1<<30)
	for _, d := range []struct {
		p *int
		v int
	}{{&opt.MaxBatch, 1000}, {&opt.MaxRequests, 64}} {
		if *d.p == 0 {
			*d.p = d.v
		}
	}
	if opt.Timeout == 0 {
		opt.Timeout = time.Minute
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Now == nil {
		return nil, errors.New("server: Options.Now is missing")
	}
	s := &Server{opt: opt, log: opt.Log, dir: d, index: x, slots: make(chan struct{}, opt.MaxRequests), logins: make(chan struct{}, maxLogins), metrics: newMetrics()}
	s.cls.Store(cls)
	s.handler = s.routes()
	return s, nil
}

// SetClassifier replaces the rules; requests that are under way keep the old ones.
func (s *Server) SetClassifier(cls *classifier.Classifier) {
	s.cls.Store(cls)
	s.facts.Store(nil)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Serve answers on a listener until ctx is done, then lets requests end for at
// most ten seconds.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler: s, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return srv.Shutdown(end)
}

type requestKey struct{}

// requestID names a request in logs and answers.
func requestID(r *http.Request) string {
	id, _ := r.Context().Value(requestKey{}).(string)
	return id
}

// routes says which handler answers what. Patterns of the API are those of openapi.json.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	api := func(pattern string, scope scope, h handler) {
		mux.Handle(pattern, s.measure(pattern, s.allow(scope, s.limit(s.opt.Timeout, s.opt.MaxBodyBytes, s.handle(h)))))
	}
	stream := func(pattern string, scope scope, max int64, h handler) {
		mux.Handle(pattern, s.measure(pattern, s.allow(scope, s.limit(0, max, s.handle(h)))))
	}
	stream("POST /api/v1/classify", mayRead, s.opt.MaxBodyBytes, s.classify)
	api("GET /api/v1/taxonomy", mayRead, s.taxonomy)
	api("GET /api/v1/search", mayRead, s.search)
	api("GET /api/v1/reviews/{id}", mayRead, s.review)
	api("GET /api/v1/crosstab", mayRead, s.crosstab)
	api("GET /api/v1/dsr", mayRead, s.dsr)
	api("GET /api/v1/corrections", mayRead, s.listCorrections)
	api("POST /api/v1/corrections", mayWrite, s.correct)
	api("DELETE /api/v1/corrections/{seq}", mayWrite, s.undo)
	stream("POST /api/v1/import", mayWrite, s.opt.MaxUploadBytes, s.upload)
	mux.Handle("GET /openapi.json", http.HandlerFunc(openAPI))
	mux.Handle("GET /healthz", s.handle(s.healthz))
	mux.Handle("GET /readyz", s.handle(s.readyz))
	mux.Handle("GET /metrics", s.allow(mayRead, promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{})))
	s.pages(mux)
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(s.handle(func(http.ResponseWriter, *http.Request) error {
		return fail(http.StatusForbidden, "the request comes from another site")
	}))
	return s.identify(guard.Handler(s.known(mux)))
}

// known answers requests that no route takes with a problem.
func (s *Server) known(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		p := fail(http.StatusNotFound, "%s is not here: the API is described at /openapi.json", r.URL.Path)
		for _, method := range []string{"GET", "POST", "DELETE"} {
			other := r.Clone(r.Context())
			other.Method = method
			if _, pattern := mux.Handler(other); pattern != "" {
				w.Header().Add("Allow", method)
				p = fail(http.StatusMethodNotAllowed, "%s takes other methods, see the header Allow", r.URL.Path)
			}
		}
		s.handle(func(http.ResponseWriter, *http.Request) error { return p }).ServeHTTP(w, r)
	})
}

// identify gives a request its number and the answers their safe headers.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := fmt.Sprintf("%08x", s.requests.Add(1))
		h := w.Header()
		h.Set("X-Request-Id", id)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, id))
		if len(s.opt.Tokens) == 0 && !local(r.Host) { // a name that leads here may be any page's (DNS rebinding)
			s.handle(func(http.ResponseWriter, *http.Request) error {
				return fail(http.StatusForbidden, "the host %q is not this machine: call the server by 127.0.0.1 or localhost, or give it tokens", r.Host)
			}).ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// local reports whether a Host header names this machine.
func local(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// limit bounds a request's body, its time (0: none) and how many there are at once.
func (s *Server) limit(timeout time.Duration, body int64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case s.slots <- struct{}{}:
			defer func() { <-s.slots }()
		default:
			w.Header().Set("Retry-After", "1")
			s.handle(func(http.ResponseWriter, *http.Request) error {
				return fail(http.StatusTooManyRequests, "more than max_requests=%d at once: try again in a second", s.opt.MaxRequests)
			}).ServeHTTP(w, r)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, body)
		s.renew(w)
		if timeout > 0 {
			ctx, cancel := context.WithTimeout(r.Context(), timeout)
			defer cancel()
			r = r.WithContext(ctx)
		}
		next.ServeHTTP(w, r)
	})
}

// sendTime is what a client has to send and to take data, beyond the time to
// make an answer.
const sendTime = 30 * time.Second

// renew gives a client another Timeout and sendTime to send and to take data: streams call it
// as they go on.
func (s *Server) renew(w http.ResponseWriter) {
	c, until := http.NewResponseController(w), s.opt.Now().Add(s.opt.Timeout+sendTime)
	if err := errors.Join(c.SetReadDeadline(until), c.SetWriteDeadline(until)); err != nil {
		s.log.Debug("no deadline", slog.Any("error", err))
	}
}

// statusWriter notes the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap serves http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// measure logs a request, without its text, and counts it.
func (s *Server) measure(route string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.opt.Now()
		sw := &statusWriter{w, http.StatusOK}
		next.ServeHTTP(sw, r)
		took := s.opt.Now().Sub(start)
		s.metrics.seconds.WithLabelValues(route, strconv.Itoa(sw.status)).Observe(took.Seconds())
		s.log.Info("request", slog.String("request", requestID(r)), slog.String("route", route), slog.Int("status", sw.status), slog.Duration("took", took))
	})
}

// healthz does a real search, or a real classification where there is no dataset.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.cls.Load().Classify(s.opt.Industry, "太酸了"); err != nil {
		return err
	}
	if s.index != nil {
		if _, err := s.index.Search(r.Context(), index.Request{Query: "酸"}); err != nil {
			return err
		}
	}
	return reply(w, map[string]any{"ok": true})
}

// readyz says what is loaded.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) error {
	reviews := 0
	if s.dir != nil {
		reviews = s.dir.Rows()
	}
	return reply(w, map[string]any{"ok": true, "reviews": reviews, "lexicon": s.cls.Load().Lexicon().Hash})
}
