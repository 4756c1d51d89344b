package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"jirahook/config"
	"jirahook/outbox"
	"jirahook/relay"
)

// doctorOptions are the flags of doctor.
type doctorOptions struct {
	repositories []string // folders
	below        []string // folders of repositories
	customHooks  string   // GitLab's custom_hooks_dir
	gitaly       string   // Gitaly's config.toml
	projects     []string // Jira's
	asHook       bool
	leftOut      []string // variables that --as-hook has left out
	asJSON       bool
}

func (p *process) doctorCommand() *cobra.Command {
	var o doctorOptions
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
  ` + strings.Join(checkNames(), " ") + `

Exit code: 0 no problem (there may be warnings), 1 problems, 2 the configuration
is broken, 3 Jira or the outbox cannot be reached.`,
		Example: `  jirahook doctor
  jirahook doctor --repo /srv/git/shop.git --projects SHOP,OPS
  jirahook doctor --json | jq '.checks[] | select(.status == "problem")'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.asHook {
				return p.asHook()
			}
			return p.doctor(cmd.Context(), o)
		},
	}
	cmd.Flags().StringArrayVar(&o.repositories, "repo", nil, "look at this bare repository's `folder`; may be repeated")
	cmd.Flags().StringArrayVar(&o.below, "all-under", nil, "look at all repositories below this `folder`; may be repeated")
	cmd.Flags().StringVar(&o.customHooks, "custom-hooks", "", "GitLab's custom_hooks_dir, a `folder` (default: as Gitaly's configuration says)")
	cmd.Flags().StringSliceVar(&o.projects, "projects", nil, "look at these Jira `projects` (default: the first 5 of those that count)")
	cmd.Flags().StringVar(&o.gitaly, "gitaly-config", "", "Gitaly's config.toml, a `file` (default: where GitLab's packages put it)")
	cmd.Flags().BoolVar(&o.asHook, "as-hook", false, "with the environment that Gitaly gives to a hook")
	cmd.Flags().StringSliceVar(&o.leftOut, leftOutFlag, nil, "")
	_ = cmd.Flags().MarkHidden(leftOutFlag) // it is there: the line above
	cmd.Flags().BoolVar(&o.asJSON, "json", false, "for scripts; the shape is stable")
	return cmd
}

// examination is one run of doctor. Checks read it and give findings.
type examination struct {
	p       *process
	options doctorOptions
	// What the first checks have learnt and later ones need.
	cfg       config.Config
	files     []string // that it was read from
	loaded    bool     // cfg can be used for Jira
	secret    string
	secretErr error
	pushed    []outbox.Pushed
	notOwner  error // this runs as root, and cannot become the outbox's owner
}

// outboxDir is the outbox's folder, whatever else is wrong.
func (e *examination) outboxDir() string {
	if len(e.options.repositories) == 1 && len(e.options.below) == 0 {
		return e.p.place().OutboxDir(e.options.repositories[0])
	}
	return e.p.place().OutboxDir("")
}

// doctor runs all checks. Those of the network run while the local ones do; what
// is found is told in one order.
func (p *process) doctor(ctx context.Context, o doctorOptions) error {
	e := &examination{p: p, options: o}
	_, e.notOwner = p.becomeOwner(e.outboxDir())
	report := newReport(p, o.asJSON)
	report.add(e.environment()...)
	report.add(e.configuration()...)
	var remote []finding
	done := make(chan struct{})
	go func() {
		defer close(done)
		remote = e.jira(ctx)
	}()
	if e.notOwner == nil {
		report.add(e.outbox(ctx)...)
	}
	report.add(e.repositories(ctx)...)
	<-done
	report.add(remote...)
	return report.end()
}

// environment says who and where we are.
func (e *examination) environment() []finding {
	var all []finding
	switch user := userWords(); {
	case e.notOwner != nil:
		all = append(all, finding{Check: "user", Status: problem, Says: e.notOwner.Error(), Advice: adviceUser, code: exitUnreachable})
	case e.p.became != "":
		all = append(all, finding{Check: "user", Status: fine, Says: "started as root; runs as " + user.name + ", to whom " + e.p.became + " belongs"})
	case user.id == 0:
		all = append(all, finding{Check: "user", Status: warning, Says: "this runs as root, and root may do what the hook's account may not", Advice: adviceUser})
	default:
		all = append(all, finding{Check: "user", Status: fine, Says: "runs as " + user.name})
	}
	if !slices.Contains(e.p.args, "--"+leftOutFlag) {
		return all
	}
	var telling []string
	for _, name := range e.options.leftOut {
		if matters(name) {
			telling = append(telling, name)
		}
	}
	if len(telling) > 0 {
		return append(all, finding{Check: "environment", Status: warning, Says: "a hook of Gitaly does not get " + strings.Join(telling, ", "), Advice: adviceEnvironment})
	}
	return append(all, finding{Check: "environment", Status: fine, Says: "as Gitaly gives it to a hook"})
}

// configuration reads the files and the secrets.
func (e *examination) configuration() []finding {
	at := e.p.place()
	source := config.Source{Main: at.Main, MainRequired: at.Named}
	if len(e.options.repositories) == 1 && len(e.options.below) == 0 {
		// Its own file may be all there is.
		source = at.Source("", e.options.repositories[0])
		source.MainRequired = at.Named
	}
	loaded, err := config.Check(source)
	e.cfg, e.files = loaded.Config, loaded.Files
	var all []finding
	if err != nil {
		all = append(all, configProblems(err)...)
	} else {
		e.loaded = true
		e.cfg.Projects = relay.KnownProjects(e.cfg)
		all = append(all, finding{Check: "config", Status: fine, Says: strings.Join(loaded.Files, ", ") + ": " + origins(loaded)})
	}
	for _, w := range loaded.Warnings {
		all = append(all, finding{Check: "config", Status: warning, Says: w.String()})
	}
	if len(e.cfg.Policy) > 0 {
		all = append(all, finding{Check: "config", Status: warning, Says: "policy: nothing enforces it in this version"})
	}
	if !e.loaded {
		return all
	}
	if e.cfg.Server.Kind == "none" {
		all = append(all, finding{Check: "config", Status: warning, Says: "server.kind is not set: comments have no links, and issues get no web links", Advice: "set server.kind and server.url"})
	}
	if e.secret, e.secretErr = e.cfg.Jira.Auth.Secret(e.p.getenv); e.secretErr != nil {
		return append(all, finding{Check: "secret", Status: problem, Says: e.secretErr.Error(), Advice: adviceSecret})
	}
	where := e.cfg.Jira.Auth.SecretFile
	if where == "" {
		where = "the variable " + e.cfg.Jira.Auth.SecretEnv
		if !e.givenToHooks() {
			all = append(all, finding{Check: "secret", Status: warning, Says: where + " is set here; Git servers pass few variables on to hooks", Advice: "use jira.auth.secret_file; or try again with --as-hook"})
		}
	}
	return append(all, finding{Check: "secret", Status: fine, Says: where + " can be read, and by no one who should not"})
}

// givenToHooks: this environment is already a hook's.
func (e *examination) givenToHooks() bool { return slices.Contains(e.p.args, "--"+leftOutFlag) }

func configProblems(err error) []finding {
	var all []finding
	problems, ok := err.(config.Problems)
	if !ok {
		return []finding{{Check: "config", Status: problem, Says: err.Error(), Advice: adviceConfig, code: exitUsage}}
	}
	for _, p := range problems {
		all = append(all, finding{Check: "config", Status: problem, Says: p.String(), Advice: "jirahook config check shows the line", code: exitUsage})
	}
	return all
}

// surprising are the keys whose place an admin may have forgotten, and that
// decide where credentials and pushes go.
func surprising() []string {
	return []string{"jira.url", "jira.api_url", "jira.proxy", "jira.ca_file", "outbox.dir", "outbox.database", "delivery.wait", "smart_commits.enabled", "transitions"}
}

// layers looks at what a repository's own files add to the configuration.
func (e *examination) layers(dir string) []finding {
	loaded, err := config.Check(e.p.place().Source("", dir))
	if !e.loaded || len(loaded.Files) == len(e.files) {
		return nil // the same files: all has been said
	}
	var all []finding
	if err != nil {
		all = append(all, configProblems(err)...)
	} else if told := foreign(loaded, e.files); len(told) > 0 {
		all = append(all, finding{Check: "config", Status: fine, Says: strings.Join(told, "; ")})
	}
	for _, w := range loaded.Warnings {
		if !slices.Contains(e.files, w.File) {
			all = append(all, finding{Check: "config", Status: warning, Says: w.String()})
		}
	}
	for i := range all {
		all[i].About = dir
	}
	return all
}

// foreign says which of the surprising keys are set outside of some files.
func foreign(l config.Loaded, files []string) []string {
	var told []string
	for _, key := range surprising() {
		if o, ok := l.Origins[key]; ok && !slices.Contains(files, o.File) {
			told = append(told, key+" from "+o.String())
		}
	}
	return told
}

// origins says where what matters is set, if it is not all in the first file.
func origins(l config.Loaded) string {
	told := foreign(l, l.Files[:1])
	jira := "Jira is " + l.Config.Jira.URL
	if o, ok := l.Origins["jira.url"]; ok {
		jira += fmt.Sprintf(" (line %d)", o.Line)
	}
	if l.Config.Jira.APIURL != "" {
		jira += ", called at " + l.Config.Jira.APIURL
	}
	return strings.Join(append([]string{jira}, told...), "; ")
}
