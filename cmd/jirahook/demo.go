package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"jirahook/internal/jiratest"
)

func (p *process) demoCommand() *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See it work: real pushes to a real repository, and a Jira made for the occasion",
		Long: `Demo starts a small Jira on this machine and a bare repository with the hook
installed, makes commits and pushes them with git, and shows what the pusher
reads and what Jira then holds. It needs git and nothing else, and leaves
nothing behind; with --keep it stays up until Ctrl-C, to be played with.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.demo(cmd.Context(), keep)
		},
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "stay up until Ctrl-C")
	return cmd
}

func (p *process) demo(ctx context.Context, keep bool) (err error) {
	if _, err := exec.LookPath("git"); err != nil {
		return errors.New("the demo needs git")
	}
	dir, err := os.MkdirTemp("", "jirahook-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d := &demo{ctx: ctx, dir: dir, out: p.stdout, environ: p.environ, shown: map[string]bool{}}
	d.jira = jiratest.New(jiratest.Options{Flavour: jiratest.DataCenter10})
	if err := d.jira.Start(); err != nil {
		return fmt.Errorf("start the demo's Jira: %w", err)
	}
	defer d.jira.Close()
	d.jira.AddProject("SHOP", jiratest.SimpleWorkflow())
	d.jira.AddIssue("SHOP-12", "Cart total is wrong")
	d.jira.AddIssue("SHOP-7", "Retry card payments")
	d.jira.AddIssue("SHOP-3", "Say thank you after an order")
	if err := d.setUp(); err != nil {
		return err
	}
	for _, scene := range d.scenes() {
		d.title(scene.title)
		if err := scene.play(); err != nil {
			return fmt.Errorf("%s: %w", scene.title, err)
		}
	}
	if !keep {
		return nil
	}
	d.title("Still up, until Ctrl-C")
	d.say("clone:   git clone %s\nJira:    %s\nwork in: %s\n", d.path("shop.git"), d.jira.URL(), d.path("work"))
	<-ctx.Done()
	return nil
}

// demo is a stage: a Jira, a bare repository and somebody's clone of it.
type demo struct {
	ctx     context.Context
	dir     string
	out     io.Writer
	environ []string
	jira    *jiratest.Server
	shown   map[string]bool // what was printed of Jira's issues
}

type scene struct {
	title string
	play  func() error
}

func (d *demo) scenes() []scene {
	return []scene{
		{"A commit that mentions an issue", func() error {
			return d.run(
				d.commit("cart.txt", "SHOP-12 Correct the cart total\n\nThe discount was taken off twice."),
				d.git("push", "origin", "main"),
				d.show("SHOP-12"))
		}},
		{"Smart Commits: time, a comment, a transition", func() error {
			return d.run(
				d.commit("cart.txt", "SHOP-12 Test the cart total\n\nSHOP-12 #time 1h 30m tests #comment Try it with two vouchers #start-progress"),
				d.git("push", "origin", "main"),
				d.show("SHOP-12"))
		}},
		{"A feature branch that closes its issue when it is merged", func() error {
			return d.run(
				d.git("switch", "-c", "feature/SHOP-7-retry"),
				d.commit("pay.txt", "Retry card payments three times\n\nCloses SHOP-7"),
				d.git("push", "origin", "feature/SHOP-7-retry"),
				d.git("switch", "main"),
				d.git("merge", "--no-ff", "-m", "Merge branch 'feature/SHOP-7-retry'", "feature/SHOP-7-retry"),
				d.git("push", "origin", "main"),
				d.show("SHOP-7"))
		}},
		{"Amended and pushed again: nothing is done twice", func() error {
			return d.run(
				d.git("switch", "-c", "thanks"),
				d.commit("thanks.txt", "SHOP-3 Thank the customer #time 2h"),
				d.git("push", "origin", "thanks"),
				d.git("commit", "--amend", "-q", "-m", "SHOP-3 Thank the customer warmly #time 2h"),
				d.git("push", "--force", "origin", "thanks"),
				d.show("SHOP-3"))
		}},
		{"Jira is down: the push goes through, and nothing is lost", func() error {
			return d.run(
				d.git("switch", "main"),
				func() error { return d.jira.SetDown(true) },
				d.commit("cart.txt", "SHOP-12 Round the cart total"),
				d.git("push", "origin", "main"),
				func() error { return d.jira.SetDown(false) },
				d.jirahook("deliver"),
				d.show("SHOP-12"))
		}},
	}
}

func (d *demo) run(steps ...func() error) error {
	for _, step := range steps {
		if err := d.ctx.Err(); err != nil {
			return err
		}
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// setUp writes the configuration, and makes the repositories with the hook.
func (d *demo) setUp() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	_, _, token := d.jira.Credentials()
	if err := os.WriteFile(d.path("token"), []byte(token+"\n"), 0o600); err != nil {
		return err
	}
	config := fmt.Sprintf(`version: 1
jira:
  url: %s
  auth: {type: token, secret_file: %s}
server: {kind: gitlab, url: "https://git.example.com", root: %s}
outbox: {dir: %s}
`, d.jira.URL(), d.path("token"), d.dir, d.path("outbox"))
	if err := os.WriteFile(d.path("config.yaml"), []byte(config), 0o600); err != nil {
		return err
	}
	steps := [][]string{
		{"init", "-q", "--bare", "--initial-branch=main", "shop.git"},
		{"init", "-q", "--initial-branch=main", "work"},
		{"-C", "work", "remote", "add", "origin", d.path("shop.git")},
	}
	for _, args := range steps {
		if _, err := d.command("git", args...); err != nil {
			return err
		}
	}
	hook := fmt.Sprintf("#!/bin/sh\nexec '%s' --config '%s' post-receive\n", self, d.path("config.yaml"))
	return os.WriteFile(d.path("shop.git", "hooks", "post-receive"), []byte(hook), 0o755)
}

func (d *demo) path(parts ...string) string {
	return filepath.Join(append([]string{d.dir}, parts...)...)
}

// command runs a program in the stage's folder and returns what it printed.
func (d *demo) command(name string, args ...string) (string, error) {
	cmd := exec.CommandContext(d.ctx, name, args...)
	cmd.Dir = d.dir
	cmd.Env = append(withoutGit(d.environ),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=Ann Example", "GIT_AUTHOR_EMAIL=ann@example.com",
		"GIT_COMMITTER_NAME=Ann Example", "GIT_COMMITTER_EMAIL=ann@example.com")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), err, out.String())
	}
	return out.String(), err
}

// withoutGit drops variables that would lead git to another repository.
func withoutGit(environ []string) []string {
	var kept []string
	for _, v := range environ {
		if !strings.HasPrefix(v, "GIT_") {
			kept = append(kept, v)
		}
	}
	return kept
}

// git shows a git command and what it prints of jirahook's words.
func (d *demo) git(args ...string) func() error {
	return func() error {
		out, err := d.command("git", append([]string{"-C", "work"}, args...)...)
		if err != nil {
			return err
		}
		if args[0] != "commit" {
			d.say("$ git %s\n", strings.Join(args, " "))
		}
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, "remote:") {
				d.say("%s", line)
			}
		}
		return nil
	}
}

// commit changes a file and commits it.
func (d *demo) commit(file, message string) func() error {
	return func() error {
		f, err := os.OpenFile(d.path("work", file), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(f, message)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		d.say("$ git commit -m %q\n", message)
		return d.run(
			func() error { _, err := d.command("git", "-C", "work", "add", "-A"); return err },
			func() error { _, err := d.command("git", "-C", "work", "commit", "-q", "-m", message); return err })
	}
}

func (d *demo) jirahook(args ...string) func() error {
	return func() error {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		d.say("$ jirahook %s\n", strings.Join(args, " "))
		out, err := d.command(self, append([]string{"--config", d.path("config.yaml")}, args...)...)
		d.say("%s", out)
		return err
	}
}

// show prints what is new on an issue in Jira.
func (d *demo) show(key string) func() error {
	return func() error {
		var dump strings.Builder
		d.jira.Dump(&dump, key)
		d.say("\nin Jira: ")
		for i, thing := range things(dump.String()) {
			if i == 0 || !d.shown[key+thing] {
				d.say("%s", thing)
			}
			d.shown[key+thing] = true
		}
		return nil
	}
}

// things splits a dump: each line that is not indented begins a new thing.
func things(dump string) []string {
	var all []string
	for line := range strings.Lines(dump) {
		if len(all) == 0 || line != "\n" && !strings.HasPrefix(line, " ") {
			all = append(all, "")
		}
		all[len(all)-1] += line
	}
	return all
}

func (d *demo) title(text string) { d.say("\n== %s\n", text) }

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.out, format, args...) }
