package odb

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestGuard takes a mapped file's pages away, as no git does.
func TestGuard(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	writeFile(t, path, string(make([]byte, 1<<16)))
	f, err := mapFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	sum := func() error {
		total := 0
		for _, b := range f.data {
			total += int(b)
		}
		if total != 0 {
			return errors.New("not zero")
		}
		return nil
	}
	if err := Guard(sum); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if err := Guard(sum); err == nil {
		t.Error("no error")
	}
	if err := Guard(func() error { return io.EOF }); err != io.EOF {
		t.Errorf("%v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("another panic was kept")
		}
	}()
	Guard(func() error { panic("another") })
}

// TestFile reads a file before and after it is mapped.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	writeFile(t, path, "0123456789")
	f, err := openFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	for range 2 {
		var buf []byte
		for _, c := range []struct {
			off  int64
			n    int
			want string
		}{{0, 10, "0123456789"}, {3, 2, "34"}, {10, 0, ""}, {9, 1, "9"}} {
			if got, err := f.slice(c.off, c.n, &buf); err != nil || string(got) != c.want {
				t.Errorf("%d bytes at %d: %q, %v", c.n, c.off, got, err)
			}
		}
		for _, c := range [][2]int64{{-1, 1}, {0, -1}, {10, 1}, {0, 11}, {1 << 62, 1 << 62}, {5, 1 << 62}} {
			if got, err := f.slice(c[0], int(c[1]), &buf); !errors.Is(err, ErrCorrupt) {
				t.Errorf("%d bytes at %d: %q, %v", c[1], c[0], got, err)
			}
		}
		b := make([]byte, 4)
		if n, err := f.ReadAt(b, 8); n != 2 || err != io.EOF {
			t.Errorf("ReadAt the end: %d, %v", n, err)
		}
		if n, err := f.ReadAt(b, 10); n != 0 || err != io.EOF {
			t.Errorf("ReadAt behind the end: %d, %v", n, err)
		}
		if err := f.mmap(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMapEmpty(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	writeFile(t, path, "")
	f, err := mapFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f.close()
	f.close()
}
