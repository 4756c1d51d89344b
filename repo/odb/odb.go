// Package odb reads a Git repository on disk, lazily and without git: only what
// is asked for is opened, and nothing is ever written. What it does not know
// (a reftable, SHA-256, a shallow repository and the like) it refuses with
// *Unsupported, so that the caller lets git answer; whatever else is odd in a
// file of the repository is an error, never a guess.
//
//	odb.go         Open, Clone, Close
//	layout.go      which folder is what: .git files, worktrees, commondir
//	preflight.go   what is left to git
//	config.go      the repository's config file
//	alternates.go  the object folders: its own, quarantine, alternates
//
//	refs.go        all refs, one ref, HEAD; packedrefs.go, looserefs.go: their two homes
//	graph.go       the commit-graph: commits as numbers; layer.go: one file of it
//	commit.go      the header of a commit, its raw text, peeling tags
//	object.go      any object; storer.go: the same as go-git's storer
//
//	packs.go       which packs there are, and which one has an object; pack.go: one
//	index.go       a pack's index; midx.go: one index for many packs
//	packed.go      an object of a pack, its deltas applied; entry.go: its header
//	               there; bases.go: what deltas were applied to, kept
//	loose.go       an object in a file of its own
//	inflate.go     decompressing objects; quick.go, huffman.go: small ones
//
//	names.go       searching a sorted table of object names
//	chunks.go      the table of contents of a commit-graph or multi-pack-index
//	stream.go      reading a file piecewise, for inflate.go; windows.go: packs likewise
//	file.go        a file that may be mapped
//
// The formats are gitformat-commit-graph(5), gitformat-pack(5) and
// gitrepository-layout(5).
package odb

import (
	"errors"
	"fmt"
	"hash"
)

// Options change how a repository is read. The zero value reads it as git does
// outside any hook. No environment is read here: a caller whose environment has
// GIT_SHALLOW_FILE, GIT_GRAFT_FILE or GIT_REPLACE_REF_BASE should ask git.
type Options struct {
	// ObjectDir is GIT_OBJECT_DIRECTORY: where objects are instead of the
	// repository's objects folder. In pre-receive it is the quarantine.
	ObjectDir string
	// Alternates is GIT_ALTERNATE_OBJECT_DIRECTORIES: more object folders, with a
	// colon between them, perhaps quoted as C strings are.
	//
	// Relative paths, here and in ObjectDir, begin at the repository's folder,
	// which is where hooks run.
	Alternates string
	// MaxObject is the size in bytes up to which objects are read whole; larger
	// ones are ErrTooLarge. 0 means 64 MiB. An object made of deltas takes about
	// three times its size for a moment.
	MaxObject int64
	// Verify compares each object that is read whole with its name.
	Verify bool
	// NoGraph leaves the commit-graph alone, as core.commitGraph=false does.
	NoGraph bool
	// GenerationVersion is commitGraph.generationVersion for a caller that knows
	// better than the repository's config, as git does by GIT_CONFIG_COUNT. 1
	// means topological levels only; 0 leaves it to the config.
	GenerationVersion int
}

// defaultMaxObject is enough for every commit and tree that people make.
const defaultMaxObject = 64 << 20

var (
	// ErrTooLarge is what reading an object larger than Options.MaxObject gives.
	ErrTooLarge = errors.New("object is too large")
	// ErrCorrupt is wrapped by all errors about bytes that git would not write.
	ErrCorrupt = errors.New("corrupt")
	// ErrReadOnly is what the writing methods of go-git's storer give.
	ErrReadOnly = errors.New("repository is read only here")
)

// corrupt is an ErrCorrupt that says where and what.
func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrCorrupt}, args...)...)
}

// DB is an open repository. It belongs to one goroutine at a time; a second one
// takes a Clone.
type DB struct {
	layout   layout
	settings settings
	options  Options

	packs   packs
	windows windows
	stream  stream
	inflate inflater
	bases   bases
	links   []link // of the object that is being read
	delta   []byte // the delta that is being applied
	head    []byte // the beginning of an object, until the next one is read
	sum     hash.Hash

	graph      *Graph
	graphKnown bool
}

// Open opens the repository whose .git folder or file dir holds, or which dir
// is itself. It reads the config and looks for what it cannot read, for which
// it returns *Unsupported; objects and refs are opened when they are asked for.
func Open(dir string, options Options) (*DB, error) {
	l, err := findLayout(dir)
	if err != nil {
		return nil, err
	}
	s, err := preflight(l)
	if err != nil {
		return nil, err
	}
	dirs, err := objectDirs(l, options)
	if err != nil {
		return nil, err
	}
	if options.MaxObject <= 0 {
		options.MaxObject = defaultMaxObject
	}
	if options.GenerationVersion != 0 {
		s.generation = options.GenerationVersion
	}
	return newDB(l, s, options, dirs), nil
}

func newDB(l layout, s settings, options Options, dirs []string) *DB {
	db := &DB{layout: l, settings: s, options: options}
	db.packs = packs{dirs: dirs, windows: &db.windows}
	return db
}

// Clone gives the same repository for another goroutine. It shares no file and
// no cache with db, and has to be closed as well.
func (db *DB) Clone() *DB {
	return newDB(db.layout, db.settings, db.options, db.packs.dirs)
}

// Close closes all files and takes away all maps, those of the Graph too. The
// DB and its Graph cannot be used any more; objects that were read stay.
func (db *DB) Close() error {
	if db.graph != nil {
		db.graph.close()
	}
	db.packs.close()
	db.graph, db.graphKnown, db.windows, db.bases = nil, false, windows{}, bases{}
	return nil
}
