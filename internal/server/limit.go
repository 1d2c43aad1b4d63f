package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// slotTime is how long a request waits for a slot.
const slotTime = 500 * time.Millisecond

// take waits for a slot and reports whether there was one; the caller gives it back.
func take(r *http.Request, slots chan struct{}) bool {
	select {
	case slots <- struct{}{}:
		return true
	default:
	}
	wait := time.NewTimer(slotTime)
	defer wait.Stop()
	select {
	case slots <- struct{}{}:
		return true
	case <-wait.C:
		return false
	case <-r.Context().Done():
		return false
	}
}

// limit bounds a request's body, the time to send it and to answer it, and how
// many requests there are at once.
func (s *Server) limit(body int64, next http.Handler) http.Handler {
	return s.slot(s.slots, s.opt.MaxRequests, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.pace(w, r, body)
		ctx, cancel := context.WithTimeout(r.Context(), s.opt.Timeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	}))
}

// limitStream bounds a stream or an upload, which may take as long as it goes on.
// They have slots of their own: they must not use up those of others.
func (s *Server) limitStream(body int64, next http.Handler) http.Handler {
	return s.slot(s.streams, cap(s.streams), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.pace(w, r, body)
		next.ServeHTTP(w, r)
	}))
}

// slot lets a request through that gets a slot.
func (s *Server) slot(slots chan struct{}, count int, next http.Handler) http.Handler {
	full := s.refuse(fail(http.StatusTooManyRequests, "more than %d at once, the limit: try again in a second", "同时处理的请求超过 %d 个，请稍后再试", count))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !take(r, slots) {
			w.Header().Set("Retry-After", "1")
			full.ServeHTTP(w, r)
			return
		}
		defer func() { <-slots }()
		next.ServeHTTP(w, r)
	})
}

// minPace is how many bytes of a body must come in a second, on average and
// beyond what SendTime allows.
const minPace = 32 << 10

// pacedBody is a body that must come at a pace.
type pacedBody struct {
	io.ReadCloser
	until time.Time
	// deadline sets the one of the connection; the zero time is none
	deadline func(time.Time)
}

// pace bounds a body, and the time to send it and to take the answer.
func (s *Server) pace(w http.ResponseWriter, r *http.Request, max int64) {
	now, conn := s.opt.Now(), http.NewResponseController(w)
	s.set(conn.SetWriteDeadline, now.Add(s.opt.Timeout+s.opt.SendTime))
	b := &pacedBody{http.MaxBytesReader(w, r.Body, max), now.Add(s.opt.SendTime), func(t time.Time) { s.set(conn.SetReadDeadline, t) }}
	if r.Body == http.NoBody {
		b.until = time.Time{}
	}
	b.deadline(b.until)
	r.Body = b
}

// set sets a deadline, where the connection has them.
func (s *Server) set(deadline func(time.Time) error, t time.Time) {
	if err := deadline(t); err != nil {
		s.log.Debug("no deadline", slog.Any("error", err))
	}
}

// Read implements io.Reader. Once the body is read there is no deadline: it would
// end the handler's work.
func (b *pacedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == io.EOF:
		b.deadline(time.Time{})
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = errSlow
	case err == nil:
		b.until = b.until.Add(time.Duration(n) * time.Second / minPace)
		b.deadline(b.until)
	}
	return n, err
}

// renew gives a stream another Timeout to send and to take data.
func (s *Server) renew(w http.ResponseWriter, r *http.Request) {
	until := s.opt.Now().Add(s.opt.Timeout)
	if b, ok := r.Body.(*pacedBody); ok {
		b.until = until
		b.deadline(until)
	}
	s.set(http.NewResponseController(w).SetWriteDeadline, until)
}

// rates bounds how often each client may ask.
type rates struct {
	perSecond float64 // 0 is no bound
	mu        sync.Mutex
	list      map[string]*rate.Limiter
}

// maxClients is how many clients rates remembers at most.
const maxClients = 10_000

// wait is how long a client has to wait; 0 lets it go on.
func (l *rates) wait(client string, now time.Time) time.Duration {
	if l.perSecond == 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.list[client]
	if one == nil {
		if len(l.list) >= maxClients {
			l.forget(now)
		}
		one = rate.NewLimiter(rate.Limit(l.perSecond), int(math.Ceil(l.perSecond)))
		l.list[client] = one
	}
	at := one.ReserveN(now, 1)
	wait := at.DelayFrom(now)
	if wait > 0 {
		at.CancelAt(now)
	}
	return wait
}

// forget drops the clients that have waited long enough to be new again, or all.
func (l *rates) forget(now time.Time) {
	for client, one := range l.list {
		if one.TokensAt(now) >= float64(one.Burst()) {
			delete(l.list, client)
		}
	}
	if len(l.list) >= maxClients {
		clear(l.list)
	}
}

// limitRate lets a client ask so often.
func (s *Server) limitRate(client string, w http.ResponseWriter, r *http.Request) bool {
	wait := s.rates.wait(client, s.opt.Now())
	if wait == 0 {
		return true
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	s.refuse(fail(http.StatusTooManyRequests, "more than %g requests a second, the limit of a client: slow down", "请求过于频繁（每秒上限 %g 次），请稍后再试", s.opt.MaxRate)).ServeHTTP(w, r)
	return false
}

// address names a client that has no token: its address, or its network of 64 bits.
func address(r *http.Request) string {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	ip := at.Addr().Unmap()
	if ip.Is6() {
		if network, err := ip.Prefix(64); err == nil {
			return network.String()
		}
	}
	return ip.String()
}
