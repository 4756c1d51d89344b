package repo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// peel asks git what the objects are. Those that the repository does not hold,
// and tags of such, are not in the answer.
func (g git) peel(ctx context.Context, ids []id) (map[id]object, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var in strings.Builder
	for _, at := range ids {
		in.WriteString(at.String() + "^{}\n")
	}
	found := make(map[id]object, len(ids))
	err := g.run(ctx, in.String(), func(out io.Reader) error {
		lines := bufio.NewReader(out)
		for _, at := range ids {
			h, err := readHeader(lines)
			if err != nil {
				return err
			}
			if h.kind != "" {
				found[at] = object{h.id, h.kind == "commit"}
			}
		}
		return atEnd(lines)
	}, "cat-file", "--batch-check", "--buffer")
	return found, err
}

// read gives the commits to each as they are stored. Of an object no more than
// each reads is ever held.
func (g git) read(ctx context.Context, ids []id, each func(id, *bufio.Reader) error) error {
	if len(ids) == 0 {
		return nil
	}
	return g.run(ctx, strings.Join(texts(ids), "\n")+"\n", func(out io.Reader) error {
		objects := bufio.NewReaderSize(out, 64<<10)
		one := newObjectReader()
		for _, at := range ids {
			h, err := readHeader(objects)
			if err != nil {
				return err
			}
			if h.kind != "commit" {
				return fmt.Errorf("commit %s is not there", at)
			}
			content := &io.LimitedReader{R: objects, N: h.size}
			one.Reset(content)
			if err := each(at, one); err != nil {
				return err
			}
			if _, err := io.CopyN(io.Discard, objects, content.N+1); err != nil {
				return err
			}
		}
		return atEnd(objects)
	}, "cat-file", "--batch", "--buffer")
}

// header is the line that git cat-file puts before an object; the kind of one
// that is not there is "".
type header struct {
	id   id
	kind string
	size int64
}

func readHeader(r *bufio.Reader) (header, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return header{}, unexpected(err)
	}
	fields := strings.Fields(line)
	switch {
	case len(fields) == 2 && fields[1] == "missing":
		return header{}, nil
	case len(fields) != 3:
		return header{}, fmt.Errorf("not an object's header: %q", line)
	}
	size, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil || size < 0 {
		return header{}, fmt.Errorf("not an object's size: %q", line)
	}
	name, ok := parseID(fields[0])
	if !ok {
		return header{}, fmt.Errorf("not an object's name: %q", line)
	}
	return header{name, fields[1], size}, nil
}

// atEnd waits until git has closed its output: else it would be cut off.
func atEnd(r *bufio.Reader) error {
	if _, err := r.ReadByte(); err != io.EOF {
		return fmt.Errorf("more objects than were asked for")
	}
	return nil
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
