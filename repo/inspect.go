package repo

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"

	"jirahook/repo/odb"
)

// Inspection is how a repository is read, and how well.
type Inspection struct {
	// By is Facts.By: "files", or "git" and why.
	By string
	// Branches counts them.
	Branches int
	// Default is the default branch's short name. Unborn: HEAD names another one,
	// Head, that is not there.
	Default string
	Unborn  bool
	Head    string
	// Graph: there is a commit-graph that can be used.
	Graph bool
	// Outside counts the youngest commits that are not in the commit-graph; they
	// are read one by one. More: there may be others, the count ended.
	Outside int
	More    bool
}

// inspected is how many commits Inspect looks at.
const inspected = 5000

// Inspect looks at a repository as a push would have it looked at, without one.
func (r *Repository) Inspect(ctx context.Context) (Inspection, error) {
	var found Inspection
	by, err := r.from(ctx, func(s source) error {
		refs, err := s.refs(ctx)
		if err != nil {
			return err
		}
		found = Inspection{Default: chooseDefault(refs, nil), Head: strings.TrimPrefix(refs.head, heads)}
		var tips []id
		for _, at := range refs.all {
			if strings.HasPrefix(at.name, heads) {
				found.Branches++
				tips = append(tips, at.id)
			}
		}
		found.Unborn = found.Branches > 0 && refs.head != "" && refs.find(refs.head).name == ""
		if f, ok := s.(*files); ok && len(tips) > 0 {
			return found.countOutside(ctx, f, tips)
		}
		return nil
	})
	found.By = by
	return found, err
}

func (i *Inspection) countOutside(ctx context.Context, f *files, tips []id) error {
	i.Graph = f.commits.graph != nil
	seen := 0
	err := newWalk(f.commits).newest(hashes(tips), false, func(n uint32) (bool, error) {
		seen++
		if n >= f.commits.inside {
			i.Outside++
		}
		i.More = seen == inspected && i.Outside > 0
		return seen < inspected && ctx.Err() == nil, ctx.Err()
	})
	return err
}

// GitVersion is what git says of itself, "git version 2.47.3", and where it lies.
func (r *Repository) GitVersion(ctx context.Context) (version, program string, err error) {
	out, err := r.ask(ctx, "version")
	return oneLine(strings.TrimSpace(out)), r.git.program, err
}

// HooksPath is core.hooksPath by git's own rules, and the file that says so; ""
// when it is not set, so that hooks lie in the folder hooks.
func (r *Repository) HooksPath(ctx context.Context) (path, origin string, err error) {
	out, err := r.ask(ctx, "config", "--null", "--show-origin", "--type=path", "--get", "core.hooksPath")
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 {
		return "", "", nil // it is not set
	}
	if err != nil {
		return "", "", err
	}
	parts := strings.Split(out, "\x00")
	if len(parts) < 2 || parts[1] == "" {
		return "", "", nil
	}
	return parts[1], strings.TrimPrefix(parts[0], "file:"), nil
}

func (r *Repository) ask(ctx context.Context, args ...string) (string, error) {
	var out bytes.Buffer
	err := r.git.run(ctx, "", func(o io.Reader) error {
		_, err := out.ReadFrom(io.LimitReader(o, 64<<10))
		return err
	}, args...)
	return out.String(), err
}

// Unsupported tells from Inspection.By why the files are left to git; "": they
// are not.
func (i Inspection) Unsupported() string {
	why, ok := strings.CutPrefix(i.By, "git: ")
	if !ok {
		return ""
	}
	return strings.TrimPrefix(why, (&odb.Unsupported{}).Error())
}
