// Package webhook posts a text to the group robot of a Chinese office
// messenger.
//
// The forms are those of the makers' pages for custom robots: 钉钉 and 企业微信
// take {"msgtype":"text","text":{"content":…}} and answer errcode 0, 飞书 takes
// {"msg_type":"text","content":{"text":…}} and answers code 0. A robot's address
// holds its key, so no error of this package contains it.
package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
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

// Body is the message that a robot takes, its text cut to what the robot allows.
func Body(kind Kind, text string) ([]byte, error) {
	switch kind {
	case DingTalk:
		return json.Marshal(map[string]any{"msgtype": "text", "text": map[string]string{"content": cut(text, otherBytes)}})
	case WeCom:
		return json.Marshal(map[string]any{"msgtype": "text", "text": map[string]string{"content": cut(text, wecomBytes)}})
	case Feishu:
		return json.Marshal(map[string]any{"msg_type": "text", "content": map[string]string{"text": cut(text, otherBytes)}})
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

// Check says what is wrong with an address.
func Check(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("webhook: the address must begin with https:// or http://")
	}
	return nil
}

// Post sends a text. It follows no redirect, and fails where the robot does not
// say that it took the message.
func Post(ctx context.Context, address string, kind Kind, text string) error {
	if err := Check(address); err != nil {
		return err
	}
	body, err := Body(kind, text)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
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
