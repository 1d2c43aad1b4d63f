package dataset_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chaping/internal/correction"
	"chaping/internal/dataset"
)

// mustOpenToNothing opens a dataset that must be refused with words.
func mustOpenToNothing(t *testing.T, dir string, words ...string) {
	t.Helper()
	for _, mode := range []dataset.Mode{dataset.Read, dataset.Write} {
		d, err := dataset.Open(dir, mode)
		if err == nil {
			d.Close()
			t.Errorf("mode %d: it opens", mode)
			continue
		}
		for _, w := range words {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("mode %d: %v\nlacks %q", mode, err, w)
			}
		}
	}
}

// files lists the files of a folder and those in it.
func files(t *testing.T, dir string) string {
	t.Helper()
	var list []string
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() && info.Name() != "lock" {
			list = append(list, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, " ")
}

// TestManifestGone removes dataset.json: what it named stays, and nothing takes its place.
func TestManifestGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "shop")
	if err := importOne(dir, "x", 3); err != nil {
		t.Fatal(err)
	}
	d := open(t, dir, dataset.Write)
	if _, err := d.Correct(correction.Correction{Key: "k", Action: correction.Skip}); err != nil {
		t.Fatal(err)
	}
	d.Close()
	if err := os.Remove(filepath.Join(dir, "dataset.json")); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ named, left string }{
		{"segments", "corrections.db 000001.parquet 000002.parquet"},
		{"orders", "corrections.db 000001.parquet"},
		{"corrections.db", "corrections.db"},
	} {
		mustOpenToNothing(t, dir, filepath.Join(dir, "dataset.json")+" is gone, and "+filepath.Join(dir, tc.named)+" has", "restore it from a backup", "chaping import --data "+dir+"-new")
		if got := files(t, dir); got != tc.left {
			t.Errorf("left are %s, want %s", got, tc.left)
		}
		if err := os.RemoveAll(filepath.Join(dir, tc.named)); err != nil {
			t.Fatal(err)
		}
	}
	if err := importOne(dir, "y", 1); err != nil { // nothing was named
		t.Error(err)
	}
}
