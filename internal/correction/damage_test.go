package correction_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"chaping/internal/correction"
)

// filled makes a file of n acts, some of which were undone.
func filled(t *testing.T, n int) (path string, data []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "c.db")
	s, err := correction.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []correction.Correction
	for i := range n {
		list = append(list, correction.Correction{Key: fmt.Sprintf("%020x", i), Action: correction.Add, Category: "product.taste", Words: "太酸"})
	}
	if list, err = s.Add(list...); err != nil {
		t.Fatal(err)
	}
	for _, c := range list[:n/4] {
		if _, err := s.Undo(c.Seq); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if data, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return path, data
}

// state is all that a file says, or what is wrong with it.
func state(path string) (string, error) {
	list, revision, err := correction.Read(path)
	return fmt.Sprintf("%d %+v", revision, list), err
}

// mends mends a damaged file of acts of filled, and says how many acts are kept.
func mends(path string, bad []byte, acts int) (kept int, err error) {
	m, err := correction.Mend(path)
	if m.Lost < 0 {
		acts = min(m.Kept, acts+1) // without the last act, which undid one
	}
	if err != nil || m.Aside == "" || m.Kept+max(m.Lost, 0) != acts {
		return 0, fmt.Errorf("mended %+v, %w", m, err)
	}
	if aside, err := os.ReadFile(m.Aside); err != nil || !slices.Equal(aside, bad) {
		return 0, fmt.Errorf("what is set aside is not the damaged file: %w", err)
	}
	list, _, err := correction.Read(path)
	if err != nil || len(list) != m.Kept {
		return 0, fmt.Errorf("after mending there are %d of %d acts, %w", len(list), m.Kept, err)
	}
	for _, c := range list {
		if c.Key != fmt.Sprintf("%020x", c.Seq-1) || c.Words != "太酸" {
			return 0, fmt.Errorf("mended to an act that nobody made: %+v", c)
		}
	}
	return m.Kept, os.Remove(m.Aside)
}

// TestFlippedBit flips bits of the file: what it says is the same, or it is found damaged
// both by readers and writers, and mending keeps acts only that were made.
func TestFlippedBit(t *testing.T) {
	for _, tc := range []struct{ acts, every int }{{5, 5}, {400, 311}} {
		path, good := filled(t, tc.acts)
		want, err := state(path)
		if err != nil {
			t.Fatal(err)
		}
		found, kept := 0, 0
		for at := range good {
			size := os.Getpagesize()
			header := at%size < 16 || at < 2*size && at%size < 80
			if !header && (good[at] == 0 || at%tc.every != 0) {
				continue
			}
			bits := []int{at % 8}
			if header && tc.acts < 10 {
				bits = []int{0, 1, 2, 3, 4, 5, 6, 7}
			}
			for _, bit := range bits {
				bad := slices.Clone(good)
				bad[at] ^= 1 << bit
				if err := os.WriteFile(path, bad, 0o600); err != nil {
					t.Fatal(err)
				}
				got, err := state(path)
				if err == nil {
					if got != want {
						t.Fatalf("%d acts, byte %d, bit %d: it says silently %.300s, want %.300s", tc.acts, at, bit, got, want)
					}
					continue
				}
				if !errors.Is(err, correction.ErrDamaged) || !strings.HasPrefix(err.Error(), path) {
					t.Fatalf("%d acts, byte %d, bit %d: %v", tc.acts, at, bit, err)
				}
				if found++; found%17 != 0 {
					continue
				}
				if _, err := correction.Open(path); !errors.Is(err, correction.ErrDamaged) {
					t.Fatalf("%d acts, byte %d, bit %d: a writer gets %v", tc.acts, at, bit, err)
				}
				n, err := mends(path, bad, tc.acts-tc.acts/4)
				if err != nil {
					t.Fatalf("%d acts, byte %d, bit %d: %v", tc.acts, at, bit, err)
				}
				kept += n
			}
		}
		t.Logf("%d acts: %d flips found, %d acts kept", tc.acts, found, kept)
		if found < 100 || kept < found/17 {
			t.Errorf("%d acts: %d flips were found, %d acts kept", tc.acts, found, kept)
		}
	}
}

// TestTruncated cuts the file at many places.
func TestTruncated(t *testing.T) {
	path, good := filled(t, 40)
	for size := 1; size < len(good); size += 1021 {
		if err := os.WriteFile(path, good[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := state(path); !errors.Is(err, correction.ErrDamaged) {
			if got, err := state(path); err != nil || !strings.HasPrefix(got, "50 ") { // what was cut off was not in use
				t.Fatalf("%d bytes: %v", size, err)
			}
			continue
		}
		m, err := correction.Mend(path)
		if err != nil || m.Kept > 30 || m.Lost > 30 {
			t.Fatalf("%d bytes: mended %+v, %v", size, m, err)
		}
		if _, err := state(path); err != nil {
			t.Fatalf("%d bytes: after mending: %v", size, err)
		}
		if err := os.Remove(m.Aside); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOldFile opens a file without checksums, as it was made before they came.
func TestOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("corrections"))
		if err != nil {
			return err
		}
		changes, err := tx.CreateBucket([]byte("changes"))
		if err != nil {
			return err
		}
		n := []byte{0, 0, 0, 0, 0, 0, 0, 3}
		return errors.Join(b.SetSequence(3), b.Put(n, []byte(`{"seq":3,"key":"k","action":"skip","at":"2026-11-01T00:00:00Z"}`)), changes.Put([]byte("k"), n))
	})
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	for range 3 { // unsealed, sealed, and again
		list, revision, err := correction.Read(path)
		if err != nil || len(list) != 1 || list[0].Key != "k" || revision != 3 {
			t.Fatalf("it has %+v of %d, %v", list, revision, err)
		}
		s, err := correction.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		keys, _, err := s.Changed(2)
		if err != nil || !slices.Equal(keys, []string{"k"}) {
			t.Errorf("changed are %q, %v", keys, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
