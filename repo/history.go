package repo

import (
	"context"
	"errors"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"

	"jirahook/repo/odb"
)

// history gives the commits of a repository numbers: those of the commit-graph
// the ones that they have there, from 0 to inside-1, all others the following
// ones as they are met. What is read of a commit is kept.
//
// The commit-graph is closed under ancestry: with a commit it holds all that
// the commit reaches. So nothing inside ever leads outside, and inside nothing
// is read but the graph's own tables.
type history struct {
	ctx     context.Context
	db      *odb.DB
	graph   *odb.Graph // nil: all commits are outside
	inside  uint32
	numbers map[plumbing.Hash]uint32 // of those outside
	outside []outsider
	edges   []uint32 // parents of merges of more than two

	// objects are whole commits that were read on the way, keptBytes together.
	objects   map[plumbing.Hash][]byte
	keptBytes int

	patience int // of walks; see defaultPatience
	steps    int
}

// outsider is a commit that is not in the commit-graph.
type outsider struct {
	hash          plumbing.Hash
	first, second uint32 // parents; second may say where in edges they all stand
	date          int64
	read          bool
}

const (
	none      = 1<<32 - 1 // no parent
	manyMark  = 1 << 31   // second is a place in edges: how many parents, then they
	maxNumber = manyMark - 1
	// maxObjects bounds the commits that are kept, in bytes.
	maxObjects = 32 << 20
	// checkEvery is after how many steps the context is looked at.
	checkEvery = 1 << 10
)

// errNoCommit is of a tip that leads to no commit that the repository holds.
var errNoCommit = errors.New("no commit")

func newHistory(ctx context.Context, db *odb.DB) *history {
	h := &history{ctx: ctx, db: db, graph: db.Graph(), numbers: map[plumbing.Hash]uint32{}, objects: map[plumbing.Hash][]byte{}, patience: defaultPatience}
	if h.graph != nil {
		h.inside = uint32(h.graph.Len())
	}
	return h
}

// number gives a commit's number. The object may be another one, or not there:
// that is seen when it is read.
func (h *history) number(commit plumbing.Hash) uint32 {
	if n, ok := h.numbers[commit]; ok {
		return n
	}
	if h.graph != nil {
		if n, ok := h.graph.Find(commit); ok {
			return n
		}
	}
	n := h.inside + uint32(len(h.outside))
	h.numbers[commit] = n
	h.outside = append(h.outside, outsider{hash: commit})
	return n
}

func (h *history) isInside(n uint32) bool { return n < h.inside }

func (h *history) hash(n uint32) plumbing.Hash {
	if h.isInside(n) {
		return h.graph.Hash(n)
	}
	return h.outside[n-h.inside].hash
}

// date is a commit's committer date. A commit outside must have been read.
func (h *history) date(n uint32) int64 {
	if h.isInside(n) {
		return h.graph.Date(n)
	}
	return h.outside[n-h.inside].date
}

// read reads a commit outside, whole if its message is likely to be wanted.
func (h *history) read(n uint32, whole bool) error {
	if h.isInside(n) || h.outside[n-h.inside].read {
		return nil
	}
	commit := h.outside[n-h.inside].hash
	if !whole || h.keptBytes > maxObjects {
		header, err := h.db.CommitHeader(commit)
		if err != nil {
			return err
		}
		return h.take(n, header)
	}
	object, _, err := h.db.Commit(commit, keptMessage)
	if err != nil {
		return err
	}
	header, err := odb.ParseCommitHeader(object)
	if err != nil {
		return err
	}
	h.objects[commit] = object
	h.keptBytes += len(object)
	return h.take(n, header)
}

// object reads a commit as it is stored, the message perhaps cut to keptMessage.
// One that was kept is given away: hardly ever is one wanted twice.
func (h *history) object(commit plumbing.Hash) ([]byte, error) {
	if kept, ok := h.objects[commit]; ok {
		h.keptBytes -= len(kept)
		delete(h.objects, commit)
		return kept, nil
	}
	object, _, err := h.db.Commit(commit, keptMessage)
	return object, err
}

// keptMessage is how much of a message is read: one byte more than MessageLimit
// shows that there is more.
const keptMessage = MessageLimit + 1

// take notes what a commit's header says.
func (h *history) take(n uint32, header odb.CommitHeader) error {
	numbers := [2]uint32{none, none}
	if len(header.Parents) <= 2 {
		for i, p := range header.Parents {
			numbers[i] = h.number(p)
		}
	} else {
		numbers[1] = manyMark | uint32(len(h.edges))
		h.edges = append(h.edges, uint32(len(header.Parents)))
		for _, p := range header.Parents {
			h.edges = append(h.edges, h.number(p))
		}
	}
	if uint64(h.inside)+uint64(len(h.outside))+uint64(len(h.edges)) > maxNumber {
		return errors.New("too many commits")
	}
	o := &h.outside[n-h.inside]
	o.first, o.second, o.date, o.read = numbers[0], numbers[1], header.Date, true
	return nil
}

// parents appends the parents of a commit to buf. One outside must have been
// read.
func (h *history) parents(n uint32, buf []uint32) ([]uint32, error) {
	if h.isInside(n) {
		return h.graph.Parents(n, buf)
	}
	switch o := h.outside[n-h.inside]; {
	case o.second == none && o.first == none:
		return buf, nil
	case o.second == none:
		return append(buf, o.first), nil
	case o.second&manyMark == 0:
		return append(buf, o.first, o.second), nil
	default:
		at := o.second &^ manyMark
		return append(buf, h.edges[at+1:][:h.edges[at]]...), nil
	}
}

// commit finds the commit of a ref: the number of what it names, or of what its
// tags lead to, read. errNoCommit: there is none, or it is not there.
func (h *history) commit(named plumbing.Hash, whole bool) (uint32, error) {
	n := h.number(named)
	err := h.read(n, whole)
	if errors.Is(err, odb.ErrNotCommit) {
		peeled, ok, err := h.db.Peel(named)
		if errors.Is(err, plumbing.ErrObjectNotFound) || err == nil && !ok {
			return 0, errNoCommit
		}
		if err != nil {
			return 0, err
		}
		n = h.number(peeled)
		return n, h.read(n, whole)
	}
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return 0, errNoCommit
	}
	return n, err
}

// findInside gives the numbers of commits in the commit-graph; none: it is not
// there. Of many, half are looked up in another goroutine.
func (h *history) findInside(commits []plumbing.Hash) []uint32 {
	const few = 1000
	numbers := make([]uint32, len(commits))
	find := func(from, to int) func() error {
		return func() error {
			for i, commit := range commits[from:to] {
				numbers[from+i] = none
				if n, ok := h.graph.Find(commit); ok {
					numbers[from+i] = n
				}
			}
			return nil
		}
	}
	switch half := len(commits) / 2; {
	case h.graph == nil:
		for i := range numbers {
			numbers[i] = none
		}
	case half < few:
		_ = find(0, len(commits))()
	default:
		var fault error
		var other sync.WaitGroup
		other.Go(func() { fault = odb.Guard(find(half, len(commits))) })
		_ = find(0, half)()
		if other.Wait(); fault != nil {
			_ = find(half, len(commits))() // the same fault, where it is seen
		}
	}
	return numbers
}

// readAhead reads many commits outside, half of them in another goroutine. What
// goes wrong with one is seen when that one is wanted.
func (h *history) readAhead(wanted []uint32) {
	const few = 256
	if len(wanted) < few {
		return
	}
	headers := make([]odb.CommitHeader, len(wanted))
	good := make([]bool, len(wanted))
	read := func(db *odb.DB, from, to int) func() error {
		return func() error {
			for i := from; i < to && h.ctx.Err() == nil; i++ {
				var err error
				headers[i], err = db.CommitHeader(h.hash(wanted[i]))
				good[i] = err == nil
			}
			return nil
		}
	}
	half := len(wanted) / 2
	second := h.db.Clone()
	defer second.Close()
	var other sync.WaitGroup
	other.Go(func() { _ = odb.Guard(read(second, half, len(wanted))) }) // a fault comes again
	_ = odb.Guard(read(h.db, 0, half))
	other.Wait()
	for i, n := range wanted {
		if good[i] && !h.outside[n-h.inside].read {
			_ = h.take(n, headers[i])
		}
	}
}

// node is a commit as the callers of a source see it.
func (h *history) node(n uint32) (node, error) {
	parents, err := h.parents(n, nil)
	if err != nil {
		return node{}, err
	}
	found := node{id: sha1ID(h.hash(n)), parents: make([]id, len(parents)), when: h.date(n)}
	if found.when > lastSecond {
		found.when = 0
	}
	for i, p := range parents {
		found.parents[i] = sha1ID(h.hash(p))
	}
	return found, nil
}

// step is called in loops: it tells when the context has ended.
func (h *history) step() error {
	if h.steps++; h.steps%checkEvery == 0 {
		return h.ctx.Err()
	}
	return nil
}
