package index_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chaping/index"
	"chaping/internal/review"
)

// replace makes a new file, since an engine that fell over a damaged one keeps
// its lock until the process ends.
func replace(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path+".new", data, 0o600), os.Rename(path+".new", path)); err != nil {
		t.Fatal(err)
	}
}

// TestDamage flips a byte in every file of an index in turn. A segment's flip is
// found; whatever is hit, searching ends with an answer or an error, and making
// the index again mends it.
func TestDamage(t *testing.T) {
	var records []review.Record
	for i, text := range []string{"太酸了", "不甜，没有水分", "很好吃", "快递太慢，包装也破了", "酸得掉牙"} {
		records = append(records, review.Record{ID: fmt.Sprint(i), Text: text, Star: 2})
	}
	opt := index.Options{}
	d := fill(t, records, opt)
	opt.Lexicon, _ = load(t)
	opt.Industry = "food"
	count := func() (uint64, error) {
		x, err := index.Open(d)
		if err != nil {
			return 0, err
		}
		r, err := x.Search(context.Background(), index.Request{Query: "酸", Size: 10, Facets: []string{"category"}})
		if err = errors.Join(err, x.Close()); err != nil {
			return 0, err
		}
		return r.Total, nil
	}
	if n, err := count(); n != 2 || err != nil {
		t.Fatalf("%d reviews, %v", n, err)
	}
	if err := index.Verify(d); err != nil {
		t.Fatal(err)
	}
	var files []string
	err := filepath.WalkDir(d.IndexPath(), func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	found := 0
	for _, path := range files {
		name := strings.TrimPrefix(path, d.IndexPath())
		sound, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for part := range 8 {
			at := part * len(sound) / 8
			flipped := append([]byte(nil), sound...)
			flipped[at] ^= 0x10
			replace(t, path, flipped)
			err := index.Verify(d)
			if err != nil {
				found++
				if !strings.Contains(err.Error(), "chaping reindex") {
					t.Errorf("%s, byte %d: no remedy in %q", name, at, err)
				}
			}
			if err == nil && strings.HasSuffix(path, ".zap") {
				t.Errorf("%s, byte %d: not found", name, at)
			}
			count() // must come back
		}
		replace(t, path, sound)
		if n, err := count(); n != 2 || err != nil {
			t.Fatalf("%s as it was: %d reviews, %v", name, n, err)
		}
	}
	if found < 8 {
		t.Errorf("%d flips found", found)
	}

	for _, path := range files { // Sync mends what Verify finds
		if strings.HasSuffix(path, ".zap") {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			data[len(data)/2] ^= 0x10
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := index.Sync(d, opt, func(int) {}); err != nil {
		t.Fatal(err)
	}
	if n, err := count(); n != 2 || err != nil {
		t.Fatalf("mended: %d reviews, %v", n, err)
	}
	if err := os.RemoveAll(d.IndexPath()); err != nil {
		t.Fatal(err)
	}
	if _, err := index.Open(d); !errors.Is(err, index.ErrBehind) {
		t.Fatalf("removed: %v", err)
	}
	if err := index.Rebuild(d, opt, func(int) {}); err != nil {
		t.Fatal(err)
	}
	if n, err := count(); n != 2 || err != nil {
		t.Fatalf("made anew: %d reviews, %v", n, err)
	}
}
