package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand"
	"strings"
)

// lanePrefix is where the history keeps the tips of its topic lanes while it is
// imported; these refs are deleted afterwards.
const lanePrefix = "refs/lanes/"

// history is the shape of a repository before anything is pushed: a main line,
// topic lanes that fork from it and are merged back, branches left at lane tips
// (merged or not), and annotated tags on main. Every commit changes one small
// file three folders deep, which makes five objects: blob, three trees, commit.
// Commit dates jitter by a minute, and one in a thousand by up to a day.
type history struct {
	commits, branches, tags int
	packEvery               int // commits in one pack
}

const (
	lanes   = 48 // topics at one time
	seed    = 1
	dictLen = 1500
	people  = 400
)

// writeTo writes the history as a stream for git fast-import. The same history
// gives the same stream, and so the same object names, at every run.
func (h history) writeTo(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<20)
	s := &stream{out: out, random: rand.New(rand.NewSource(seed)), now: 1_100_000_000}
	s.makeDictionary()
	s.write(h)
	return out.Flush()
}

// stream is a history being written.
type stream struct {
	out    *bufio.Writer
	random *rand.Rand
	words  []string
	people []string
	now    int64 // committer date before jitter, seconds since 1970
	last   int   // mark of the newest commit
	main   int   // mark of main's tip
}

// lane is a topic: a branch that will be merged or left.
type lane struct{ tip, left int }

func (s *stream) write(h history) {
	const mainRef = "refs/heads/main"
	s.main = s.commit(mainRef, 0, 0)
	var topics [lanes]lane
	branchEvery := float64(h.commits) / float64(h.branches+1)
	tagEvery := float64(h.commits) / float64(h.tags+1)
	branches, tags := 0, 0
	for s.last < h.commits {
		if s.random.Intn(10) < 2 {
			s.main = s.commit(mainRef, 0, 0)
		} else {
			i := s.random.Intn(lanes)
			l := &topics[i]
			ref := fmt.Sprint(lanePrefix, i)
			switch {
			case l.tip == 0:
				l.left = s.random.Intn(14)
				l.tip = s.commit(ref, s.main, 0)
			case l.left > 0:
				l.left--
				l.tip = s.commit(ref, 0, 0)
			default:
				s.main = s.commit(mainRef, 0, l.tip)
				l.tip = 0
			}
			if l.tip != 0 && branches < h.branches && float64(s.last) > branchEvery*float64(branches+1) {
				fmt.Fprintf(s.out, "reset refs/heads/topic/%s-%d\nfrom :%d\n\n", s.words[branches%1000], branches, l.tip)
				branches++
				if s.random.Intn(10) < 7 { // never merged: the lane starts anew
					l.tip = 0
				}
			}
		}
		if tags < h.tags && float64(s.last) > tagEvery*float64(tags+1) {
			fmt.Fprintf(s.out, "tag v%d.%d\nfrom :%d\ntagger %s %d +0000\ndata 12\nRelease tag\n\n", tags/100, tags%100, s.main, s.people[0], s.now)
			tags++
		}
		if h.packEvery > 0 && s.last%h.packEvery == 0 {
			fmt.Fprint(s.out, "checkpoint\n\n")
		}
	}
	fmt.Fprint(s.out, "done\n")
}

// commit writes one commit and returns its mark; from and merge are marks, 0:
// the ref's tip, no merge.
func (s *stream) commit(ref string, from, merge int) int {
	s.last++
	s.now += int64(30 + s.random.Intn(500))
	date := s.now + int64(s.random.Intn(120)-60)
	if s.random.Intn(1000) == 0 {
		date += int64(s.random.Intn(2*86400) - 86400)
	}
	who := s.people[s.random.Intn(people)]
	c := imported{ref: ref, mark: s.last, message: s.message(), from: mark(from), merge: mark(merge)}
	c.author = signature{who, date - int64(s.random.Intn(86400)), "+0000"}
	c.committer = signature{who, date, "+0200"}
	c.path = fmt.Sprintf("d%x/s%x/f%x", s.random.Intn(16), s.random.Intn(16), s.random.Intn(8))
	c.content = fmt.Sprintln(s.last)
	c.writeTo(s.out)
	return s.last
}

func mark(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(":", n)
}

func (s *stream) makeDictionary() {
	s.words = make([]string, dictLen)
	for i := range s.words {
		b := make([]byte, 2+s.random.Intn(9))
		for j := range b {
			b[j] = byte('a' + s.random.Intn(26))
		}
		s.words[i] = string(b)
	}
	s.people = make([]string, people)
	for i := range s.people {
		s.people[i] = fmt.Sprintf("Dev %s %d <%s%d@example.com>", s.words[i], i, s.words[i+people], i)
	}
}

// message makes a subject and a body of up to 90 words; one in 500 has 2,000.
func (s *stream) message() string {
	var b strings.Builder
	for range 4 + s.random.Intn(5) {
		b.WriteString(s.word())
		b.WriteByte(' ')
	}
	b.WriteString("\n\n")
	length := s.random.Intn(90)
	if s.random.Intn(500) == 0 {
		length = 2000
	}
	for i := range length {
		b.WriteString(s.word())
		if i%11 == 10 {
			b.WriteByte('\n')
		} else {
			b.WriteByte(' ')
		}
	}
	fmt.Fprintf(&b, "\nSigned-off-by: %s\n", s.people[s.random.Intn(people)])
	return b.String()
}

func (s *stream) word() string { return s.words[s.random.Intn(dictLen)] }
