package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"jirahook/config"
	"jirahook/install"
)

// exitRefused is install's: something is there that it leaves alone.
const exitRefused = 3

// installFlags say where the hook belongs.
type installFlags struct {
	server, under, dir, account, gitaly, program, worker, scope string
	repos                                                       []string
	dryRun, status                                              bool
}

func (f *installFlags) add(cmd *cobra.Command) {
	var names []string
	for _, s := range install.Servers() {
		names = append(names, string(s))
	}
	flags := cmd.Flags()
	flags.StringVar(&f.server, "server", "", "the `kind` of server (default: detected): "+strings.Join(names, ", "))
	flags.StringArrayVar(&f.repos, "repo", nil, "only this repository's `folder`; with gitolite its name; may be repeated")
	flags.StringVar(&f.under, "all-under", "", "all bare repositories below this `folder`")
	flags.StringVar(&f.dir, "dir", "", "the server's `folder` of hooks: Gitaly's custom_hooks_dir, core.hooksPath, gitolite's LOCAL_CODE (default: as the server is configured)")
	flags.StringVar(&f.account, "user", "", "the server's `account` (default: git for root, else your own)")
	flags.StringVar(&f.scope, "scope", "", "with --server hooks-path: the configuration of git that is told, of the account (global) or of the machine (system) (default: the account's; for root, where none is named and there is no git, the machine's)")
	flags.StringVar(&f.gitaly, "gitaly-config", "", "Gitaly's config.toml, a `file` (default: where GitLab's packages put it)")
	flags.StringVar(&f.program, "program", "", "the `file` that the hook runs (default: this program)")
	flags.StringVar(&f.worker, "worker", string(install.AnyRunner), "by `what` that is sent which had to wait: "+runnerWords())
	flags.BoolVar(&f.dryRun, "dry-run", false, "say what would be done, and do nothing")
}

func (p *process) installCommand() *cobra.Command {
	var f installFlags
	var noChain, asJSON, yes bool
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Put the hook where the Git server looks for it, or say how it stands there",
		Long: `Install puts a small script where the server looks for hooks; the script runs
this program. Every file that is touched is printed; a second run changes nothing.

So that what had to wait is sent by itself, a worker is set up, too: a service of
systemd, else a job of cron. --worker none leaves that to you.

Another hook that is there already is kept: jirahook's script runs it first, and
its exit code stays. On GitLab and Gitea, which run all files of a folder, ours
lies beside the others. "jirahook uninstall" puts everything back as it was.

With --server hooks-path git is told to look for the hooks of all repositories in one
folder. That is asked for first, or said with --yes; the hooks that ran before are
run from there.

Exit codes: 0 done or nothing to do, 1 failed (--status: not installed, or not as
it should be), 2 wrong usage, 3 refused because of what is there.`,
		Example: `  jirahook install --dry-run
  jirahook install --repo /srv/git/app.git
  jirahook install --all-under /var/lib/gitea/repositories
  jirahook install --server gitolite --user git
  jirahook install --server hooks-path --dir /etc/git-hooks --dry-run
  jirahook install --status --all-under /srv/git`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			script, targets, err := p.whereHooksBelong(cmd.Context(), f)
			if err != nil {
				return installExit(err)
			}
			found, err := install.Look(cmd.Context(), targets)
			if err != nil {
				return installExit(err)
			}
			worker, machine, err := p.lookForWorker(cmd.Context(), script, f)
			if err != nil {
				return installExit(err)
			}
			if f.status {
				return p.installStatus(cmd.Context(), found, script, install.WorkerStatus(machine, worker), asJSON)
			}
			plan, err := install.Install(found, script, !noChain)
			if err != nil {
				return installExit(err)
			}
			sending, err := install.InstallWorker(machine, worker, install.Runner(f.worker))
			if err != nil {
				return installExit(err)
			}
			plan = plan.And(sending)
			if len(plan.Changes) > 0 {
				plan.Advice = append(plan.Advice, p.doctorCall(script, f))
			}
			if err := p.agree(plan, f.dryRun, yes); err != nil {
				return err
			}
			if err := p.carryOut(cmd.Context(), plan, f.dryRun); err != nil || f.dryRun || len(plan.Asks) == 0 {
				return err
			}
			return installExit(install.Heeded(cmd.Context(), targets))
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask before git is told to look elsewhere for hooks")
	cmd.Flags().BoolVar(&noChain, "no-chain", false, "refuse where another hook is, instead of running both")
	cmd.Flags().BoolVar(&f.status, "status", false, "say where the hook stands, which version it runs, and what is not as it was installed")
	cmd.Flags().BoolVar(&asJSON, "json", false, "with --status: for scripts")
	return cmd
}

func (p *process) uninstallCommand() *cobra.Command {
	var f installFlags
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Take the hook away, and put back what was there before",
		Long: `Uninstall takes away what "jirahook install" put there; a hook that was there
before is put back as it was. The worker goes with it, unless only some repositories
are named. The configuration, the outbox and the program stay.`,
		Example: `  jirahook uninstall --all-under /srv/git --dry-run
  jirahook uninstall --server gitolite --user git`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			script, targets, err := p.whereHooksBelong(cmd.Context(), f)
			if err != nil {
				return installExit(err)
			}
			found, err := install.Look(cmd.Context(), targets)
			if err != nil {
				return installExit(err)
			}
			plan := install.Uninstall(found)
			if install.Runner(f.worker) != install.NoRunner {
				worker, machine, err := p.lookForWorker(cmd.Context(), script, f)
				switch {
				case err != nil:
					return installExit(err)
				case len(f.repos) == 0:
					plan = plan.And(install.UninstallWorker(machine))
				case install.WorkerStatus(machine, worker).State != install.NotInstalled:
					plan.Advice = append(plan.Advice, "the worker stays, for other repositories; without --repo it is taken away, too")
				}
			}
			return p.carryOut(cmd.Context(), plan, f.dryRun)
		},
	}
	f.add(cmd)
	return cmd
}

// whereHooksBelong says what the hook is, and for which places.
func (p *process) whereHooksBelong(ctx context.Context, f installFlags) (install.Script, []install.Target, error) {
	script, err := p.hookScript(f.program)
	if err != nil {
		return script, nil, err
	}
	w := install.Where{Server: install.Server(f.server), Repos: f.repos, Home: p.accountHome(f.account), Scope: install.Scope(f.scope)}
	if f.account != "" && w.Home == "" {
		return script, nil, fmt.Errorf("%w: there is no account %s", install.ErrUsage, f.account)
	}
	if w.Server != install.Gitolite {
		w.Repos = nil
		for _, r := range f.repos {
			w.Repos = append(w.Repos, filepath.Clean(config.Absolute(p.dir, r)))
		}
	}
	for to, file := range map[*string]string{&w.Under: f.under, &w.Dir: f.dir, &w.Gitaly: f.gitaly} {
		if file != "" {
			*to = filepath.Clean(config.Absolute(p.dir, file))
		}
	}
	if w.Server == install.HooksPath && len(f.repos) > 0 && !f.status {
		return script, nil, fmt.Errorf("%w: core.hooksPath is of all repositories: --repo only with install --status", install.ErrUsage)
	}
	if w.Server == install.HooksPath && w.Scope == "" && f.account == "" && p.ofNobody() {
		w.Scope = install.SystemScope
	}
	if cfg, err := p.place().Upper(); err == nil { // what is wrong with it, config check says
		w.Root = cfg.Server.Root
	}
	targets, err := install.Targets(ctx, w)
	return script, targets, err
}

// ofNobody reports whether root acts for all, because the usual account is not there.
func (p *process) ofNobody() bool {
	_, err := user.Lookup("git")
	return os.Geteuid() == 0 && err != nil
}

// agree shows what git will be told, and asks a person whether that is wanted.
func (p *process) agree(plan install.Plan, dryRun, yes bool) error {
	for _, says := range plan.Asks {
		fmt.Fprintln(p.stdout, says)
	}
	if dryRun || len(plan.Asks) == 0 {
		return nil
	}
	return p.ask(yes, "this changes where git looks for hooks", "go on?")
}

// hookScript runs the program by the name under which it was called, which may
// be a link: an upgrade then needs no change of the hooks.
func (p *process) hookScript(program string) (install.Script, error) {
	var s install.Script
	if program == "" {
		program = p.args[0]
	}
	if !strings.Contains(program, "/") {
		found, err := exec.LookPath(program)
		if err != nil {
			return s, fmt.Errorf("find this program: %w", err)
		}
		program = found
	}
	s.Program = filepath.Clean(config.Absolute(p.dir, program))
	if !isExecutable(s.Program) {
		return s, fmt.Errorf("%w: %s is no program", install.ErrUsage, s.Program)
	}
	if at := p.place(); at.Named && at.Main != defaultConfigFile {
		s.Config = at.Main
	}
	return s, nil
}

// doctorCall is how to look whether all is well, as the account that runs the
// hooks.
func (p *process) doctorCall(s install.Script, f installFlags) string {
	call := s.Program
	if s.Config != "" {
		call += " --config " + s.Config
	}
	call += " doctor"
	if f.gitaly != "" {
		call += " --gitaly-config " + config.Absolute(p.dir, f.gitaly)
	}
	if f.under != "" {
		call += " --all-under " + config.Absolute(p.dir, f.under)
	}
	if install.Server(f.server) != install.Gitolite { // whose names are no folders
		for _, r := range f.repos {
			call += " --repo " + config.Absolute(p.dir, r)
		}
	}
	if os.Geteuid() != 0 {
		return call
	}
	account := f.account
	if account == "" {
		account = "git"
	}
	return "su -s /bin/sh " + account + " -c '" + call + "'"
}

func isExecutable(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// accountHome is the home of the server's account; "": there is no such account.
func (p *process) accountHome(name string) string {
	if name == "" && os.Geteuid() == 0 {
		name = "git"
		if _, err := user.Lookup(name); err != nil {
			name = ""
		}
	}
	if name == "" {
		home, _ := p.getenv("HOME")
		return home
	}
	u, err := user.Lookup(name)
	if err != nil {
		return ""
	}
	return u.HomeDir
}

func (p *process) carryOut(ctx context.Context, plan install.Plan, dryRun bool) error {
	for _, file := range plan.Unchanged {
		fmt.Fprintf(p.stdout, "unchanged: %s\n", file)
	}
	if dryRun {
		for _, c := range plan.Changes {
			fmt.Fprintf(p.stdout, "would %s\n", c)
		}
	} else if err := plan.Apply(ctx, func(c install.Change) { fmt.Fprintf(p.stdout, "changed: %s\n", c) }); err != nil {
		return exitStatus{exitProblems, err}
	}
	for _, advice := range plan.Advice {
		p.say("next: %s\n", advice)
	}
	return nil
}

func (p *process) installStatus(ctx context.Context, found []install.Found, script install.Script, worker install.State, asJSON bool) error {
	states := make([]install.State, 0, len(found))
	versions := map[string]string{}
	fine := true
	for _, f := range found {
		st := install.Status(f, script)
		if st.Program != "" {
			if _, asked := versions[st.Program]; !asked {
				versions[st.Program] = versionOf(ctx, st.Program)
			}
			if st.Version = versions[st.Program]; st.Version == "" {
				st.Drift = append(st.Drift, st.Program+" cannot be run")
			}
		}
		fine = fine && st.State != install.NotInstalled && len(st.Drift) == 0
		states = append(states, st)
	}
	if worker.State != install.NotInstalled {
		fine = fine && len(worker.Drift) == 0
		states = append(states, worker)
	}
	if asJSON {
		enc := json.NewEncoder(p.stdout)
		enc.SetIndent("", "  ")
		if err := enc.Encode(states); err != nil {
			return err
		}
	} else {
		for _, st := range states {
			line := fmt.Sprintf("%s: %s", st.State, st.Hook)
			if st.Program != "" {
				line += fmt.Sprintf(" (%s, %s %s)", st.Server, st.Program, st.Version)
			} else if st.State != install.NotInstalled {
				line += fmt.Sprintf(" (%s)", st.Server)
			}
			fmt.Fprintln(p.stdout, line)
			if st.Runs != "" {
				fmt.Fprintf(p.stdout, "  run by pushes: %s\n", st.Runs)
			}
			for _, d := range st.Drift {
				p.say("  drift: %s\n", d)
			}
		}
	}
	if !fine {
		return exitStatus{code: exitProblems}
	}
	return nil
}

// versionOf asks another jirahook; "" when it does not answer.
func versionOf(ctx context.Context, program string) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "version").Output()
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.TrimSpace(string(out)), "jirahook ")
}

// installExit chooses the exit code.
func installExit(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, install.ErrRefused):
		return exitStatus{exitRefused, err}
	case errors.Is(err, install.ErrUsage):
		return exitStatus{exitUsage, err}
	}
	return exitStatus{exitProblems, err}
}
