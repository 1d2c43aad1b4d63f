// Package webhook posts a text to the group robot of a Chinese office
// messenger.
//
// The forms are those of the makers' pages for custom robots: 钉钉 and 企业微信
// take {"msgtype":"text","text":{"content":…}} and answer errcode 0, 飞书 takes
// {"msg_type":"text","content":{"text":…}} and answers code 0. A robot's address
// holds its key, so no error of this package contains it.
//
// 钉钉 and 飞书 robots may ask for a signature (加签): 钉钉 wants HMAC-SHA-256 of
// "milliseconds\nsecret" under the secret in the address, 飞书 that of nothing
// under "seconds\nsecret" in the message, both in base 64. They refuse one that
// is an hour old, so the machine's clock must be right.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"
)

// Kind is a messenger.
type Kind string

// The messengers.
const (
	DingTalk Kind = "dingtalk" // 钉钉
	WeCom    Kind = "wecom"    // 企业微信
	Feishu   Kind = "feishu"   // 飞书
)

// Kinds lists them.
var Kinds = []Kind{DingTalk, WeCom, Feishu}

// Limits of a text in bytes: 企业微信 takes 2,048, the others some 20,000.
const (
	wecomBytes = 2048
	otherBytes = 18_000
)

const timeout = 15 * time.Second

// Robot is where a text goes.
type Robot struct {
	Address string // with the robot's key
	Kind    Kind
	Secret  string // of the signature, empty for none
}

// Check says what is wrong with a robot.
func (r *Robot) Check() error {
	u, err := url.Parse(r.Address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("webhook: the address must begin with https:// or http://")
	}
	if r.Kind == WeCom && r.Secret != "" {
		return errors.New("webhook: robots of wecom (企业微信) take no signature: leave the secret out")
	}
	_, err = body(r.Kind, "")
	return err
}

// request is the address and the message for a text, signed at a time.
func (r *Robot) request(text string, now time.Time) (address string, message []byte, err error) {
	m, err := body(r.Kind, text)
	if err != nil {
		return "", nil, err
	}
	address = r.Address
	switch {
	case r.Secret == "":
	case r.Kind == DingTalk:
		u, err := url.Parse(address)
		if err != nil {
			return "", nil, errors.New("webhook: the address cannot be used")
		}
		at := strconv.FormatInt(now.UnixMilli(), 10)
		q := u.Query()
		q.Set("timestamp", at)
		q.Set("sign", sign(r.Secret, at+"\n"+r.Secret))
		u.RawQuery = q.Encode()
		address = u.String()
	case r.Kind == Feishu:
		at := strconv.FormatInt(now.Unix(), 10)
		m["timestamp"], m["sign"] = at, sign(at+"\n"+r.Secret, "")
	}
	message, err = json.Marshal(m)
	return address, message, err
}

// sign is HMAC-SHA-256 in base 64.
func sign(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// body is the message that a robot takes, its text cut to what the robot allows.
func body(kind Kind, text string) (map[string]any, error) {
	switch kind {
	case DingTalk:
		return map[string]any{"msgtype": "text", "text": map[string]string{"content": cut(text, otherBytes)}}, nil
	case WeCom:
		return map[string]any{"msgtype": "text", "text": map[string]string{"content": cut(text, wecomBytes)}}, nil
	case Feishu:
		return map[string]any{"msg_type": "text", "content": map[string]string{"text": cut(text, otherBytes)}}, nil
	}
	return nil, fmt.Errorf("webhook: no kind is called %q: known are %s, %s, %s", kind, DingTalk, WeCom, Feishu)
}

// cut shortens a text to so many bytes, at a character.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := most - len("…")
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// Post sends a text, signed at a time where the robot has a secret. It follows no redirect, and fails where the robot does not
// say that it took the message.
func (r *Robot) Post(ctx context.Context, text string, now time.Time) error {
	if err := r.Check(); err != nil {
		return err
	}
	address, message, err := r.request(text, now)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(message))
	if err != nil {
		return errors.New("webhook: the address cannot be used")
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address
		}
		return fmt.Errorf("webhook: cannot reach the robot: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("webhook: the robot's answer broke off: %w", err)
	}
	return accepted(resp.StatusCode, answer)
}

// accepted reads the robot's answer.
func accepted(status int, answer []byte) error {
	if status != http.StatusOK {
		return fmt.Errorf("webhook: the robot answers with status %d", status)
	}
	var said struct {
		ErrCode *int   `json:"errcode"`
		Code    *int   `json:"code"`
		ErrMsg  string `json:"errmsg"`
		Msg     string `json:"msg"`
	}
	if err := json.Unmarshal(answer, &said); err != nil || said.ErrCode == nil && said.Code == nil {
		return errors.New("webhook: the answer is not that of a robot: check --webhook and --webhook-kind")
	}
	for _, code := range []*int{said.ErrCode, said.Code} {
		if code != nil && *code != 0 {
			return fmt.Errorf("webhook: the robot refused the message: %d %s%s", *code, said.ErrMsg, said.Msg)
		}
	}
	return nil
}
