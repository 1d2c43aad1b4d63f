package index

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"chaping/internal/dataset"
)

// Verify reads every file of a dataset's index and says which of them changed
// since the engine wrote it. The error wraps [ErrBehind] where the
// index must be made again. No other process may be writing. It costs a read
// of the index.
func Verify(d *dataset.Dir) error {
	if err := checkFiles(d); err != nil {
		return err
	}
	x, err := openCurrent(d)
	if err != nil {
		return err
	}
	n, err := x.engine.DocCount()
	if err == nil && n != uint64(d.Rows()) {
		err = behind(d, "has %d reviews, the dataset %d,", n, d.Rows())
	}
	return errors.Join(err, x.Close())
}

// checkFiles compares the segments' checksums: each ends in the CRC-32 of what
// is before it (zapx, README.md). root.bolt, which lists them, has none; Open
// and the count of reviews tell whether it can be read.
func checkFiles(d *dataset.Dir) error {
	segments, err := filepath.Glob(filepath.Join(d.IndexPath(), "store", "*.zap"))
	if err != nil {
		return err
	}
	for _, s := range segments {
		ok, err := intact(s)
		if err != nil {
			return err
		}
		if !ok {
			return behind(d, "is damaged (the checksum of %s differs)", s)
		}
	}
	return nil
}

// intact reports whether a segment has the checksum that it ends in.
func intact(path string) (ok bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() < 4 {
		return false, err
	}
	sum := crc32.NewIEEE()
	if _, err := io.Copy(sum, io.LimitReader(f, info.Size()-4)); err != nil {
		return false, err
	}
	var want [4]byte
	if _, err := io.ReadFull(f, want[:]); err != nil {
		return false, err
	}
	return binary.BigEndian.Uint32(want[:]) == sum.Sum32(), nil
}
