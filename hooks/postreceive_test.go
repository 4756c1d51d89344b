package hooks

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/event"
	"jirahook/outbox"
	"jirahook/outbox/spool"
	"jirahook/push"
)

// server is a bare repository with a pushed branch, and a hook that is about to
// run.
type server struct {
	t       *testing.T
	dir     string
	hook    PostReceive
	words   bytes.Buffer
	log     bytes.Buffer
	outbox  string
	told    []string // pushes that were delivered
	cfg     config.Config
	loadErr error
	asOwner func(dir string) error
}

func newServer(t *testing.T, messages ...string) *server {
	t.Helper()
	s := &server{t: t, dir: filepath.Join(t.TempDir(), "app.git"), outbox: t.TempDir()}
	s.git("init", "-q", "--bare", "-b", "main", s.dir)
	parent := ""
	for _, m := range messages {
		args := []string{"commit-tree", "-m", m, "4b825dc642cb6eb9a060e54bf8d69288fbee4904"}
		if parent != "" {
			args = append(args, "-p", parent)
		}
		parent = s.git(args...)
	}
	if parent != "" {
		s.git("update-ref", "refs/heads/main", parent)
	}
	s.asOwner = func(string) error { return nil }
	s.cfg = config.Default()
	s.cfg.Jira.URL = "https://jira.example.com"
	s.cfg.Outbox.Dir = s.outbox
	s.hook = PostReceive{
		Environ: append(os.Environ(), "GIT_DIR=."), Dir: s.dir, Out: &s.words, Now: time.Now, PID: os.Getpid(),
		Random: strings.NewReader(strings.Repeat("0123456789", 10)),
		Log:    slog.New(slog.NewTextHandler(&s.log, nil)),
		Stdin:  strings.NewReader(strings.Repeat("0", 40) + " " + parent + " refs/heads/main\n"),
		Load: func(path, _ string) (config.Config, string, error) {
			if path == "" {
				path = "app"
			}
			return s.cfg, path, s.loadErr
		},
		OutboxDir: func(string) string { return s.outbox },
		AsOwner:   func(dir string) error { return s.asOwner(dir) },
		Deliver: func(_ context.Context, _ config.Config, p push.Push) (outbox.PushReport, error) {
			s.told = append(s.told, p.ID)
			return outbox.PushReport{Push: p.ID}, nil
		},
		Afterwards: func(context.Context) {},
	}
	return s
}

func (s *server) git(args ...string) string {
	s.t.Helper()
	cmd := exec.Command("git", args...)
	if _, err := os.Stat(s.dir); err == nil {
		cmd.Dir = s.dir
		if args[0] == "commit-tree" {
			if _, err := exec.Command("git", "-C", s.dir, "hash-object", "-w", "-t", "tree", "/dev/null").Output(); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com")
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("git %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// kept are the pushes in the spool.
func (s *server) kept() []push.Push {
	s.t.Helper()
	kept, err := spool.Open(s.outbox)
	if err != nil {
		s.t.Fatal(err)
	}
	ids, err := kept.List()
	if err != nil {
		s.t.Fatal(err)
	}
	var all []push.Push
	for _, id := range ids {
		facts, err := kept.Read(id)
		if err != nil {
			s.t.Fatal(err)
		}
		e, err := event.Decode(facts)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, *e.Push)
	}
	return all
}

func TestPushIsKeptThenDelivered(t *testing.T) {
	s := newServer(t, "Nothing in it", "SHOP-1 first #time 1h", "SHOP-2 second")
	s.hook.Run(t.Context())
	kept := s.kept()
	if len(kept) != 1 || len(s.told) != 1 || s.told[0] != kept[0].ID {
		t.Fatalf("kept %d pushes, delivered %v", len(kept), s.told)
	}
	p := kept[0]
	if len(p.Commits) != 3 || p.Commits[0].Message != "" || !strings.HasPrefix(p.Commits[1].Message, "SHOP-1 first") {
		t.Errorf("commits %+v", p.Commits)
	}
	if p.Repository.Path != "app" || p.Repository.DefaultBranch != "main" || p.Repository.Dir != s.dir {
		t.Errorf("repository %+v", p.Repository)
	}
	if len(p.Ancestors.Parents) == 0 {
		t.Error("no history below a commit with a command")
	}
}

// A hook of root's becomes the outbox's owner when it has read the repository,
// and before anything is in the outbox; if it cannot, the push is kept all the same.
func TestAsOwner(t *testing.T) {
	s := newServer(t, "SHOP-1 first")
	s.outbox = filepath.Join(s.outbox, "below")
	s.cfg.Outbox.Dir = s.outbox
	asked := 0
	s.asOwner = func(dir string) error {
		asked++
		if _, err := os.Stat(s.outbox); dir != s.outbox || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("asked for %s, and the outbox is there: %v", dir, err)
		}
		return errors.Join(os.RemoveAll(s.dir), errors.New("operation not permitted"))
	}
	s.hook.Run(t.Context())
	if n := len(s.kept()); n != 1 || asked != 1 || !strings.Contains(s.log.String(), "operation not permitted") {
		t.Errorf("%d pushes kept, asked %d times\n%s", n, asked, &s.log)
	}
}

func TestStoppedHookKeepsThePush(t *testing.T) {
	s := newServer(t, "SHOP-1 first")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.hook.Run(ctx)
	if n := len(s.kept()); n != 1 {
		t.Errorf("%d pushes kept by a hook that was told to stop\n%s", n, &s.log)
	}
}

func TestBrokenConfigurationKeepsThePush(t *testing.T) {
	s := newServer(t, "SHOP-1 first")
	s.loadErr = errors.New("jira.auth.type: unknown value")
	s.hook.Run(t.Context())
	if got := s.words.String(); got != "jirahook: this push is kept; Jira is told of it when the server's admin\n          has mended the configuration, which is broken (the log says\n          where)\n" {
		t.Errorf("words %q", got)
	}
	if len(s.kept()) != 1 || len(s.told) != 0 || !strings.Contains(s.log.String(), "unknown value") {
		t.Errorf("kept %d, delivered %d, log %s", len(s.kept()), len(s.told), &s.log)
	}
}

func TestNothingIsSaidOrKept(t *testing.T) {
	tests := map[string]func(*server){
		"no key in the messages": func(*server) {},
		"push option jira.skip": func(s *server) {
			s.hook.Environ = append(s.hook.Environ, "GIT_PUSH_OPTION_COUNT=1", "GIT_PUSH_OPTION_0=jira.skip")
		},
		"wiki": func(s *server) {
			s.hook.Environ = append(s.hook.Environ, "GL_REPOSITORY=wiki-1", "GL_PROJECT_PATH=a/b")
		},
		"no ref lines": func(s *server) {
			s.hook.Stdin = strings.NewReader("")
			s.loadErr = errors.New("broken, and nobody's concern")
		},
		"gitolite admin": func(s *server) { s.hook.Environ = append(s.hook.Environ, "GL_REPO=gitolite-admin", "GL_USER=ann") },
	}
	for name, set := range tests {
		t.Run(name, func(t *testing.T) {
			message := "SHOP-1 first"
			if name == "no key in the messages" {
				message = "Nothing, though UTF 8"
			}
			s := newServer(t, message)
			set(s)
			s.hook.Run(t.Context())
			if s.words.Len() > 0 || len(s.kept()) > 0 || len(s.told) > 0 {
				t.Errorf("said %q, kept %d, delivered %d", s.words.String(), len(s.kept()), len(s.told))
			}
		})
	}
}

// TestHint: a key that is none is told in one line, when nothing else counts.
func TestHint(t *testing.T) {
	const hint = "jirahook: shop-31: did you mean SHOP-31? A key is in capitals; Jira is\n          told nothing\n"
	for message, want := range map[string]string{"Round shop-31": hint, "Round utf-8 of workshop-31": ""} {
		s := newServer(t, "First", message)
		s.cfg.Projects.Keys = []string{"OPS", "SHOP"}
		s.hook.Run(t.Context())
		if s.words.String() != want || len(s.kept()) > 0 {
			t.Errorf("%q: said %q, kept %d", message, s.words.String(), len(s.kept()))
		}
	}
	web := newServer(t, "Round shop-31")
	web.cfg.Projects.Keys = []string{"SHOP"}
	web.hook.Environ = append(web.hook.Environ, "GL_PROTOCOL=web", "GL_REPOSITORY=project-1", "GL_PROJECT_PATH=a/b")
	if web.hook.Run(t.Context()); web.words.Len() > 0 {
		t.Errorf("over the web it said %q", web.words.String())
	}
}

func TestWebPushIsOnlyKept(t *testing.T) {
	s := newServer(t, "SHOP-1 first")
	s.hook.Environ = append(s.hook.Environ, "GL_REPOSITORY=project-1", "GL_PROJECT_PATH=team/app", "GL_PROTOCOL=web", "GL_USERNAME=ann")
	s.hook.Run(t.Context())
	if s.words.Len() > 0 || len(s.kept()) != 1 || len(s.told) > 0 {
		t.Errorf("said %q, kept %d, delivered %d", s.words.String(), len(s.kept()), len(s.told))
	}
	if p := s.kept()[0]; p.Repository.ID != "project-1" || p.Pusher.Name != "ann" {
		t.Errorf("%+v by %+v", p.Repository, p.Pusher)
	}
}

func TestNoWaitPromises(t *testing.T) {
	s := newServer(t, "SHOP-1 and SHOP-2")
	s.cfg.Delivery.Wait = 0
	s.hook.Run(t.Context())
	if got := s.words.String(); got != "jirahook: SHOP-1, SHOP-2: Jira will be told later\n" || len(s.told) > 0 {
		t.Errorf("said %q, delivered %d", got, len(s.told))
	}
}

// Only a small push is planned for its words: of a larger one the issues are
// counted, and what is to be said of them is found out by those who have the time.
func TestLargePushIsCounted(t *testing.T) {
	messages := []string{"SHOP-1 #time tests\n\nSHOP-2 "}
	for range smallText/50_000 + 1 {
		messages = append(messages, "SHOP-1"+strings.Repeat(" x", 25_000))
	}
	s := newServer(t, messages...)
	s.cfg.Delivery.Wait = 0
	s.cfg.Projects.Keys = []string{"SHOP"}
	s.hook.Run(t.Context())
	if got := s.words.String(); got != "jirahook: SHOP-1, SHOP-2: Jira will be told later\n" || len(s.kept()) != 1 || len(s.told) > 0 {
		t.Errorf("said %q, kept %d, delivered %d", got, len(s.kept()), len(s.told))
	}
}

func TestIsSmall(t *testing.T) {
	for _, tt := range []struct {
		commits, text int
		small         bool
	}{{1, smallText, true}, {1, smallText + 1, false}, {smallCommits, smallText, true}, {smallCommits + 1, 0, false}} {
		p := push.Push{Commits: make([]push.Commit, tt.commits)}
		p.Commits[0].Message = strings.Repeat("x", tt.text/2)
		p.Commits[tt.commits-1].Message += strings.Repeat("x", tt.text-tt.text/2)
		if isSmall(p) != tt.small {
			t.Errorf("%d commits, %d bytes: small %v", tt.commits, tt.text, !tt.small)
		}
	}
}

// Who is waited for: Jira, only where it is told something, or is asked for what
// decides about it.
func TestDeliveredWhereAnythingIsPlanned(t *testing.T) {
	for name, tt := range map[string]struct {
		message string
		set     func(*server)
		want    bool
	}{
		"nothing": {"Nothing", func(s *server) {
			s.git("branch", "OTHER-1", "main")
			s.hook.Stdin = strings.NewReader(strings.Repeat("0", 40) + " " + s.git("rev-parse", "main") + " refs/heads/OTHER-1\n")
		}, false},
		"what may be rewritten": {"OTHER-1 first", func(*server) {}, true},
		"a comment":             {"SHOP-1 first", func(*server) {}, true},
		"a new project by its branch": {"Nothing", func(s *server) {
			s.cfg.Projects.Auto = true
			s.hook.Stdin = strings.NewReader(strings.Repeat("0", 40) + " " + s.git("rev-parse", "main") + " refs/heads/OTHER-1\n")
			s.git("branch", "OTHER-1", "main")
		}, true},
		"a new project": {"OTHER-1 first", func(s *server) { s.cfg.Projects.Auto = true }, true},
		"none that is":  {"SHOP-1 first", func(s *server) { s.cfg.Projects.Auto = true }, true},
		"a note":        {"SHOP-1 #time first", func(s *server) { s.cfg.Mentions.Comment = "off" }, true},
		"what went away": {"Nothing", func(s *server) {
			old := s.git("rev-parse", "main")
			s.git("update-ref", "refs/heads/main", s.git("commit-tree", "-m", "Anew", "main^{tree}"))
			s.hook.Stdin = strings.NewReader(old + " " + s.git("rev-parse", "main") + " refs/heads/main\n")
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, tt.message)
			s.cfg.Projects.Keys, s.cfg.Projects.Auto = []string{"SHOP"}, false
			tt.set(s)
			s.hook.Run(t.Context())
			if len(s.kept()) != 1 || len(s.told) > 0 != tt.want {
				t.Errorf("kept %d, delivered %d, said %q\n%s", len(s.kept()), len(s.told), &s.words, &s.log)
			}
		})
	}
}

// The log tells on which of the ways the repository was read, for those who want
// to know.
func TestLogOfReading(t *testing.T) {
	s := newServer(t, "SHOP-1 first", "SHOP-2 second")
	s.hook.Log = slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.hook.Environ = append(s.hook.Environ, "GL_REPOSITORY=project-1", "GL_PROJECT_PATH=a/b", "CORRELATION_ID=01A")
	s.hook.Run(t.Context())
	for _, part := range []string{"commits=2", "by=", "request=01A", "repository=" + s.dir} {
		if !strings.Contains(s.log.String(), part) {
			t.Errorf("%q is not in the log:\n%s", part, &s.log)
		}
	}
}
