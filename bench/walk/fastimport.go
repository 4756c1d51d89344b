package main

import (
	"fmt"
	"io"
)

// signature is an author or committer as a fast-import stream has it.
type signature struct {
	who  string // NAME <EMAIL>
	when int64  // seconds since 1970
	zone string // +0000
}

func (s signature) String() string { return fmt.Sprintf("%s %d %s", s.who, s.when, s.zone) }

// imported is a commit for git fast-import, one that changes one file.
type imported struct {
	ref               string
	mark              int // 0: none
	author, committer signature
	message           string
	from, merge       string // an object name or ":MARK"; "" from: the ref's tip
	path, content     string
}

// writeTo writes the command. Errors are left to the buffered writer's Flush.
func (c imported) writeTo(w io.Writer) {
	fmt.Fprintf(w, "commit %s\n", c.ref)
	if c.mark > 0 {
		fmt.Fprintf(w, "mark :%d\n", c.mark)
	}
	fmt.Fprintf(w, "author %s\ncommitter %s\ndata %d\n%s\n", c.author, c.committer, len(c.message), c.message)
	if c.from != "" {
		fmt.Fprintf(w, "from %s\n", c.from)
	}
	if c.merge != "" {
		fmt.Fprintf(w, "merge %s\n", c.merge)
	}
	fmt.Fprintf(w, "M 100644 inline %s\ndata %d\n%s\n", c.path, len(c.content), c.content)
}
