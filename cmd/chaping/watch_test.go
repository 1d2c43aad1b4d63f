package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWatchWebhook checks that an alert is posted, and that nothing is where
// there is none.
func TestWatchWebhook(t *testing.T) {
	var sent []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent = append(sent, string(body))
		io.WriteString(w, `{"code":0}`)
	}))
	defer srv.Close()
	var rows strings.Builder
	rows.WriteString("id,text,time\n")
	for i := range 20 {
		text := "很甜很新鲜"
		if i >= 15 {
			text = "太酸了 打13800138000"
		}
		fmt.Fprintf(&rows, "%d,%s,2026-06-%02d 10:00:00\n", i, text, 1+i/5)
	}
	path := filepath.Join(t.TempDir(), "in.csv")
	if err := os.WriteFile(path, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	watch := func(more ...string) int {
		var out, errs bytes.Buffer
		args := append([]string{"watch", "--industry", "food", "--unit", "day", "--base", "2", "--webhook", srv.URL, "--webhook-kind", "feishu", path}, more...)
		return run(t.Context(), args, nil, &out, &errs)
	}
	if code := watch("--as-of", "2026-06-03"); code != exitOK || len(sent) != 0 {
		t.Fatalf("exit code %d with %q sent, want 0 and nothing", code, sent)
	}
	if code := watch(); code != exitCheck || len(sent) != 1 {
		t.Fatalf("exit code %d with %q sent, want 1 and one message", code, sent)
	}
	if !strings.Contains(sent[0], "商品-口感 2026-06-04：占比 100.0 %") || strings.Contains(sent[0], "13800138000") {
		t.Errorf("sent %s", sent[0])
	}
	srv.Close()
	if code := watch(); code != exitError {
		t.Errorf("an alert that cannot be posted gives exit code %d, want 2", code)
	}
}
