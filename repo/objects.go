package repo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"jirahook/push"
)

// object is what an id is of after all tags are peeled off.
type object struct {
	id   string
	kind string // commit, tree or blob
}

func (o object) isCommit() bool { return o.kind == "commit" }

// peel asks git what the ids are of. Ids that the repository does not hold, and
// tags of such, are not in the answer.
func (g git) peel(ctx context.Context, ids []string) (map[string]object, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var in strings.Builder
	for _, id := range ids {
		if !isID(id) {
			return nil, &Error{Fact: "not an object id: " + oneLine(id)}
		}
		in.WriteString(id + "^{}\n")
	}
	found := make(map[string]object, len(ids))
	err := g.run(ctx, in.String(), func(out io.Reader) error {
		lines := bufio.NewReader(out)
		for _, id := range ids {
			h, err := readHeader(lines)
			if err != nil {
				return err
			}
			if h.kind != "" {
				found[id] = object{h.id, h.kind}
			}
		}
		return atEnd(lines)
	}, "cat-file", "--batch-check", "--buffer")
	return found, err
}

// read gives the commits with these ids to each, in order, without the parents:
// those are the walk's to say. limit is called before each for how many bytes
// of its message are wanted; of a longer message no more than that is ever held.
func (g git) read(ctx context.Context, ids []string, limit func() int, each func(push.Commit)) error {
	if len(ids) == 0 {
		return nil
	}
	return g.run(ctx, strings.Join(ids, "\n")+"\n", func(out io.Reader) error {
		objects := bufio.NewReaderSize(out, 64<<10)
		for _, id := range ids {
			h, err := readHeader(objects)
			if err != nil {
				return err
			}
			if h.kind != "commit" {
				return fmt.Errorf("commit %s is not there", id)
			}
			content := &io.LimitedReader{R: objects, N: h.size}
			c, err := decodeCommit(content, limit())
			if err != nil {
				return err
			}
			if _, err := io.CopyN(io.Discard, objects, content.N+1); err != nil {
				return err
			}
			c.ID = id
			each(c)
		}
		return atEnd(objects)
	}, "cat-file", "--batch", "--buffer")
}

// header is the line that git cat-file puts before an object; the kind of one
// that is not there is "".
type header struct {
	id, kind string
	size     int64
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
	return header{fields[0], fields[1], size}, nil
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
