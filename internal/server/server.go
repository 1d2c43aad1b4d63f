package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
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
	"golang.org/x/time/rate"

	"chaping/classifier"
	"chaping/index"
	"chaping/internal/dataset"
	"chaping/internal/review"
)

// Options say how to serve. The zero value of a limit is its default.
type Options struct {
	Industry string // of reviews that name none
	// Tokens give access from elsewhere than loopback; without any, everyone may
	// do everything, and the caller must listen on loopback alone.
	Tokens []Token
	Log    *slog.Logger
	Now    func() time.Time
	// Import classifies and keeps the reviews of an upload; it is called by one
	// request at a time. Nil turns uploads off.
	Import func(context.Context, *classifier.Classifier, *dataset.Dir, Upload) (ImportResult, error)
	// Load reads the rules that are in use with overlays laid over them, to try
	// changes out. Nil turns proposals off.
	Load func(overlays ...fs.FS) (*classifier.Classifier, error)

	MaxBodyBytes   int64         // of a request but a stream or an upload, default 16 MiB
	MaxUploadBytes int64         // of a stream or an upload, default 1 GiB
	MaxBatch       int           // reviews of a classify array, default 1,000
	MaxRequests    int           // requests at once, streams and uploads aside, and half as many of these; default 64
	MaxRate        float64       // requests a second of a token or, without one, of an address; 0 is no limit
	Timeout        time.Duration // of an answer, and of the pauses of a stream; default 60 s
	SendTime       time.Duration // in which a request must come, and a second more for each 32 KiB; default 30 s
}

// Server answers requests about one dataset.
type Server struct {
	opt     Options
	log     *slog.Logger
	dir     *dataset.Dir // nil: only classification is offered
	index   *index.Index
	cls     atomic.Pointer[classifier.Classifier]
	handler http.Handler
	slots   chan struct{} // of requests
	streams chan struct{} // of streams and uploads
	logins  chan struct{}
	rates   rates
	metrics metrics
	// importing is held by uploads, one at a time.
	importing sync.Mutex
	jobs      jobs
	proposing proposing
	facts     facts
	sessions  sessions
	ui        map[string]*template.Template
	requests  atomic.Uint64
	running   sync.WaitGroup
	once      idempotency
	objects   sync.Pool // of *review.Objects
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
	opt.MaxBodyBytes = cmp.Or(opt.MaxBodyBytes, 16<<20)
	opt.MaxUploadBytes = cmp.Or(opt.MaxUploadBytes, 1<<30)
	opt.MaxBatch = cmp.Or(opt.MaxBatch, 1000)
	opt.MaxRequests = cmp.Or(opt.MaxRequests, 64)
	opt.Timeout = cmp.Or(opt.Timeout, time.Minute)
	opt.SendTime = cmp.Or(opt.SendTime, 30*time.Second)
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Now == nil {
		return nil, errors.New("server: Options.Now is missing")
	}
	s := &Server{
		opt: opt, log: opt.Log, dir: d, index: x, metrics: newMetrics(), rates: rates{perSecond: opt.MaxRate, list: map[string]*rate.Limiter{}},
		slots: make(chan struct{}, opt.MaxRequests), streams: make(chan struct{}, max(1, opt.MaxRequests/2)), logins: make(chan struct{}, maxLogins),
	}
	s.objects.New = func() any { return review.NewObjects() }
	s.cls.Store(cls)
	s.jobs.ctx, s.jobs.stop = context.WithCancel(context.Background())
	s.handler = s.routes()
	return s, nil
}

// SetClassifier replaces the rules; requests that are under way keep the old ones.
func (s *Server) SetClassifier(cls *classifier.Classifier) { s.cls.Store(cls) }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.running.Add(1)
	defer s.running.Done()
	s.handler.ServeHTTP(w, r)
}

// maxHeader is how many bytes the header of a request may have, about, and
// headerTime in what time it must come.
const (
	maxHeader  = 64 << 10
	headerTime = 5 * time.Second
)

// stopTime is how long requests may go on when the server stops.
const stopTime = 10 * time.Second

// Serve answers on a listener until ctx is done, then lets requests end for ten
// seconds and cuts off those that have not. None runs any more when it returns.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	srv := &http.Server{
		Handler: s, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		ReadHeaderTimeout: min(headerTime, s.opt.SendTime), IdleTimeout: 2 * time.Minute,
		ReadTimeout: s.opt.SendTime, WriteTimeout: 2 * s.opt.SendTime, // until limit knows better
		BaseContext: func(net.Listener) context.Context { return requests },
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(requests, stopTime)
	defer cancel()
	err := srv.Shutdown(end)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("requests are cut off: they did not end in time")
		cut()
		err = srv.Close()
	}
	s.jobs.stop()
	s.running.Wait()
	return err
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
	known := parameters()
	api := func(pattern string, scope scope, h handler) {
		mux.Handle(pattern, s.measure(pattern, s.allow(scope, s.limit(s.opt.MaxBodyBytes, s.handle(known.only(pattern, h))))))
	}
	mux.Handle("POST /api/v1/classify", s.measure("POST /api/v1/classify", s.allow(mayRead, s.classification(known.only("POST /api/v1/classify", s.classify)))))
	api("GET /api/v1/taxonomy", mayRead, s.taxonomy)
	api("GET /api/v1/search", mayRead, s.search)
	api("GET /api/v1/reviews/{id}", mayRead, s.review)
	api("GET /api/v1/crosstab", mayRead, s.crosstab)
	api("GET /api/v1/dsr", mayRead, s.dsr)
	api("GET /api/v1/trends", mayRead, s.trends)
	api("GET /api/v1/corrections", mayRead, s.listCorrections)
	api("POST /api/v1/corrections", mayWrite, s.correct)
	api("DELETE /api/v1/corrections/{seq}", mayWrite, s.undo)
	api("POST /api/v1/corrections/bulk", mayWrite, s.removeBulk)
	api("DELETE /api/v1/corrections/batches/{batch}", mayWrite, s.undoBatch)
	mux.Handle("POST /api/v1/import", s.measure("POST /api/v1/import", s.allow(mayWrite, s.limitStream(s.opt.MaxUploadBytes, s.handle(known.only("POST /api/v1/import", s.upload))))))
	mux.Handle("GET /openapi.json", s.open(http.HandlerFunc(openAPI)))
	mux.Handle("GET /healthz", s.open(s.handle(s.healthz)))
	mux.Handle("GET /readyz", s.open(s.handle(s.readyz)))
	mux.Handle("GET /metrics", s.allow(mayRead, promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{})))
	s.pages(mux)
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(s.refuse(fail(http.StatusForbidden, "the request comes from another site", "请求来自别的网站，已拒绝")))
	return s.identify(s.guard(guard.Handler(s.known(mux))))
}

// known answers requests that no route takes with a problem.
func (s *Server) known(mux *http.ServeMux) http.Handler {
	takes := func(r *http.Request, method string) bool {
		other := r.Clone(r.Context())
		other.Method = method
		_, pattern := mux.Handler(other)
		return pattern != ""
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if takes(r, r.Method) {
			mux.ServeHTTP(w, r)
			return
		}
		for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
			if takes(r, method) {
				w.Header().Add("Allow", method)
			}
		}
		switch {
		case w.Header().Get("Allow") == "":
			s.refuse(fail(http.StatusNotFound, "%s is not here: the API is described at /openapi.json", "没有这个页面：%s", r.URL.Path)).ServeHTTP(w, r)
		case r.Method == http.MethodOptions:
			w.WriteHeader(http.StatusNoContent)
		default:
			s.refuse(fail(http.StatusMethodNotAllowed, "%s takes other methods, see the header Allow", "%s 不支持这种请求方法", r.URL.Path)).ServeHTTP(w, r)
		}
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
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, id))
		next.ServeHTTP(w, r)
	})
}

// guard keeps out what other web sites may have made a browser send.
func (s *Server) guard(next http.Handler) http.Handler {
	elsewhere := s.refuse(fail(http.StatusForbidden, "this may not be part of another site", "不能嵌入别的网站"))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site := r.Header.Get("Sec-Fetch-Site")
		switch {
		case len(s.opt.Tokens) == 0 && !local(r.Host): // a name that leads here may be any page's (DNS rebinding)
			s.refuse(fail(http.StatusForbidden, "the host %q is not this machine: call the server by 127.0.0.1 or localhost, or give it tokens",
				"%q 不是本机地址：请用 127.0.0.1 或 localhost 访问，或给服务设置令牌", r.Host)).ServeHTTP(w, r)
		case (site == "cross-site" || site == "same-site") && r.Header.Get("Sec-Fetch-Mode") != "navigate": // links are fine, scripts and pictures are not
			elsewhere.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
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
	return reply(w, map[string]any{"ok": true, "reviews": reviews, "lexicon": s.lexicon()})
}
