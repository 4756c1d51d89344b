package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"jirahook/config"
	"jirahook/relay"
	"jirahook/words"
)

// configuration reads the files and the secrets.
func (e *examination) configuration() []Finding {
	at := e.Place
	source := config.Source{Main: at.Main, MainRequired: at.Named}
	if alone := e.options.Alone(); alone != "" {
		source = at.Source("", alone)
		source.MainRequired = at.Named
	}
	loaded, err := config.Check(source)
	e.cfg, e.files = loaded.Config, loaded.Files
	var all []Finding
	if err != nil {
		all = append(all, configProblems(err)...)
	} else {
		e.loaded = true
		e.cfg.Projects = relay.KnownProjects(e.cfg)
		all = append(all, Finding{Check: "config", Status: Fine, Says: strings.Join(loaded.Files, ", ") + ": " + origins(loaded)})
	}
	for _, w := range loaded.Warnings {
		all = append(all, Finding{Check: "config", Status: Warning, Says: w.String()})
	}
	if len(e.cfg.Policy) > 0 {
		all = append(all, Finding{Check: "config", Status: Warning, Says: "policy: nothing enforces it in this version"})
	}
	if !e.loaded {
		return all
	}
	if e.cfg.Server.Kind == "none" {
		all = append(all, Finding{Check: "config", Status: Warning, Says: "server.kind is not set: comments have no links, and issues get no web links", Advice: "set server.kind and server.url"})
	}
	e.whole = e.cfg
	for _, one := range e.each() {
		all = append(all, one.called(one.readSecret())...)
	}
	return all
}

// readSecret reads what the account of a Jira logs in with.
func (e *examination) readSecret() (all []Finding) {
	if _, e.secretErr = e.cfg.Jira.Auth.Secret(e.Getenv); e.secretErr != nil {
		return append(all, Finding{Check: "secret", Status: Problem, Says: e.secretErr.Error(), Advice: adviceSecret})
	}
	where := e.cfg.Jira.Auth.SecretFile
	if where == "" {
		where = "the variable " + e.cfg.Jira.Auth.SecretEnv
		if !e.options.AsHook {
			all = append(all, Finding{Check: "secret", Status: Warning, Says: where + " is set here; Git servers pass few variables on to hooks", Advice: "use jira.auth.secret_file; or try again with --as-hook"})
		}
	}
	return append(all, e.secretFindings(where)...)
}

func configProblems(err error) []Finding {
	var all []Finding
	problems, ok := errors.AsType[config.Problems](err)
	if !ok {
		return []Finding{{Check: "config", Status: Problem, Says: err.Error(), Advice: adviceConfig, means: Misconfigured}}
	}
	for _, p := range problems {
		all = append(all, Finding{Check: "config", Status: Problem, Says: p.String(), Advice: "jirahook config check shows the line", means: Misconfigured})
	}
	return all
}

// surprising are the keys whose place an admin may have forgotten, and that
// decide where credentials and pushes go.
func surprising() []string {
	return []string{"jira.url", "jira.api_url", "jira.proxy", "jira.ca_file", "sites", "outbox.dir", "outbox.database", "delivery.wait", "smart_commits.enabled", "transitions"}
}

// layers looks at what a repository's own files add to the configuration.
func (e *examination) layers(dir string) []Finding {
	loaded, err := config.Check(e.Place.Source("", dir))
	if !e.loaded || len(loaded.Files) == len(e.files) {
		return nil // the same files: all has been said
	}
	var all []Finding
	if err != nil {
		all = append(all, configProblems(err)...)
	} else if told := foreign(loaded, e.files); len(told) > 0 {
		all = append(all, Finding{Check: "config", Status: Fine, Says: strings.Join(told, "; ")})
	}
	for _, w := range loaded.Warnings {
		if !slices.Contains(e.files, w.File) {
			all = append(all, Finding{Check: "config", Status: Warning, Says: w.String()})
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
	all := []string{jira}
	if l.Config.Jira.URL == "" {
		all = nil
	}
	for _, s := range l.Config.Sites {
		all = append(all, fmt.Sprintf("that of %s is %s, %s", words.Some(s.Projects, 5), s.Name, s.URL))
	}
	return strings.Join(append(all, told...), "; ")
}
