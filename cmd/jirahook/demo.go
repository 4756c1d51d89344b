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

	"jirahook/install"
	"jirahook/internal/jiratest"
)

func (p *process) demoCommand() *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See it work: real pushes to a real repository, and a Jira made for the occasion",
		Long: `Demo starts a small Jira on this machine and a bare repository with the hook
installed, makes commits and pushes them with git, and shows every command as it can
be pasted, what the pusher reads, and what Jira then holds. It needs git and nothing
else, takes a few seconds, and leaves nothing behind; with --keep it stays up until
Ctrl-C, to be played with.`,
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
	d := &demo{ctx: ctx, dir: dir, out: p.stdout, ink: p.ink(p.stdout), environ: p.environ, shown: map[string]bool{}}
	if d.program, err = p.ownName(); err != nil {
		return err
	}
	d.jira = jiratest.New(jiratest.Options{Flavour: jiratest.DataCenter10})
	if err := d.jira.Start(); err != nil {
		return fmt.Errorf("start the demo's Jira: %w", err)
	}
	defer d.jira.Close()
	d.jira.AddProject("SHOP", jiratest.SimpleWorkflow())
	d.jira.AddIssue("SHOP-12", "Cart total is wrong")
	d.jira.AddIssue("SHOP-7", "Retry card payments")
	d.jira.AddIssue("SHOP-3", "Say thank you after an order")
	if err := d.configure(); err != nil {
		return err
	}
	for _, scene := range d.scenes() {
		if err := d.play(scene); err != nil {
			return err
		}
	}
	if !keep {
		return nil
	}
	d.say("\n%s\nJira: %s\nIn another terminal:\n", d.ink.in(asBold, "== Still up, until Ctrl-C"), d.jira.URL())
	d.typed("export JIRAHOOK_CONFIG=" + install.Quote(d.path("config.yaml")))
	d.typed("cd " + install.Quote(d.path("work")))
	<-ctx.Done()
	return nil
}

// ownName is this program as a shell finds it: by its name, if that is this one.
func (p *process) ownName() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	const name = "jirahook"
	if found, err := exec.LookPath(name); err == nil {
		one, err1 := os.Stat(found)
		other, err2 := os.Stat(self)
		if err1 == nil && err2 == nil && os.SameFile(one, other) {
			return name, nil
		}
	}
	return install.Quote(self), nil
}

// demo is a stage: a Jira, a bare repository and somebody's clone of it. What is
// shown as typed is what a shell is given, so that it can be pasted.
type demo struct {
	ctx     context.Context
	dir     string // of the stage
	at      string // where the next command runs
	out     io.Writer
	ink     ink
	environ []string
	program string // as a shell finds it
	jira    *jiratest.Server
	shown   map[string]bool // what was printed of Jira's issues
}

type scene struct {
	title string
	steps []func() error
}

func (d *demo) scenes() []scene {
	return []scene{
		{"A repository with the hook, and somebody's clone of it", []func() error{
			d.cd(d.dir),
			d.export("JIRAHOOK_CONFIG", d.path("config.yaml")),
			d.sh("git init -q --bare --initial-branch=main shop.git"),
			d.sh(d.program + " install --server bare --worker none --repo shop.git"),
			d.sh("git clone -q shop.git work"),
			d.cd("work"),
			d.sh("git config user.name 'Ann Example' && git config user.email ann@example.com"),
		}},
		{"A commit that mentions an issue", []func() error{
			d.add("cart.txt", "total = sum - discount"),
			d.commit("SHOP-12 Correct the cart total\n\nThe discount was taken off twice."),
			d.sh("git push origin main"),
			d.show("SHOP-12"),
		}},
		{"Smart Commits: time, a comment, a transition", []func() error{
			d.add("cart.txt", "assert total >= 0"),
			d.commit("SHOP-12 Test the cart total\n\nSHOP-12 #time 1h 30m tests #comment Try it with two vouchers #start-progress"),
			d.sh("git push origin main"),
			d.show("SHOP-12"),
		}},
		{"A feature branch that closes its issue when it is merged", []func() error{
			d.sh("git switch -q -c feature/SHOP-7-retry"),
			d.add("pay.txt", "retry 3 times"),
			d.commit("Retry card payments three times\n\nCloses SHOP-7"),
			d.sh("git push origin feature/SHOP-7-retry"),
			d.sh("git switch -q main"),
			d.sh("git merge -q --no-ff -m " + install.Quote("Merge branch 'feature/SHOP-7-retry'") + " feature/SHOP-7-retry"),
			d.sh("git push origin main"),
			d.show("SHOP-7"),
		}},
		{"Amended and pushed again: nothing is done twice", []func() error{
			d.sh("git switch -q -c thanks"),
			d.add("thanks.txt", "Thank you!"),
			d.commit("SHOP-3 Thank the customer #time 2h"),
			d.sh("git push origin thanks"),
			d.sh("git commit -q --amend -m 'SHOP-3 Thank the customer warmly #time 2h'"),
			d.sh("git push --force origin thanks"),
			d.show("SHOP-3"),
		}},
		{"Jira is down: the push goes through, and nothing is lost", []func() error{
			d.sh("git switch -q main"),
			d.happens("Jira is stopped", func() error { return d.jira.SetDown(true) }),
			d.add("cart.txt", "total = round(total)"),
			d.commit("SHOP-12 Round the cart total"),
			d.sh("git push origin main"),
			d.tell(d.program + " queue list"),
			d.happens("Jira is started again", func() error { return d.jira.SetDown(false) }),
			d.tell(d.program + " deliver"),
			d.show("SHOP-12"),
		}},
	}
}

func (d *demo) play(s scene) error {
	d.say("\n%s\n", d.ink.in(asBold, "== "+s.title))
	for _, step := range s.steps {
		if err := d.ctx.Err(); err != nil {
			return err
		}
		if err := step(); err != nil {
			return fmt.Errorf("%s: %w", s.title, err)
		}
	}
	return nil
}

// configure writes the configuration and Jira's token.
func (d *demo) configure() error {
	_, _, token := d.jira.Credentials()
	if err := os.WriteFile(d.path("token"), []byte(token+"\n"), 0o600); err != nil {
		return err
	}
	config := fmt.Sprintf(`version: 1
jira:
  url: %s
  auth: {type: token, secret_file: %q}
server: {kind: gitlab, url: "https://git.example.com", root: %q}
outbox: {dir: %q}
`, d.jira.URL(), d.path("token"), d.dir, d.path("outbox"))
	return os.WriteFile(d.path("config.yaml"), []byte(config), 0o600)
}

func (d *demo) path(parts ...string) string {
	return filepath.Join(append([]string{d.dir}, parts...)...)
}

// shell runs a line as somebody has typed it, and returns what it printed.
func (d *demo) shell(line string) (string, error) {
	d.typed(line)
	cmd := exec.CommandContext(d.ctx, "/bin/sh", "-c", line)
	cmd.Dir = d.at
	cmd.Env = append(withoutGit(d.environ), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", line, err, out.String())
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

// sh runs a line and shows what it prints of jirahook's words.
func (d *demo) sh(line string) func() error {
	return func() error {
		out, err := d.shell(line)
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, "remote:") {
				d.say("%s\n", strings.TrimRight(line, " \n")) // git wipes the line to its end with blanks
			}
		}
		return err
	}
}

// tell runs a line and shows all that it prints.
func (d *demo) tell(line string) func() error {
	return func() error {
		out, err := d.shell(line)
		d.say("%s", out)
		return err
	}
}

func (d *demo) cd(dir string) func() error {
	return func() error {
		d.typed("cd " + install.Quote(dir))
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(d.at, dir)
		}
		d.at = dir
		return nil
	}
}

func (d *demo) export(name, value string) func() error {
	return func() error {
		d.typed("export " + name + "=" + install.Quote(value))
		d.environ = append(d.environ, name+"="+value) // the last one counts
		return nil
	}
}

// add puts a line into a file that is to be committed.
func (d *demo) add(file, line string) func() error {
	return d.sh("echo " + install.Quote(line) + " >>" + file + " && git add " + file)
}

func (d *demo) commit(message string) func() error {
	return d.sh("git commit -q -m " + install.Quote(message))
}

// happens is what nobody types.
func (d *demo) happens(what string, do func() error) func() error {
	return func() error {
		d.say("%s\n", d.ink.in(asYellow, "("+what+")"))
		return do()
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

// typed shows what a person would type.
func (d *demo) typed(line string) { d.say("%s %s\n", d.ink.in(asCyan, "$"), d.ink.in(asBold, line)) }

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.out, format, args...) }
