package server

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// scope is what a token allows.
type scope int

const (
	mayRead scope = iota
	mayWrite
)

// Token gives access.
type Token struct {
	Value string
	Write bool // else it may only read
}

// minToken is how many characters a token has at least.
const minToken = 16

// ReadTokens reads a file of tokens, one a line: "read TOKEN" or "write TOKEN".
// Empty lines and those that begin with # are left out.
func ReadTokens(r io.Reader) ([]Token, error) {
	var out []Token
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		kind, value, _ := strings.Cut(line, " ")
		value = strings.TrimSpace(value)
		if kind != "read" && kind != "write" || len(value) < minToken {
			return nil, fmt.Errorf("line %d: write \"read TOKEN\" or \"write TOKEN\" with a token of %d characters at least", n, minToken)
		}
		out = append(out, Token{value, kind == "write"})
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no token: write a line such as \"write %s\"", rand.Text())
	}
	return out, nil
}

// sessionCookie holds the number of a session.
const sessionCookie = "chaping_session"

// sessionTime is how long a session lasts.
const sessionTime = 12 * time.Hour

// sessions are the people who are logged in.
type sessions struct {
	mu   sync.Mutex
	list map[string]session
}

type session struct {
	write bool
	ends  time.Time
}

// begin makes a session.
func (s *sessions) begin(write bool, now time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.list == nil {
		s.list = map[string]session{}
	}
	for id, old := range s.list {
		if now.After(old.ends) {
			delete(s.list, id)
		}
	}
	id := rand.Text()
	s.list[id] = session{write, now.Add(sessionTime)}
	return id
}

// find returns the session of a request.
func (s *sessions) find(r *http.Request, now time.Time) (session, bool) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return session{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.list[c.Value]
	return found, ok && now.Before(found.ends)
}

// tokenOf finds a token, comparing all of them in constant time.
func (s *Server) tokenOf(value string) (Token, bool) {
	var found Token
	ok := false
	given := sha256.Sum256([]byte(value))
	for _, t := range s.opt.Tokens {
		known := sha256.Sum256([]byte(t.Value))
		if subtle.ConstantTimeCompare(given[:], known[:]) == 1 {
			found, ok = t, true
		}
	}
	return found, ok
}

// access says whether a request comes from someone known, and whether they may write.
func (s *Server) access(r *http.Request) (known, write bool) {
	if len(s.opt.Tokens) == 0 {
		return true, true
	}
	if value, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		t, ok := s.tokenOf(value)
		return ok, t.Write
	}
	found, ok := s.sessions.find(r, s.opt.Now())
	return ok, found.write
}

// allow lets requests through that may do what they want. Browsers are sent to
// the login page.
func (s *Server) allow(want scope, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known, write := s.access(r)
		switch {
		case known && (want == mayRead || write):
			next.ServeHTTP(w, r)
		case !known && strings.Contains(r.Header.Get("Accept"), "text/html"):
			http.Redirect(w, r, "/login", http.StatusSeeOther)
		case !known:
			w.Header().Set("WWW-Authenticate", "Bearer")
			s.handle(func(http.ResponseWriter, *http.Request) error {
				return fail(http.StatusUnauthorized, "send a token of the token file as Authorization: Bearer TOKEN")
			}).ServeHTTP(w, r)
		default:
			s.handle(func(http.ResponseWriter, *http.Request) error {
				return fail(http.StatusForbidden, "this token may only read")
			}).ServeHTTP(w, r)
		}
	})
}

// maxLogins is how many logins are looked at at once, and loginTime how long one
// may take: they come before any token is known and must not use up the slots of others.
const (
	maxLogins = 4
	loginTime = 5 * time.Second
)

// limitLogin bounds logins.
func (s *Server) limitLogin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case s.logins <- struct{}{}:
			defer func() { <-s.logins }()
		default:
			w.Header().Set("Retry-After", "5")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
		if err := http.NewResponseController(w).SetReadDeadline(s.opt.Now().Add(loginTime)); err != nil {
			s.log.Debug("no deadline", "error", err)
		}
		next.ServeHTTP(w, r)
	})
}

// login takes a token from the login form and begins a session.
func (s *Server) login(w http.ResponseWriter, r *http.Request) error {
	t, ok := s.tokenOf(r.PostFormValue("token"))
	if !ok {
		return s.render(w, r, http.StatusUnauthorized, "login", map[string]any{"Title": "登录", "Wrong": true})
	}
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: s.sessions.begin(t.Write, s.opt.Now()), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		MaxAge: int(sessionTime.Seconds()), Secure: r.TLS != nil,
	})
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}
