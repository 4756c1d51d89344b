package install

import (
	"bytes"
	"path/filepath"
	"slices"
	"strconv"
)

// Forward is a hook that git looked for in one folder and now looks for in another,
// from where it has to be run.
type Forward struct {
	Found        // Hook is the file in the folder where git looks now
	Other string // the hook itself, absolute or from the repository's folder
}

// pushHooks are the hooks of a push that may be there or not: others change what
// git does by their mere being there (githooks(5): proc-receive, push-to-checkout),
// or are run far more often than by pushes (reference-transaction).
func pushHooks() []string { return []string{"pre-receive", "update", "post-update"} }

// allHooks are the names that git runs in a folder of hooks (githooks(5), git 2.54),
// but for post-receive.
func allHooks() []string {
	return append(pushHooks(), "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit",
		"prepare-commit-msg", "commit-msg", "post-commit", "pre-rebase", "post-checkout", "post-merge", "pre-push",
		"proc-receive", "reference-transaction", "push-to-checkout", "pre-auto-gc", "post-rewrite",
		"sendemail-validate", "fsmonitor-watchman", "p4-changelist", "p4-prepare-changelist", "p4-post-changelist",
		"p4-pre-submit", "post-index-change")
}

// forwards are what stands, or should stand, for the hooks of the folder before.
func forwards(dir, before string) ([]Forward, error) {
	if before == "" {
		return nil, nil
	}
	names := pushHooks()
	if filepath.IsAbs(before) {
		names = slices.DeleteFunc(allHooks(), func(name string) bool { return !isExecutableFile(filepath.Join(before, name)) })
	}
	var all []Forward
	for _, name := range names {
		f := Forward{Other: filepath.Join(before, name)}
		f.Hook = filepath.Join(dir, name)
		var err error
		if f.File, err = lookAt(f.Hook); err != nil {
			return nil, err
		}
		if f.Aside, err = freeName(f.Found); err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// script runs the other hook in its place.
func (f Forward) script() []byte {
	return signed("# Git would run this hook from there, were it not for core.hooksPath.\nhook=" + Quote(f.Other) + `
[ ! -x "$hook" ] || [ "$hook" -ef "$0" ] || exec "$hook" "$@"
`)
}

// right reports whether the file is as it should be; one of somebody else's is left
// alone.
func (f Forward) right() bool {
	return f.File.role() != nothing && (f.File.role() != ours || bytes.Equal(f.File.Content, f.script()) && f.File.Mode.Perm()&0o111 == 0o111)
}

// forward puts one into place.
func (p *Plan) forward(f Forward) {
	if f.right() {
		if f.File.role() != ours {
			p.advise(f.Hook + " is somebody else's file, and stays; " + f.Other + " is not run by it")
		}
		return
	}
	p.save(f.Found)
	p.add(Change{Op: Write, Path: f.Hook, Content: f.script(), Mode: executable})
}

// forwarding are the files of ours in a folder that run hooks of another, whatever
// that one holds by now.
func forwarding(dir string) ([]Forward, error) {
	var all []Forward
	for _, name := range allHooks() {
		f := Forward{}
		f.Hook = filepath.Join(dir, name)
		var err error
		if f.File, err = lookAt(f.Hook); err != nil {
			return nil, err
		}
		if f.File.role() != ours {
			continue
		}
		if f.Aside, err = freeName(f.Found); err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// freeName is a name for what somebody has written into a script of ours: beside it,
// where no server runs it, for it begins with a dot and ends with a tilde, and is not
// executable. One that holds the same already will do.
func freeName(f Found) (string, error) {
	if byOther := f.File.Kind == Regular && f.File.role() == byHand && !f.leads(); !byOther && !f.File.edited() {
		return "", nil // one by hand is replaced only where ours has something to remember
	}
	base := filepath.Join(filepath.Dir(f.Hook), "."+filepath.Base(f.Hook)+".edited")
	for n := 1; ; n++ {
		name := base + "~"
		if n > 1 {
			name = base + "-" + strconv.Itoa(n) + "~"
		}
		there, err := lookAt(name)
		if err != nil || there.Kind == Absent || there.Kind == Regular && bytes.Equal(there.Content, f.File.Content) {
			return name, err
		}
	}
}
