package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"chaping/internal/pipeline"
	"chaping/internal/server"
)

const (
	loadClients = 16
	loadTime    = 2 * time.Second
)

// TestLoad classifies for clients that ask at once, one text and many by turns: each
// answer is right. How fast it is, bench says.
func TestLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	ts := start(t, server.Options{})
	ask := func(body string, want []string) error {
		resp, err := http.Post(ts.URL+"/api/v1/classify", "application/json", bytes.NewReader([]byte(body)))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		data, err := io.ReadAll(resp.Body)
		if err != nil {
			return err
		}
		if len(want) == 1 {
			data = []byte("[" + string(data) + "]")
		}
		var list []pipeline.Annotation
		if err := json.Unmarshal(data, &list); err != nil || resp.StatusCode != http.StatusOK || len(list) != len(want) {
			t.Errorf("%s is %d: %.200s, %v", body, resp.StatusCode, data, err)
			return err
		}
		for i, a := range list {
			if len(a.Labels) != 1 || a.Labels[0] != want[i] {
				t.Errorf("%s is labelled %q", body, a.Labels)
			}
		}
		return nil
	}
	var asked atomic.Int64
	var clients errgroup.Group
	until := time.Now().Add(loadTime)
	for range loadClients {
		clients.Go(func() error {
			for time.Now().Before(until) {
				if err := ask(`{"text":"太酸了"}`, []string{"product.taste"}); err != nil {
					return err
				}
				if err := ask(`[{"text":"太酸了"},{"text":"快过期了"}]`, []string{"product.taste", "product.date"}); err != nil {
					return err
				}
				asked.Add(2)
			}
			return nil
		})
	}
	if err := clients.Wait(); err != nil {
		t.Error(err)
	}
	if asked.Load() < 2*loadClients {
		t.Errorf("%d requests were answered", asked.Load())
	}
}
