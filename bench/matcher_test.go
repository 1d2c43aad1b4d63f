package main

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
)

var sharedCorpus = sync.OnceValues(loadCorpus)

var sharedWorkloads = sync.OnceValue(func() []*workload {
	c, _ := sharedCorpus()
	workloads, err := newWorkloads(c)
	if err != nil {
		panic(err)
	}
	return workloads
})

// needCorpus skips the benchmark where there are no reviews to measure with.
func needCorpus(b *testing.B) {
	b.Helper()
	_, err := sharedCorpus()
	if errors.Is(err, errNoCorpus) {
		b.Skip(strings.Replace(err.Error(), "go run .", "go test -bench .", 1))
	}
	if err != nil {
		b.Fatal(err)
	}
}

func BenchmarkMatcher(b *testing.B) {
	needCorpus(b)
	for _, w := range sharedWorkloads() {
		for _, e := range engines {
			b.Run(w.name+"/"+e.name, func(b *testing.B) { benchmarkMatch(b, e, w) })
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	needCorpus(b)
	for _, w := range sharedWorkloads() {
		for _, e := range engines {
			if e.variant {
				continue
			}
			b.Run(w.name+"/"+e.name, func(b *testing.B) { benchmarkBuild(b, e, w.keywords) })
		}
	}
}

// Every engine must give the counts that are expected of it, on texts that need no corpus.
func TestEnginesAgree(t *testing.T) {
	c := newCorpus([]string{"", "物流太慢了，客服态度很差，物流太慢了", "颜色有点偏大哈哈哈哈", "no complaint"})
	w := newWorkload("small", []string{"物流太慢", "太慢", "慢了", "态度很差", "差", "哈哈", "哈哈哈", "complaint"}, c)
	if w.occurrences != 2+2+2+1+1+3+2+1 || w.present != 8 {
		t.Errorf("newWorkload counts %d occurrences and %d present, want 14 and 8", w.occurrences, w.present)
	}
	for _, e := range engines {
		if err := w.check(e, e.build(w.keywords)(c)); err != nil {
			t.Error(err)
		}
	}
}

func TestComplaintPhrases(t *testing.T) {
	phrases := complaintPhrases()
	if len(phrases) != keywordCount {
		t.Errorf("got %d phrases, want %d", len(phrases), keywordCount)
	}
	slices.Sort(phrases)
	if n := len(slices.Compact(phrases)); n != keywordCount {
		t.Errorf("only %d phrases are different", n)
	}
}

func TestDenseNgrams(t *testing.T) {
	got := denseNgrams([]string{"很酸很酸", "a很酸b很", "酸"})
	want := []string{"很酸", "很酸很", "很酸很酸", "酸很", "酸很酸"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAppendRunes(t *testing.T) {
	for _, text := range []string{
		"", "a", "差", "太慢a了", "é差😡，x", "\x00\ufffd\uffff\ud7ff\ue000\u0800",
		"\xe5\xb7", "\xe5\xb7ab", "\xe5a\xaeb", "\xe0\x80\x80ab", "\xe0\x9f\xbfab", "\xed\xa0\x80ab", "\xed\xbf\xbfab", "\x80\xffab",
	} {
		if got, want := appendRunes(nil, []byte(text)), []rune(text); !slices.Equal(got, want) {
			t.Errorf("appendRunes(%q) = %x, want %x", text, got, want)
		}
	}
}
