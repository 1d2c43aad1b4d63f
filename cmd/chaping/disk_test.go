package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestDiskFull imports into disks of several sizes that are too small: the
// dataset opens, holds all of the import or nothing, and says what to do; on a
// larger disk the same commands go through.
func TestDiskFull(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	export := t.TempDir()
	if code := run(t.Context(), []string{"demo", "--reviews", "12000", "-o", export}, nil, io.Discard, io.Discard); code != exitOK {
		t.Fatal("demo failed")
	}
	chaping := func(args ...string) (int, string) {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), args, nil, &stdout, &stderr)
		return code, stdout.String() + stderr.String()
	}
	for _, size := range []string{"64k", "1500k", "5000k", "6500k"} {
		disk := t.TempDir()
		if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size="+size); err != nil {
			t.Skip("a small disk cannot be mounted here:", err)
		}
		t.Cleanup(func() {
			if out, err := exec.Command("umount", "-l", disk).CombinedOutput(); err != nil {
				t.Errorf("umount: %v\n%s", err, out)
			}
		})
		data := filepath.Join(disk, "shop")
		code, said := chaping("import", "--data", data, "--industry", "food", "--orders", filepath.Join(export, "orders.csv"), filepath.Join(export, "reviews.csv"))
		if code != exitError || !strings.Contains(said, "no space left on device") {
			t.Fatalf("%s: exit %d: %s", size, code, said)
		}
		whole := strings.Contains(said, "12000 reviews added")
		if remedy := "the dataset is as it was: make room on the disk and import again"; strings.Contains(said, remedy) == whole {
			t.Errorf("%s: %s", size, said)
		}
		if remedy := "the reviews are kept, their index is not whole: make room if the disk is full, then run chaping reindex --data " + data; strings.Contains(said, remedy) != whole {
			t.Errorf("%s: %s", size, said)
		}
		if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT, "size=64m"); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(data, "dataset.json")); err == nil {
			code, said = chaping("crosstab", "--by", "category,star", "--format", "json", "--data", data)
			if code != exitOK {
				t.Fatalf("%s: after the disk was full: exit %d: %s", size, code, said)
			}
		}
		for _, args := range [][]string{
			{"import", "--data", data, "--industry", "food", "--orders", filepath.Join(export, "orders.csv"), filepath.Join(export, "reviews.csv")},
			{"check", "--data", data},
		} {
			if code, said = chaping(args...); code != exitOK {
				t.Fatalf("%s: %v on a larger disk: exit %d: %s", size, args, code, said)
			}
		}
		if !strings.Contains(said, "12000 reviews in 1 segments") {
			t.Fatalf("%s: %s", size, said)
		}
	}
}
