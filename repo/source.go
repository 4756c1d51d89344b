package repo

import (
	"bufio"
	"context"
	"errors"

	"jirahook/repo/odb"
)

// source answers what is asked of a repository. Ids that the repository does
// not hold are passed over.
type source interface {
	// refs lists the refs that count.
	refs(ctx context.Context) (refs, error)
	// peel finds what ids are of when all tags are peeled off. What is not held,
	// and tags of such, are not in the answer.
	peel(ctx context.Context, ids []id) (map[id]object, error)
	// walk finds the commits that tips reach and that nothing in without
	// reaches, youngest first, at most limit; more tells that there are others.
	walk(ctx context.Context, tips, without []id, limit int) (nodes []node, more bool, err error)
	// history gives the commits that ids reach to each, youngest first, until
	// that returns false. Those given may be read in between; whole tells that
	// they will be.
	history(ctx context.Context, of []id, whole bool, each func(node) bool) error
	// read gives the commits to each, in order, as they are stored: the header
	// whole, of a message of more than MessageLimit bytes at least one more.
	read(ctx context.Context, ids []id, each func(commit id, object *bufio.Reader) error) error
}

// newObjectReader makes what commits are given in: see maxHeaderLine.
func newObjectReader() *bufio.Reader { return bufio.NewReaderSize(nil, maxHeaderLine) }

// node is a commit's place in history. Parents are as git sees them: grafts,
// replaced commits and the border of a shallow repository count.
type node struct {
	id      id
	parents []id
	when    int64 // committer date, seconds since 1970; 0 when it is none
}

// object is what an id is of after all tags are peeled off.
type object struct {
	id     id
	commit bool // else a tree or blob
}

// from has ask take all its answers from one source: from the repository's
// files, or, when anything about them is odd, from git. What ask learned from a
// source that failed it must forget. by says who answered, and why it was git.
func (r *Repository) from(ctx context.Context, ask func(source) error) (by string, err error) {
	why := r.onlyGit
	if why == "" {
		if err = r.fromFiles(ctx, r.files, ask); err == nil {
			return "files", nil
		}
		if errors.Is(err, odb.ErrCorrupt) && !r.files.NoGraph {
			// A commit-graph only repeats what the commits say.
			options := r.files
			options.NoGraph = true
			if again := r.fromFiles(ctx, options, ask); again == nil {
				return "files without the commit-graph: " + oneLine(err.Error()), nil
			}
		}
		if ctx.Err() != nil {
			return "", &Error{Fact: "reading the repository: stopped: " + ctx.Err().Error(), Err: ctx.Err()}
		}
		why = oneLine(err.Error())
	}
	if err = ask(r.git); err != nil {
		return "", err
	}
	return "git: " + why, nil
}

// fromFiles asks the files as they are now.
func (r *Repository) fromFiles(ctx context.Context, options odb.Options, ask func(source) error) error {
	return odb.Guard(func() error {
		db, err := odb.Open(r.git.dir, options)
		if err != nil {
			return err
		}
		defer db.Close()
		return ask(&files{db: db, scope: r.git.scope, commits: newHistory(ctx, db)})
	})
}
