package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"chaping/classifier"
	"chaping/internal/server"
	"chaping/lexicon"
)

// The question: how many reviews a second come through POST /classify, next to Classify on the same cores, and how long
// does a client wait? Server and clients share the machine, so that the clients' work counts against the server. Every
// answer's number of reviews without a label is checked against Classify.

// loadClients is how many clients ask at once.
const loadClients = 64

// request is a body with what its answer must have.
type request struct {
	body    []byte
	reviews int
	without int // reviews without a label
}

func loadTable(out io.Writer, length time.Duration) (err error) {
	c, err := loadCorpus()
	if err != nil {
		return err
	}
	lex, err := lexicon.Load()
	if err != nil {
		return err
	}
	cls := classifier.New(lex)
	s, err := server.New(cls, nil, nil, server.Options{Industry: "food", Now: time.Now, MaxRequests: loadClients})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	defer func() {
		stop()
		err = errors.Join(err, <-served)
	}()
	url := "http://" + l.Addr().String() + "/api/v1/classify"
	fmt.Fprintf(out, "%s; POST /classify, %d clients for %v each beside the server, %d reviews\n", machine(), loadClients, length, len(c.texts))
	table := newTable(out)
	fmt.Fprintln(table, "what\trequests\terrors\treviews/s\tof Classify\tp50\tp99")
	for _, size := range []int{1, 100} {
		requests, err := requestsOf(cls, c.texts, size)
		if err != nil {
			return err
		}
		before, err := inProcess(cls, c.texts, length/6)
		if err != nil {
			return err
		}
		r := load(url, requests, length)
		after, err := inProcess(cls, c.texts, length/6)
		if err != nil {
			return err
		}
		alone, rate := (before+after)/2, float64(r.reviews)/r.took.Seconds()
		slices.Sort(r.times)
		at := func(share float64) time.Duration {
			return r.times[int(share*float64(len(r.times)-1))].Round(10 * time.Microsecond)
		}
		fmt.Fprintf(table, "batches of %d\t%d\t%d\t%.0f\t%.2fx\t%v\t%v\n", size, len(r.times), r.errors, rate, rate/alone, at(0.5), at(0.99))
		if r.errors > 0 {
			return errors.Join(table.Flush(), fmt.Errorf("batches of %d: %d errors, the first: %w", size, r.errors, r.first))
		}
	}
	return table.Flush()
}

// requestsOf packs texts into requests.
func requestsOf(cls *classifier.Classifier, texts []string, size int) ([]request, error) {
	type review struct {
		Text     string `json:"text"`
		Industry string `json:"industry"`
	}
	var out []request
	for batch := range slices.Chunk(texts, size) {
		r := request{reviews: len(batch)}
		var list []review
		for _, text := range batch {
			list = append(list, review{text, "food"})
			result, err := cls.Classify("food", text)
			if err != nil {
				return nil, err
			}
			if len(result.Labels) == 0 {
				r.without++
			}
		}
		var v any = list
		if size == 1 {
			v = list[0]
		}
		var err error
		if r.body, err = json.Marshal(v); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// inProcess is how many reviews a second Classify does on all cores.
func inProcess(cls *classifier.Classifier, texts []string, length time.Duration) (perSecond float64, err error) {
	runtime.GC()
	var done atomic.Int64
	var wrong atomic.Pointer[error]
	var wg sync.WaitGroup
	start := time.Now()
	cores := runtime.GOMAXPROCS(0)
	for core := range cores {
		wg.Go(func() {
			n := core * len(texts) / cores
			for time.Since(start) < length {
				for range 100 {
					if _, err := cls.Classify("food", texts[n%len(texts)]); err != nil {
						wrong.Store(&err)
						return
					}
					n++
				}
				done.Add(100)
			}
		})
	}
	wg.Wait()
	if err := wrong.Load(); err != nil {
		return 0, *err
	}
	return float64(done.Load()) / time.Since(start).Seconds(), nil
}

// loaded is what came of a load.
type loaded struct {
	took    time.Duration
	times   []time.Duration // of requests
	reviews int
	errors  int
	first   error
}

// load has clients ask, each without a pause.
func load(url string, requests []request, length time.Duration) loaded {
	runtime.GC()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: loadClients}}
	defer client.CloseIdleConnections()
	results := make([]loaded, loadClients)
	start := time.Now()
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			r := &results[i]
			var answer bytes.Buffer
			for n := i * len(requests) / loadClients; time.Since(start) < length; n++ {
				q := &requests[n%len(requests)]
				began := time.Now()
				err := ask(client, url, q, &answer)
				r.times = append(r.times, time.Since(began))
				r.reviews += q.reviews
				if err != nil {
					r.errors++
					if r.first == nil {
						r.first = err
					}
				}
			}
		})
	}
	wg.Wait()
	all := loaded{took: time.Since(start)}
	for _, r := range results {
		all.times = append(all.times, r.times...)
		all.reviews += r.reviews
		all.errors += r.errors
		if all.first == nil {
			all.first = r.first
		}
	}
	return all
}

// ask sends a request and checks its answer.
func ask(client *http.Client, url string, q *request, answer *bytes.Buffer) error {
	resp, err := client.Post(url, "application/json", bytes.NewReader(q.body))
	if err != nil {
		return err
	}
	answer.Reset()
	_, err = answer.ReadFrom(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d: %.300s", resp.StatusCode, answer)
	}
	if n := bytes.Count(answer.Bytes(), []byte(`"labels":[]`)); n != q.without {
		return fmt.Errorf("%d of %d reviews have no label, Classify says %d", n, q.reviews, q.without)
	}
	return nil
}
