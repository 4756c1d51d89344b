package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"jirahook/doctor"
	"jirahook/wiki"
	"jirahook/words"
)

// leftOutFlag tells the program that --as-hook starts which variables it does
// not have any more.
const leftOutFlag = "left-out"

func (p *process) doctorCommand() *cobra.Command {
	var o doctor.Options
	var asHook, asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is fine, what is wrong and what to do about it",
		Long: `Doctor looks at everything that a push needs, in this order: configuration and
secrets, outbox, hooks and repositories, the way to Jira, the account, and in each
of some Jira projects what it may do and what the configured transitions would do
to an issue. It only reads: nothing is changed, in Jira or on disk.

Run it as the account that runs the hooks; what root may do says nothing:

  su -s /bin/sh git -c 'jirahook doctor --as-hook --all-under /srv/git'

--as-hook keeps of the environment only what GitLab's Gitaly lets through to a
hook, so that a variable which is set in your shell alone is missed now and not
during a push.

Repositories are those of --repo and --all-under, else those below server.root.
Requests to Jira are made six at a time, whatever jira.rate says.

--json prints {"version","user","fine","checks":[{"check","about","status","says",
"advice"}]}. status is fine, warning, problem or skipped; about is the repository,
project or site a check is about, or empty. The names of checks stay as they are:
  ` + strings.Join(doctor.Checks(), " ") + `

Exit code: 0 no problem (there may be warnings), 1 problems, 2 the configuration
is broken, 3 Jira or the outbox cannot be reached.`,
		Example: `  jirahook doctor
  jirahook doctor --repo /srv/git/shop.git --projects SHOP,OPS
  jirahook doctor --json | jq '.checks[] | select(.status == "problem")'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asHook {
				return p.asHook()
			}
			o.AsHook = slices.Contains(p.args, "--"+leftOutFlag)
			var err error
			if o.Site, err = p.siteNamed(o.Site); err != nil {
				o.Site = "" // doctor tells of a broken configuration
			}
			return p.doctor(cmd.Context(), o, asJSON)
		},
	}
	p.siteFlag(cmd, &o.Site)
	cmd.Flags().StringArrayVar(&o.Repositories, "repo", nil, "look at this bare repository's `folder`; may be repeated")
	cmd.Flags().StringArrayVar(&o.Below, "all-under", nil, "look at all repositories below this `folder`; may be repeated")
	cmd.Flags().StringVar(&o.CustomHooks, "custom-hooks", "", "GitLab's custom_hooks_dir, a `folder` (default: as Gitaly's configuration says)")
	cmd.Flags().StringSliceVar(&o.Projects, "projects", nil, "look at these Jira `projects` (default: the first 5 of those that count)")
	cmd.Flags().StringVar(&o.Gitaly, "gitaly-config", "", "Gitaly's config.toml, a `file` (default: where GitLab's packages put it)")
	cmd.Flags().BoolVar(&asHook, "as-hook", false, "with the environment that Gitaly gives to a hook")
	cmd.Flags().StringSliceVar(&o.LeftOut, leftOutFlag, nil, "")
	_ = cmd.Flags().MarkHidden(leftOutFlag) // it is there: the line above
	cmd.Flags().BoolVar(&asJSON, "json", false, "for scripts; the shape is stable")
	return cmd
}

// doctor runs all checks, and prints what they find as it is found.
func (p *process) doctor(ctx context.Context, o doctor.Options, asJSON bool) error {
	user := doctor.User{}
	_, user.NotOwner = p.becomeOwner(p.place().OutboxDir(o.Alone()))
	user.ID, user.Name, user.Became = os.Geteuid(), accountName(), p.became
	program, err := os.Executable()
	if err != nil {
		program = ""
	}
	report := findings{p: p, ink: p.ink(p.stdout), asJSON: asJSON}
	doctor.Run(ctx, doctor.Process{Relay: p.relay(), Environ: p.environ, Program: program, User: user}, o, report.add)
	return report.end()
}

// findings are collected, and printed as they come.
type findings struct {
	p      *process
	ink    ink
	asJSON bool
	all    []doctor.Finding
}

func (r *findings) add(found ...doctor.Finding) {
	for _, f := range found {
		f.Says, f.Advice, f.About = wiki.OneLine(f.Says), r.p.pasted(wiki.OneLine(f.Advice)), wiki.OneLine(f.About)
		r.all = append(r.all, f)
		if !r.asJSON {
			r.print(f)
		}
	}
}

func (r *findings) print(f doctor.Finding) {
	says := f.Says
	if f.About != "" {
		says = f.About + ": " + says
	}
	fmt.Fprintf(r.p.stdout, "%s %-12s %s\n", r.ink.in(colourOfStatus(f.Status), fmt.Sprintf("%-8s", f.Status)), f.Check, wiki.OneLine(says))
	if f.Advice != "" {
		fmt.Fprintf(r.p.stdout, "%22s→ %s\n", "", wiki.OneLine(f.Advice))
	}
}

// end prints what is left to print, and chooses the exit code.
func (r *findings) end() error {
	count := map[doctor.Status]int{}
	for _, f := range r.all {
		count[f.Status]++
	}
	if r.asJSON {
		if err := r.p.printJSON(map[string]any{"version": version(), "user": accountName(), "fine": count[doctor.Problem] == 0, "checks": r.all}); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(r.p.stdout, "\n%s, %s; nothing was changed, in Jira or on disk\n", words.Counted(count[doctor.Problem], "problem"), words.Counted(count[doctor.Warning], "warning"))
	}
	switch doctor.OutcomeOf(r.all) {
	case doctor.Problems:
		return exitStatus{code: exitProblems}
	case doctor.Unreachable:
		return exitStatus{code: exitUnreachable}
	case doctor.Misconfigured:
		return exitStatus{code: exitUsage}
	}
	return nil
}

func colourOfStatus(s doctor.Status) colour {
	return map[doctor.Status]colour{doctor.Fine: asGreen, doctor.Warning: asYellow, doctor.Problem: asRed, doctor.Skipped: asFaint}[s]
}

// asHook begins the program anew: the certificates and the proxy that Go takes
// from the environment cannot be changed in a process that runs.
func (p *process) asHook() error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("--as-hook: %w", err)
	}
	kept, leftOut := doctor.HookEnvironment(p.environ)
	args := slices.DeleteFunc(slices.Clone(p.args), func(a string) bool { return a == "--as-hook" || a == "--as-hook=true" })
	args = append(args, "--"+leftOutFlag, strings.Join(slices.DeleteFunc(leftOut, func(n string) bool { return strings.ContainsAny(n, "\",\n") }), ","))
	return fmt.Errorf("--as-hook: %w", syscall.Exec(program, args, kept))
}
