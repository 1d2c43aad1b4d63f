package webhook_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"chaping/internal/webhook"
)

func TestPost(t *testing.T) {
	for _, tc := range []struct {
		kind         webhook.Kind
		answer       string
		status       int
		want, reason string
	}{
		{webhook.DingTalk, `{"errcode":0,"errmsg":"ok"}`, 200, `{"msgtype":"text","text":{"content":"警报 a<b"}}`, ""},
		{webhook.WeCom, `{"errcode":0,"errmsg":"ok"}`, 200, `{"msgtype":"text","text":{"content":"警报 a<b"}}`, ""},
		{webhook.Feishu, `{"code":0,"msg":"success"}`, 200, `{"content":{"text":"警报 a<b"},"msg_type":"text"}`, ""},
		{webhook.DingTalk, `{"errcode":310000,"errmsg":"keywords not in content"}`, 200, "", "310000 keywords not in content"},
		{webhook.Feishu, `{"code":19001,"msg":"param invalid"}`, 200, "", "19001 param invalid"},
		{webhook.WeCom, `<html>`, 200, "", "not that of a robot"},
		{webhook.WeCom, ``, 302, "", "status 302"},
	} {
		var got []byte
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got, _ = io.ReadAll(r.Body)
			if r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
				t.Errorf("%s with %s", r.Method, r.Header.Get("Content-Type"))
			}
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(tc.status)
			io.WriteString(w, tc.answer)
		}))
		err := (&webhook.Robot{Address: srv.URL + "/robot?key=secret", Kind: tc.kind}).Post(t.Context(), "警报 a<b", time.Now())
		srv.Close()
		if tc.reason != "" {
			if err == nil || !strings.Contains(err.Error(), tc.reason) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s answering %s gives %v, want %q", tc.kind, tc.answer, err, tc.reason)
			}
			continue
		}
		var sent, want any
		if err != nil || json.Unmarshal(got, &sent) != nil || json.Unmarshal([]byte(tc.want), &want) != nil {
			t.Fatalf("%s: %v, sent %s", tc.kind, err, got)
		}
		a, _ := json.Marshal(sent)
		b, _ := json.Marshal(want)
		if string(a) != string(b) {
			t.Errorf("%s gets %s, want %s", tc.kind, a, b)
		}
	}
}

// TestSecret checks that the robot's key is in no error.
func TestSecret(t *testing.T) {
	for _, address := range []string{"http://127.0.0.1:1/robot?key=secret", "ftp://host/secret", "secret", "http://[secret/"} {
		r := webhook.Robot{Address: address, Kind: webhook.DingTalk, Secret: "secret"}
		if err := r.Post(t.Context(), "x", time.Now()); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("Post to %q gives %v", address, err)
		}
	}
}

// server takes one message and says it took it.
func server(t *testing.T, got *http.Request, body *[]byte) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*got = *r
		*body, _ = io.ReadAll(r.Body)
		io.WriteString(w, `{"errcode":0,"code":0}`)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestCut(t *testing.T) {
	var got http.Request
	var body []byte
	r := webhook.Robot{Address: server(t, &got, &body), Kind: webhook.WeCom}
	if err := r.Post(t.Context(), strings.Repeat("长", 1000), time.Now()); err != nil {
		t.Fatal(err)
	}
	var m struct{ Text struct{ Content string } }
	if err := json.Unmarshal(body, &m); err != nil || len(m.Text.Content) > 2048 || !strings.HasSuffix(m.Text.Content, "长…") {
		t.Errorf("the text has %d bytes, error %v", len(m.Text.Content), err)
	}
	r.Kind = "qq"
	if r.Check() == nil {
		t.Error("a kind that is not known is accepted")
	}
}

// TestSign has signatures that Python's hmac computed.
func TestSign(t *testing.T) {
	var got http.Request
	var body []byte
	r := webhook.Robot{Address: server(t, &got, &body) + "/robot/send?access_token=a%2Bb", Kind: webhook.DingTalk, Secret: "SECdemo"}
	at := time.UnixMilli(1700000000123)
	if err := r.Post(t.Context(), "x", at); err != nil {
		t.Fatal(err)
	}
	if q := got.URL.Query(); q.Get("access_token") != "a+b" || q.Get("timestamp") != "1700000000123" || q.Get("sign") != "NhbevkDbYRW2yKX6TyqwoJP0bHe5xpu5AApi0R446wU=" {
		t.Errorf("钉钉 gets %s", got.URL.RawQuery)
	}
	r.Kind = webhook.Feishu
	if err := r.Post(t.Context(), "x", at); err != nil {
		t.Fatal(err)
	}
	var m struct{ Timestamp, Sign string }
	if err := json.Unmarshal(body, &m); err != nil || m.Timestamp != "1700000000" || m.Sign != "U1q8KAchlt+ocM9vRG/rtwroY6XMkyjtyUV9XOpczwI=" {
		t.Errorf("飞书 gets %s, %v", body, err)
	}
	r.Kind = webhook.WeCom
	if r.Check() == nil {
		t.Error("企业微信 takes a secret")
	}
}
