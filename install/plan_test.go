package install

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var script = Script{Program: "/usr/local/bin/jirahook"}

func regular(content string, mode fs.FileMode) File {
	return File{Kind: Regular, Content: []byte(content), Mode: mode}
}

func steps(p Plan) []string {
	var all []string
	for _, c := range p.Changes {
		all = append(all, c.String())
	}
	return all
}

const (
	hook     = "/srv/a.git/hooks/post-receive"
	previous = "/srv/a.git/hooks/previous-post-receive"
	shared   = "/srv/hooks/post-receive.d/50-jira"
)

func TestInstall(t *testing.T) {
	stub, dispatcher := string(script.stub(0)), string(script.dispatcher())
	bare, folder := Target{Server: Bare, Hook: hook}, Target{Server: GitLab, Hook: shared, Shared: true}
	other := regular("#!/bin/sh\necho mail\n", 0o750)
	tests := map[string]struct {
		found   Found
		noChain bool
		want    []string
		refused string
	}{
		"nothing there":              {found: Found{Target: bare}, want: []string{"write " + hook}},
		"ours":                       {found: Found{Target: bare, File: regular(stub, 0o755)}},
		"ours, not executable":       {found: Found{Target: bare, File: regular(stub, 0o644)}, want: []string{"write " + hook}},
		"ours, another program":      {found: Found{Target: bare, File: regular(strings.ReplaceAll(stub, "/usr/local", "/opt"), 0o755)}, want: []string{"write " + hook}},
		"by hand, a link":            {found: Found{Target: bare, File: File{Kind: Link, To: "/usr/local/bin/jirahook"}}},
		"by hand, a script":          {found: Found{Target: bare, File: regular("#!/bin/sh\n# Jira\nexec /opt/bin/jirahook post-receive\n", 0o755)}},
		"a foreign hook":             {found: Found{Target: bare, File: other}, want: []string{"keep " + hook + " as " + previous, "write " + hook}},
		"a foreign hook, no chain":   {found: Found{Target: bare, File: other}, noChain: true, refused: "there is another hook"},
		"a foreign link":             {found: Found{Target: bare, File: File{Kind: Link, To: "../mail"}}, want: []string{"keep " + hook + " as " + previous, "write " + hook}},
		"gitolite's link":            {found: Found{Target: bare, File: File{Kind: Link, To: "/home/git/.gitolite/hooks/common/post-receive"}}, refused: "--server gitolite"},
		"chained":                    {found: Found{Target: bare, File: regular(dispatcher, 0o755), Previous: other}},
		"chained, but it is gone":    {found: Found{Target: bare, File: regular(dispatcher, 0o755)}, want: []string{"write " + hook}},
		"replaced since":             {found: Found{Target: bare, File: other, Previous: other}, refused: "was put over jirahook's file"},
		"interrupted":                {found: Found{Target: bare, File: other, Previous: other, Kept: true}, want: []string{"write " + hook}},
		"ours taken away by hand":    {found: Found{Target: bare, Previous: other}, want: []string{"write " + hook}},
		"a folder":                   {found: Found{Target: bare, File: File{Kind: Other}}, refused: "is no file"},
		"a shared folder, missing":   {found: Found{Target: folder, Missing: 2}, want: []string{"create folder /srv/hooks", "create folder /srv/hooks/post-receive.d", "write " + shared}},
		"a shared folder, our name":  {found: Found{Target: folder, File: other}, refused: "rename it"},
		"ours, in folders made for":  {found: Found{Target: folder, File: regular(string(script.stub(2)), 0o755)}},
		"it mentions jirahook":       {found: Found{Target: bare, File: regular("#!/bin/sh\nmail me\nexec /opt/bin/jirahook post-receive\n", 0o755)}, want: []string{"keep " + hook + " as " + previous, "write " + hook}},
		"edited":                     {found: Found{Target: bare, File: regular(stub+"mail\n", 0o755), Aside: "/a~"}, want: []string{"keep what was edited: " + hook + " as /a~", "write " + hook}},
		"core.hooksPath is another":  {found: Found{Target: Target{Server: Bare, Hook: hook, Git: &Git{Dir: "/srv/a.git/hooks"}}, Path: PathFound{Elsewhere: []Setting{{Repo: "/srv/a.git", File: "/f", Value: "/o"}}}}, refused: "core.hooksPath is /o (/f)"},
		"links of gitolite's astray": {found: Found{Target: Target{Server: Gitolite, Hook: hook, After: []Command{{Args: []string{"gitolite", "setup"}}}}, File: regular(stub, 0o755), Astray: []string{"/x"}}, want: []string{"run gitolite setup"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := Install([]Found{test.found}, script, !test.noChain)
			if test.refused != "" {
				if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), test.refused) {
					t.Fatalf("error %v, want a refusal with %q", err, test.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, steps(p)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if (len(p.Unchanged) == 1) != (test.want == nil) {
				t.Errorf("unchanged: %v", p.Unchanged)
			}
		})
	}
}

// What is told to git, and what has to be run from where it looked before.
func TestCoreHooksPath(t *testing.T) {
	const dir = "/etc/hooks"
	forward := Forward{Other: "/old/update"}
	forward.Hook = dir + "/update"
	there := forward
	there.File = regular(string(forward.script()), 0o755)
	byOthers := Setting{Scope: GlobalScope, File: "/h/.gitconfig", Value: "/old"}
	ours := Setting{Scope: GlobalScope, File: "/h/.gitconfig", Value: dir}
	kept := regular(string(script.hook(record{Scope: GlobalScope, Made: true, Before: "/old"})), 0o755)
	tests := map[string]struct {
		scope     Scope
		file      File
		path      PathFound
		forward   Forward
		noChain   bool
		want      []string
		before    string
		asks      int
		refused   string
		uninstall []string
	}{
		"not set": {path: PathFound{}, forward: forward, before: "hooks", asks: 1,
			want: []string{"write /etc/hooks/post-receive", "write /etc/hooks/update", "run git config --global --add core.hooksPath /etc/hooks"}},
		"not set, alone": {noChain: true, forward: forward, asks: 1,
			want: []string{"write /etc/hooks/post-receive", "run git config --global --add core.hooksPath /etc/hooks"}},
		"set by others": {path: PathFound{Set: byOthers}, forward: forward, before: "/old", asks: 1,
			want: []string{"write /etc/hooks/post-receive", "write /etc/hooks/update", "run git config --global --add core.hooksPath /etc/hooks"}},
		"set by others, alone":    {noChain: true, path: PathFound{Set: byOthers}, forward: forward, refused: "core.hooksPath is /old already"},
		"set by what counts more": {scope: SystemScope, path: PathFound{Set: byOthers}, forward: forward, refused: "counts more than --scope system"},
		"set in the environment":  {path: PathFound{Set: Setting{Value: "/x", File: "command line:"}}, forward: forward, refused: "counts more than --scope global"},
		"a line feed":             {path: PathFound{Set: Setting{Scope: GlobalScope, Value: "/o\nx"}}, forward: forward, refused: "line feed"},
		"interrupted before git was told": {file: kept, path: PathFound{Set: byOthers}, forward: there, before: "/old", asks: 1,
			want: []string{"write /etc/hooks/post-receive", "run git config --global --add core.hooksPath /etc/hooks"}},
		"all is there": {file: kept, path: PathFound{Set: ours, Ours: &ours, OnlyOurs: true}, forward: there,
			uninstall: []string{`run git config --global --unset-all core.hooksPath ^/etc/hooks$`, "remove /h/.gitconfig", "remove /etc/hooks/update", "remove /etc/hooks/post-receive"}},
		"others have written into git's file": {file: kept, path: PathFound{Set: ours, Ours: &ours}, forward: there,
			uninstall: []string{`run git config --global --unset-all core.hooksPath ^/etc/hooks$`, "remove /etc/hooks/update", "remove /etc/hooks/post-receive"}},
		"set by others since": {file: kept, path: PathFound{Set: Setting{Scope: GlobalScope, Value: "/new", File: "/f"}, Ours: &ours}, forward: there, before: "/new", asks: 1,
			want:      []string{"write /etc/hooks/post-receive", "run git config --global --add core.hooksPath /etc/hooks"},
			uninstall: []string{`run git config --global --unset-all core.hooksPath ^/etc/hooks$`, "remove /etc/hooks/update", "remove /etc/hooks/post-receive"}},
		"our hook is gone, and git still looks there": {path: PathFound{Set: ours}, forward: there, want: []string{"write /etc/hooks/post-receive"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := Found{Target: Target{Server: HooksPath, Hook: dir + "/post-receive", Git: &Git{Dir: dir, Home: "/h", Scope: firstOf(test.scope, GlobalScope)}}, File: test.file, Path: test.path, Forwards: []Forward{test.forward}}
			if test.forward.File.Kind != Absent {
				f.Forwarding = f.Forwards
			}
			p, err := Install([]Found{f}, script, !test.noChain)
			if test.refused != "" {
				if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), test.refused) {
					t.Fatalf("error %v, want a refusal with %q", err, test.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, steps(p)); diff != "" || len(p.Asks) != test.asks {
				t.Errorf("(-want +got)\n%s\nasks %q", diff, p.Asks)
			}
			for _, c := range p.Changes {
				if c.Path == f.Hook && regular(string(c.Content), 0o755).record().Before != test.before {
					t.Errorf("before: %q, want %q", regular(string(c.Content), 0o755).record().Before, test.before)
				}
			}
			if diff := cmp.Diff(test.uninstall, steps(Uninstall([]Found{f}))); diff != "" && test.file.Kind != Absent && test.uninstall != nil {
				t.Errorf("uninstall (-want +got)\n%s", diff)
			}
		})
	}
}

func TestInstallRefusesAllForOne(t *testing.T) {
	p, err := Install([]Found{
		{Target: Target{Server: Bare, Hook: hook}},
		{Target: Target{Server: Bare, Hook: "/srv/b.git/hooks/post-receive"}, File: File{Kind: Other}},
	}, script, true)
	if !errors.Is(err, ErrRefused) || len(p.Changes) > 0 {
		t.Errorf("changes %v, error %v", steps(p), err)
	}
}

func TestUninstall(t *testing.T) {
	bare, folder := Target{Server: Bare, Hook: hook}, Target{Server: GitLab, Hook: shared, Shared: true}
	other := regular("#!/bin/sh\necho mail\n", 0o750)
	tests := map[string]struct {
		found Found
		want  []string
	}{
		"nothing there":                     {found: Found{Target: bare}},
		"foreign":                           {found: Found{Target: bare, File: other}},
		"ours":                              {found: Found{Target: bare, File: regular(string(script.stub(0)), 0o755), Alone: 1}, want: []string{"remove " + hook}},
		"chained":                           {found: Found{Target: bare, File: regular(string(script.dispatcher()), 0o755), Previous: other}, want: []string{"put back " + hook + " from " + previous}},
		"interrupted":                       {found: Found{Target: bare, File: other, Previous: other, Kept: true}, want: []string{"remove " + previous}},
		"ours taken away by hand":           {found: Found{Target: bare, Previous: other}, want: []string{"put back " + hook + " from " + previous}},
		"folders made for it":               {found: Found{Target: folder, File: regular(string(script.stub(2)), 0o755), Alone: 1}, want: []string{"remove " + shared, "remove folder /srv/hooks/post-receive.d"}},
		"folders were there":                {found: Found{Target: folder, File: regular(string(script.stub(0)), 0o755), Alone: 2}, want: []string{"remove " + shared}},
		"gitolite's links":                  {found: Found{Target: Target{Server: Gitolite, Hook: hook}, File: regular(string(script.stub(0)), 0o755), Leading: []string{"/l"}, Astray: []string{"/m"}}, want: []string{"remove /l", "remove " + hook}},
		"gitolite's links, a hook stays":    {found: Found{Target: Target{Server: Gitolite, Hook: hook}, File: regular(string(script.dispatcher()), 0o755), Previous: other, Leading: []string{"/l"}, LeadingPrevious: []string{"/p"}}, want: []string{"remove /p", "put back " + hook + " from " + previous}},
		"replaced since, the first is kept": {found: Found{Target: bare, File: other, Previous: other}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, steps(Uninstall([]Found{test.found}))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestStatus(t *testing.T) {
	bare := Target{Server: Bare, Hook: hook}
	other := regular("#!/bin/sh\necho mail\n", 0o750)
	tests := map[string]struct {
		found          Found
		state, program string
		drift          int
	}{
		"nothing":        {found: Found{Target: bare}, state: NotInstalled},
		"foreign":        {found: Found{Target: bare, File: other}, state: NotInstalled},
		"replaced":       {found: Found{Target: bare, File: other, Previous: other}, state: NotInstalled, drift: 1},
		"installed":      {found: Found{Target: bare, File: regular(string(script.stub(1)), 0o755)}, state: "installed", program: script.Program},
		"edited":         {found: Found{Target: bare, File: regular(string(script.stub(0))+"echo more\n", 0o755)}, state: "installed", program: script.Program, drift: 1},
		"not executable": {found: Found{Target: bare, File: regular(string(script.stub(0)), 0o600)}, state: "installed", program: script.Program, drift: 1},
		"chained":        {found: Found{Target: bare, File: regular(string(script.dispatcher()), 0o755), Previous: other}, state: "chained", program: script.Program},
		"chained, gone":  {found: Found{Target: bare, File: regular(string(script.dispatcher()), 0o755)}, state: "chained", program: script.Program, drift: 1},
		"a link":         {found: Found{Target: bare, File: File{Kind: Link, To: "../jirahook"}}, state: "by hand", program: "/srv/a.git/jirahook"},
		"another place": {found: Found{Target: bare, File: regular(string(Script{Program: "/o'p t/jirahook", Config: "/c d"}.dispatcher()), 0o755), Previous: other},
			state: "chained", program: "/o'p t/jirahook", drift: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			st := Status(test.found, script)
			if st.State != test.state || st.Program != test.program || len(st.Drift) != test.drift {
				t.Errorf("%+v", st)
			}
		})
	}
}
