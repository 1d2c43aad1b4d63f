package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"chaping/internal/server"
)

// hold begins a POST whose body is still to come; let ends it.
func hold(t *testing.T, ts *httptest.Server, path, kind, begin string) (let func()) {
	t.Helper()
	pr, pw := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), "POST", ts.URL+path, pr)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	done := make(chan error, 1)
	go func() {
		resp, err := http.DefaultClient.Do(r)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			err = errors.Join(err, resp.Body.Close())
		}
		done <- err
	}()
	if _, err := io.WriteString(pw, begin); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(pw.Close(), <-done); err != nil {
			t.Error(err)
		}
	}
}

// TestSlots holds the only slot of requests, then the only one of streams: others
// of their kind get 429, and the other kind goes on.
func TestSlots(t *testing.T) {
	ts := start(t, server.Options{MaxRequests: 1})
	const lines, text = "application/x-ndjson", `{"text":"太酸了"}`
	let := hold(t, ts, "/api/v1/corrections", "application/json", "[")
	eventually(t, func() bool { return status(t, ts, "GET", "/api/v1/taxonomy", "") == 429 })
	if _, h := call(t, ts, "GET", "/api/v1/taxonomy", "", 429); h.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", h.Get("Retry-After"))
	}
	call(t, ts, "POST", "/api/v1/classify", text, 200, "Content-Type", lines)
	let()
	let = hold(t, ts, "/api/v1/classify", lines, text+"\n")
	eventually(t, func() bool { return status(t, ts, "POST", "/api/v1/import?name=a", "") == 429 })
	call(t, ts, "POST", "/api/v1/classify", text, 429, "Content-Type", lines)
	call(t, ts, "POST", "/api/v1/classify", text, 200)
	let()
	call(t, ts, "POST", "/api/v1/classify", text, 200, "Content-Type", lines)
}

// status makes a request and returns its status.
func status(t *testing.T, ts *httptest.Server, method, path, body string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, ts.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

// eventually waits until something is so.
func eventually(t *testing.T, so func() bool) {
	t.Helper()
	for range 200 {
		if so() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it never happens")
}

// TestRate lets each token ask twice a second, and those without one twice together.
func TestRate(t *testing.T) {
	ts := start(t, server.Options{MaxRate: 2, Tokens: []server.Token{{Value: "aaaaaaaaaaaaaaaa"}, {Value: "bbbbbbbbbbbbbbbb"}}})
	for _, who := range []string{"Bearer aaaaaaaaaaaaaaaa", "Bearer bbbbbbbbbbbbbbbb", "Bearer wrong-wrong-wrong"} {
		got := map[int]int{}
		began := time.Now()
		for range 20 {
			r, err := http.NewRequestWithContext(t.Context(), "GET", ts.URL+"/api/v1/taxonomy", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", who)
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			got[resp.StatusCode]++
			if err := resp.Body.Close(); err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode == 429 && resp.Header.Get("Retry-After") != "1" {
				t.Errorf("Retry-After is %q", resp.Header.Get("Retry-After"))
			}
		}
		may := 2 + int(2*time.Since(began).Seconds())
		if through := got[200] + got[401]; through < 2 || through > may || got[429] != 20-through {
			t.Errorf("%s gets %v, at most %d may get through", who, got, may)
		}
	}
	if code := status(t, ts, "POST", "/login", "token=x"); code != 429 { // the address has used up what it may
		t.Errorf("a login after 20 wrong tokens gets %d", code)
	}
}

// serving serves on a real listener, with the timeouts of a program.
func serving(t *testing.T, opt server.Options) (address string) {
	t.Helper()
	s := newServer(t, opt)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// TestSlowloris trickles headers and bodies: the connection is cut, with an answer
// where there is a request to answer.
func TestSlowloris(t *testing.T) {
	address := serving(t, server.Options{SendTime: 300 * time.Millisecond, Timeout: 400 * time.Millisecond, Import: noImport})
	for name, tc := range map[string]struct{ begin, trickle, want string }{
		"header":        {"GET /api/v1/taxonomy HTTP/1.1\r\nHost: 127.0.0.1\r\n", "X-A: b\r\n", ""},
		"body":          {"POST /api/v1/classify HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n[", " ", "408"},
		"form":          {"POST /clean HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\na=", "b", "408"},
		"line":          {"POST /api/v1/classify HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\nContent-Length: 100000\r\n\r\n{", " ", "the stream ends here: the request came too slowly"},
		"upload":        {"POST /api/v1/import HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\na", "b", "408"},
		"unwanted body": {"POST /api/v1/none HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\na", "b", "404"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			began := time.Now()
			if _, err := io.WriteString(c, tc.begin); err != nil {
				t.Fatal(err)
			}
			go func() {
				for range 1000 {
					if _, err := io.WriteString(c, tc.trickle); err != nil {
						return // it is cut
					}
					time.Sleep(20 * time.Millisecond)
				}
			}()
			if err := c.SetReadDeadline(began.Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(bufio.NewReader(c))
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				t.Fatalf("after %v the connection is still open; answer %q", time.Since(began), answer)
			}
			if !strings.Contains(string(answer), tc.want) {
				t.Errorf("answer is %q, want %q in it", answer, tc.want)
			}
		})
	}
}

// TestSlowWork has work that takes longer than a request may be sent: the deadline
// of sending must not end it.
func TestSlowWork(t *testing.T) {
	address := serving(t, server.Options{SendTime: 100 * time.Millisecond, Timeout: 10 * time.Second, Import: slowImport(600 * time.Millisecond)})
	resp, err := http.Post("http://"+address+"/api/v1/import?name=a.csv", "text/csv", strings.NewReader("rows"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Errorf("a slow import gets %d %s, %v", resp.StatusCode, answer, err)
	}
}

// TestLimitsSaid wants each limit in the error that it causes.
func TestLimitsSaid(t *testing.T) {
	ts := start(t, server.Options{MaxBatch: 2, MaxBodyBytes: 5000, MaxUploadBytes: 2 << 20, Import: noImport})
	long := strings.Repeat("x", 6000)
	for _, tc := range []struct{ path, kind, body, want string }{
		{"/api/v1/classify", "", `[{"text":"a"},{"text":"b"},{"text":"c"}]`, "3 reviews, 2 is the limit"},
		{"/api/v1/classify", "", `{"text":"` + long + `"}`, "more than 5000 bytes"},
		{"/api/v1/corrections", "", `[` + strings.Repeat(" ", 6000), "more than 5000 bytes"},
		{"/api/v1/import", "", strings.Repeat(long, 400), "more than 2097152 bytes"},
	} {
		if text, _ := call(t, ts, "POST", tc.path, tc.body, 413); !strings.Contains(text, tc.want) {
			t.Errorf("%s: %s, want %q", tc.path, text, tc.want)
		}
	}
	lines := "application/x-ndjson"
	ok := `{"text":"太酸了"}` + "\n"
	if text, _ := call(t, ts, "POST", "/api/v1/classify", ok+`{"text":"`+strings.Repeat("x", 1<<20)+`"}`, 200, "Content-Type", lines); !strings.Contains(text, "product.taste") || !strings.Contains(text, fmt.Sprint("more than ", 1<<20, " bytes")) {
		t.Errorf("a long line: %s", text)
	}
	text, _ := call(t, ts, "POST", "/api/v1/classify", strings.Repeat(ok, 110_000), 200, "Content-Type", lines)
	all := strings.Split(strings.TrimSpace(text), "\n")
	if last := all[len(all)-1]; len(all) < 80_000 || !strings.Contains(last, "the stream ends here") || !strings.Contains(last, "more than 2097152 bytes") {
		t.Errorf("a long stream has %d lines, the last is %s", len(all), last)
	}
}

// rawStatus asks for a path as it is written, and returns the status.
func rawStatus(t *testing.T, address, path string) (code int) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", path); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if to := resp.Header.Get("Location"); strings.HasPrefix(to, "//") || strings.Contains(to, "evil.example") && !strings.HasPrefix(to, "/") {
		t.Errorf("%s leads to %s", path, to)
	}
	return resp.StatusCode
}
