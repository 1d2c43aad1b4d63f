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

// TestCorrectionsGone removes the file of corrections: the manifest knows of it, also
// where it was copied in from another dataset.
func TestCorrectionsGone(t *testing.T) {
	dir, again := t.TempDir(), t.TempDir()
	for _, to := range []string{dir, again} {
		if err := importOne(to, "x", 2); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t, dir, dataset.Write)
	first, err := d.At(d.Segments()[0].Name, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Correct(correction.Correction{Key: first.Key, Action: correction.Template}); err != nil {
		t.Fatal(err)
	}
	d.Close()
	file := filepath.Join(dir, "corrections.db")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(again, "corrections.db"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, again, dataset.Write).Close() // the manifest takes note
	d = open(t, again, dataset.Read)
	if r, err := d.At(d.Segments()[0].Name, 0); err != nil || !r.Template {
		t.Errorf("what was copied does not count: %+v, %v", r, err)
	}
	d.Close()
	for _, gone := range []bool{true, false} {
		for _, in := range []string{dir, again} {
			if err := os.WriteFile(filepath.Join(in, "corrections.db"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if gone {
				if err := os.Remove(filepath.Join(in, "corrections.db")); err != nil {
					t.Fatal(err)
				}
			}
			mustOpenToNothing(t, in, filepath.Join(in, "corrections.db")+" is gone", "restore the file from a backup", "chaping correct mend --data "+in)
		}
	}
	if m, ok, err := dataset.MendCorrections(dir); err != nil || !ok || m.Kept != 0 || m.Lost != -1 || m.Aside != file+".damaged" {
		t.Errorf("mended %+v, %v, %v", m, ok, err)
	}
	if d := open(t, dir, dataset.Write); len(d.Corrections()) > 0 || d.Revision() == 0 {
		t.Errorf("after mending there are %+v, revision %d", d.Corrections(), d.Revision())
	}
}
