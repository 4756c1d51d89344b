package odb

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// deflated compresses text as git does.
func deflated(t testing.TB, text string, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, level)
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestQuick sees that ordinary streams of all kinds of blocks are taken, whole
// and in part: what is given up is right too, but slow.
func TestQuick(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	noise := make([]byte, 5000)
	for i := range noise {
		noise[i] = byte(r.IntN(256))
	}
	var words strings.Builder
	for range 2000 {
		fmt.Fprintf(&words, "%s ", strings.Repeat(string(rune('a'+r.IntN(26))), 1+r.IntN(9)))
	}
	var q quick
	for _, text := range []string{"", "a", "ab", strings.Repeat("a", 5000), string(noise), words.String(), words.String()[:600], "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n" + words.String()[:200]} {
		for level := zlib.HuffmanOnly; level <= zlib.BestCompression; level++ {
			stream := deflated(t, text, level)
			dst := make([]byte, len(text)+1)
			if n, ok := q.inflate(dst, append(stream, "rest"...)); !ok || string(dst[:n]) != text {
				t.Errorf("level %d, %.10q of %d bytes: %d bytes, ok %v", level, text, len(text), n, ok)
			}
			if n, ok := q.inflate(dst[:len(text)/2], stream); !ok || n != len(text)/2 || string(dst[:n]) != text[:n] {
				t.Errorf("level %d, the first half of %.10q of %d bytes: %d bytes, ok %v", level, text, len(text), n, ok)
			}
			if len(stream) > 0 {
				if n, ok := q.inflate(dst, stream[:len(stream)-1]); ok {
					t.Errorf("level %d, %.10q: took a stream that is cut, %d bytes", level, text, n)
				}
				stream[len(stream)-1]++
				if n, ok := q.inflate(dst, stream); ok {
					t.Errorf("level %d, %.10q: took a wrong checksum, %d bytes", level, text, n)
				}
			}
		}
	}
}

// FuzzQuick compares quick with compress/zlib: what it accepts must be the same.
func FuzzQuick(f *testing.F) {
	for level := zlib.HuffmanOnly; level <= zlib.BestCompression; level++ {
		f.Add(deflated(f, strings.Repeat("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor Ann", 3), level), 100)
		f.Add(deflated(f, "a", level), 1)
	}
	f.Add([]byte("\x78\x01\x01\x01\x00\xfe\xffa\x00\x62\x00\x62"), 2)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		if size < 0 || size > 1<<16 {
			return
		}
		var q quick
		dst := make([]byte, size)
		n, ok := q.inflate(dst, stream)
		if !ok {
			return
		}
		want := make([]byte, size+1)
		z, err := zlib.NewReader(bytes.NewReader(stream))
		m := 0
		if err == nil {
			m, err = io.ReadFull(z, want)
		}
		if n < size && (m != n || err != io.ErrUnexpectedEOF && err != io.EOF) {
			t.Fatalf("took %d bytes, zlib %d: %v", n, m, err)
		}
		if m < n && err != nil && n == size {
			// zlib reads on to the end of a block before it gives anything; what
			// was wanted lay before the error.
			return
		}
		if !bytes.Equal(dst[:n], want[:n]) {
			t.Fatalf("got  %q\nwant %q", dst[:n], want[:n])
		}
	})
}

func BenchmarkInflate(b *testing.B) {
	text := "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 9a060e54bf8d69288fbee49044b825dc642cb6eb\nauthor Ann Example <ann@example.com> 1700000000 +0100\n" +
		"committer Ann Example <ann@example.com> 1700000000 +0100\n\nSHOP-12 Test the cart total\n\n" + strings.Repeat("The total was wrong when two vouchers met. ", 3)
	stream := deflated(b, text, zlib.DefaultCompression)
	b.Run("quick, all", func(b *testing.B) {
		var q quick
		dst := make([]byte, len(text)+1)
		for b.Loop() {
			if n, ok := q.inflate(dst, stream); !ok || n != len(text) {
				b.Fatal(n, ok)
			}
		}
	})
	b.Run("quick, header", func(b *testing.B) {
		var q quick
		dst := make([]byte, 200)
		for b.Loop() {
			if n, ok := q.inflate(dst, stream); !ok || n != len(dst) {
				b.Fatal(n, ok)
			}
		}
	})
	b.Run("zlib", func(b *testing.B) {
		src := bytes.NewReader(stream)
		z, err := zlib.NewReader(src)
		if err != nil {
			b.Fatal(err)
		}
		dst := make([]byte, len(text))
		for b.Loop() {
			src.Reset(stream)
			if err := z.(zlib.Resetter).Reset(src, nil); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(z, dst); err != nil {
				b.Fatal(err)
			}
		}
	})
}
