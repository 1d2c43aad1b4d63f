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
	client client
	ends   time.Time
}

// begin makes a session.
func (s *sessions) begin(c client, now time.Time) string {
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
	s.list[id] = session{c, now.Add(sessionTime)}
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

// end ends the session of a request.
func (s *sessions) end(r *http.Request) {
	if c, err := r.Cookie(sessionCookie); err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.list, c.Value)
	}
}

// client is who sends a request.
type client struct {
	id    string // of its token, or its address
	known bool   // may read
	write bool
}

// clientOf finds the client of a token, comparing all of them in constant time.
func (s *Server) clientOf(token string) (found client) {
	given := sha256.Sum256([]byte(token))
	for _, t := range s.opt.Tokens {
		known := sha256.Sum256([]byte(t.Value))
		if subtle.ConstantTimeCompare(given[:], known[:]) == 1 {
			found = client{fmt.Sprintf("token %x", known[:8]), true, t.Write}
		}
	}
	return found
}

// client says who sends a request.
func (s *Server) client(r *http.Request) client {
	c := client{known: true, write: true} // where there are no tokens
	if len(s.opt.Tokens) > 0 {
		if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
			c = s.clientOf(strings.TrimSpace(token))
		} else {
			found, ok := s.sessions.find(r, s.opt.Now())
			c = found.client
			c.known, c.write = ok, ok && c.write
		}
	}
	if !c.known || c.id == "" {
		c.id = address(r)
	}
	return c
}

// allow lets requests through that may do what they want, as often as they may.
// Browsers are sent to the login page.
func (s *Server) allow(want scope, next http.Handler) http.Handler {
	unknown := s.refuse(fail(http.StatusUnauthorized, "send a token of the token file as Authorization: Bearer TOKEN", "请先登录"))
	readOnly := s.refuse(fail(http.StatusForbidden, "this token may only read", "这个令牌只能查看，不能修改"))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := s.client(r)
		switch {
		case !s.limitRate(c.id, w, r):
		case c.known && (want == mayRead || c.write):
			next.ServeHTTP(w, r)
		case c.known:
			readOnly.ServeHTTP(w, r)
		case strings.Contains(r.Header.Get("Accept"), "text/html"):
			http.Redirect(w, r, "/login", http.StatusSeeOther)
		default:
			w.Header().Set("WWW-Authenticate", "Bearer")
			unknown.ServeHTTP(w, r)
		}
	})
}

// open lets everyone through, as often as they may.
func (s *Server) open(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.limitRate(address(r), w, r) {
			next.ServeHTTP(w, r)
		}
	})
}

// maxLogin is how many bytes a login may have. Logins have slots of their own:
// they come before any token is known and must not use up those of others.
const (
	maxLogin  = 4 << 10
	maxLogins = 4
)

// limitLogin bounds logins.
func (s *Server) limitLogin(next http.Handler) http.Handler {
	return s.slot(s.logins, maxLogins, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.pace(w, r, maxLogin)
		next.ServeHTTP(w, r)
	}))
}

// login takes a token from the login form and begins a session.
func (s *Server) login(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return broken(err)
	}
	c := s.clientOf(r.PostForm.Get("token"))
	if !c.known {
		return s.render(w, r, http.StatusUnauthorized, "login", map[string]any{"Title": "登录", "Wrong": true})
	}
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: s.sessions.begin(c, s.opt.Now()), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		MaxAge: int(sessionTime.Seconds()), Secure: r.TLS != nil,
	})
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// logout ends a session.
func (s *Server) logout(w http.ResponseWriter, r *http.Request) error {
	s.sessions.end(r)
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: -1, Secure: r.TLS != nil})
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}
