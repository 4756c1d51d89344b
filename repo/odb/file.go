package odb

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
)

// file is a file that git does not change once it has its name: a pack, an
// index, a commit-graph, packed-refs. It is read piecewise until it is mapped.
// Open or mapped it outlives its removal by gc.
type file struct {
	name string
	size int64
	disk *os.File // nil when the file is mapped
	data []byte   // the whole file when it is mapped
}

// openFile opens a file. That it does not exist is fs.ErrNotExist.
func openFile(name string) (*file, error) {
	disk, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := disk.Stat()
	if err != nil {
		disk.Close()
		return nil, err
	}
	return &file{name: name, size: info.Size(), disk: disk}, nil
}

// mapFile opens a file and maps it.
func mapFile(name string) (*file, error) {
	f, err := openFile(name)
	if err != nil {
		return nil, err
	}
	if err := f.mmap(); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

// mmap maps the file whole. Git replaces these files by renaming and never
// shortens one, so that a map stays readable; only a broken disk or network
// file system makes reading it a fault, for which see Guard.
func (f *file) mmap() error {
	if f.data != nil {
		return nil
	}
	data := []byte{} // a map cannot be empty
	if f.size > 0 {
		if f.size > math.MaxInt {
			return fmt.Errorf("%s: too large to be mapped", f.name)
		}
		var err error
		data, err = syscall.Mmap(int(f.disk.Fd()), 0, int(f.size), syscall.PROT_READ, syscall.MAP_SHARED)
		if err != nil {
			return fmt.Errorf("mapping %s: %w", f.name, err)
		}
	}
	f.data = data
	f.disk.Close()
	f.disk = nil
	return nil
}

// ReadAt is io.ReaderAt.
func (f *file) ReadAt(p []byte, off int64) (int, error) {
	if f.data == nil {
		return f.disk.ReadAt(p, off)
	}
	if off < 0 || off >= int64(len(f.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// slice gives n bytes from off on: of the map, or read into buf. They are read
// only, and stay as long as buf stays or the file is open.
func (f *file) slice(off int64, n int, buf *[]byte) ([]byte, error) {
	if off < 0 || n < 0 || off > f.size-int64(n) {
		return nil, corrupt("%s: %d bytes at %d of %d", f.name, n, off, f.size)
	}
	if f.data != nil {
		return f.data[off : off+int64(n) : off+int64(n)], nil
	}
	if cap(*buf) < n {
		*buf = make([]byte, n)
	}
	b := (*buf)[:n]
	if _, err := f.disk.ReadAt(b, off); err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	return b, nil
}

func (f *file) close() {
	if f.disk != nil {
		f.disk.Close()
	}
	if len(f.data) > 0 {
		_ = syscall.Munmap(f.data) // can only fail for a slice that was never mapped
	}
	f.disk, f.data = nil, []byte{}
}

// Guard runs read and makes an error of a fault in a mapped file: a disk that
// fails, a network file system whose server took the file away. Without it the
// process would end. It guards the goroutine that it runs in.
func Guard(read func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		problem := recover()
		if problem == nil {
			return
		}
		var fault interface {
			runtime.Error
			Addr() uintptr
		}
		if e, ok := problem.(error); !ok || !errors.As(e, &fault) {
			panic(problem)
		}
		err = fmt.Errorf("reading a mapped file: %w", fault)
	}()
	return read()
}
