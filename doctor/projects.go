package doctor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"jirahook/config"
	"jirahook/jira"
	"jirahook/plan"
	"jirahook/words"
)

const (
	// someProjects are looked at unless they are named.
	someProjects = 5
	// someStatuses of a project are looked at.
	someStatuses = 5
)

// projects looks at the Jira projects that count.
func (e *examination) projects(ctx context.Context, v visit) []Finding {
	kinds, err := v.ProjectKinds(ctx)
	if err != nil {
		f := trouble("projects", err)
		if strings.Contains(f.Says, "scope does not match") {
			f.Check = "scopes"
		}
		return []Finding{f}
	}
	seen := slices.DeleteFunc(slices.Sorted(maps.Keys(kinds)), e.isElsewhere)
	var all []Finding
	keys := e.options.Projects
	told := keys
	if len(keys) == 0 {
		told = e.counting(seen)
		all, keys = e.countingProjects(seen)
	}
	all = append(all, e.whoSees(v.site, told, kinds)...)
	gate := make(chan struct{}, atOnce)
	found := make([][]Finding, len(keys))
	var wg sync.WaitGroup
	for i, key := range keys {
		wg.Go(func() { found[i] = e.project(ctx, v, gated(gate), key, seen) })
	}
	wg.Wait()
	return append(all, slices.Concat(found...)...)
}

// gated runs requests, so many at a time.
func gated(gate chan struct{}) func(func()) {
	return func(do func()) {
		gate <- struct{}{}
		defer func() { <-gate }()
		do()
	}
}

// counting are the projects whose keys count.
func (e *examination) counting(seen []string) []string {
	if e.cfg.Projects.Auto {
		return seen
	}
	return e.cfg.Projects.Keys
}

// countingProjects are the projects whose keys count, the first few of them.
func (e *examination) countingProjects(seen []string) (all []Finding, keys []string) {
	if e.cfg.Projects.Auto {
		keys = seen
		says := fmt.Sprintf("the account sees %s: %s", words.Counted(len(seen), "project"), words.Some(seen, someProjects))
		if known := e.cfg.Projects.Keys; known != nil {
			var missing []string
			for _, k := range seen {
				if !slices.Contains(known, k) {
					missing = append(missing, k)
				}
			}
			if len(missing) > 0 {
				says += "; not in the list that is kept, which is renewed every day: " + words.Some(missing, someProjects)
			}
		}
		all = append(all, Finding{Check: "projects", Status: Fine, Says: says})
	} else {
		keys = slices.Clone(e.cfg.Projects.Keys)
	}
	for _, rule := range e.cfg.Transitions {
		for _, k := range rule.Projects {
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	// All that are named must be there; only some are looked at closely.
	for _, k := range keys[min(someProjects, len(keys)):] {
		if !slices.Contains(seen, k) {
			all = append(all, notSeen(k))
		}
	}
	if len(keys) > someProjects {
		all = append(all, Finding{Check: "projects", Status: Skipped, Says: "not looked at: " + words.Some(keys[someProjects:], someProjects) + " (--projects names others)"})
		keys = keys[:someProjects]
	}
	return all, keys
}

func notSeen(key string) Finding {
	return Finding{Check: "projects", About: key, Status: Problem, Says: "there is no such project, or the account may not see it", Advice: adviceProject}
}

// project looks at one project.
func (e *examination) project(ctx context.Context, v visit, gate func(func()), key string, seen []string) []Finding {
	if !slices.Contains(seen, key) {
		return []Finding{notSeen(key)}
	}
	var permissions, role, issues []Finding
	together(
		func() { gate(func() { permissions = e.permissions(ctx, v, key) }) },
		func() { gate(func() { role = e.role(ctx, v, key) }) },
		func() { issues = e.issues(ctx, v, gate, key) },
	)
	return slices.Concat(permissions, role, issues)
}

// permissions asks for those that the configuration needs.
func (e *examination) permissions(ctx context.Context, v visit, key string) []Finding {
	wanted := e.wanted()
	lacking, err := v.Lacking(ctx, key, wanted)
	if err != nil {
		if told, ok := errors.AsType[*jira.Error](err); ok && told.Verdict == plan.Skipped {
			return []Finding{notSeen(key)}
		}
		return []Finding{about(trouble("permissions", err), key)}
	}
	if len(lacking) > 0 {
		return []Finding{{Check: "permissions", About: key, Status: Problem, Says: "the account lacks " + permissionWords(lacking), Advice: advicePerm}}
	}
	return []Finding{{Check: "permissions", About: key, Status: Fine, Says: permissionWords(wanted)}}
}

func about(f Finding, what string) Finding {
	f.About = what
	return f
}

func permissionWords(all []jira.Permission) string {
	var words []string
	for _, p := range all {
		words = append(words, p.Words())
	}
	return strings.Join(words, ", ")
}

func (e *examination) runs(command string) bool {
	s := e.cfg.SmartCommits
	return s.Enabled && slices.Contains(s.Commands, command)
}

func (e *examination) logsTime() bool { return e.runs("time") }

// links: web links need an address to lead to.
func (e *examination) links() bool {
	return e.cfg.Server.Kind != "none" && (e.cfg.Mentions.WebLink != "none" || e.cfg.Branches.WebLink)
}

// wanted are the permissions that the configuration makes use of.
func (e *examination) wanted() []jira.Permission {
	all := []jira.Permission{jira.BrowseProjects}
	for _, need := range []struct {
		needed bool
		what   jira.Permission
	}{
		{e.cfg.Mentions.Comment != "none" || e.runs("comment"), jira.AddComments},
		{e.links(), jira.LinkIssues},
		{e.logsTime(), jira.WorkOnIssues},
		{len(e.cfg.Transitions) > 0 || e.runs("transition"), jira.TransitionIssues},
	} {
		if need.needed {
			all = append(all, need.what)
		}
	}
	return all
}

// issues tries the configured transitions on an issue in each of some statuses.
func (e *examination) issues(ctx context.Context, v visit, gate func(func()), key string) []Finding {
	var samples []jira.Sample
	var err error
	gate(func() { samples, err = v.Samples(ctx, key, someStatuses) })
	if err != nil {
		return []Finding{about(trouble("transition", err), key)}
	}
	if len(samples) == 0 {
		return []Finding{{Check: "projects", About: key, Status: Warning, Says: "the account sees no issue in this project", Advice: adviceNoIssues}}
	}
	all := resolvedFindings(key, samples)
	var rules []config.TransitionRule
	for _, r := range e.cfg.Transitions {
		if len(r.Projects) == 0 || slices.Contains(r.Projects, key) {
			rules = append(rules, r)
		}
	}
	if e.runs("transition") {
		aliases := e.cfg.SmartCommits.Aliases
		for _, command := range slices.Sorted(maps.Keys(aliases)) {
			rules = append(rules, config.TransitionRule{On: "#" + command, To: aliases[command]})
		}
	}
	if len(rules) == 0 {
		return all
	}
	together(each(samples, func(i int) { gate(func() { samples[i] = v.Open(ctx, samples[i]) }) })...)
	for _, r := range rules {
		all = append(all, rehearse(ctx, v, key, r, samples))
	}
	return all
}

func each[T any](list []T, do func(int)) []func() {
	var all []func()
	for i := range list {
		all = append(all, func() { do(i) })
	}
	return all
}

// resolvedFindings names an issue with a resolution that is not done: other
// integrations leave such an issue open without a word.
func resolvedFindings(key string, samples []jira.Sample) []Finding {
	for _, s := range samples {
		if s.Resolution != "" && !s.Done {
			return []Finding{{Check: "resolution", About: key, Status: Warning, Says: fmt.Sprintf("%s is %s, and has the resolution %s all the same", s.Key, s.Status, s.Resolution), Advice: adviceResolved}}
		}
	}
	return nil
}

// trial is what a rule came to on one sample.
type trial struct {
	sample jira.Sample
	jira.Rehearsal
	err error
}

// rehearse tries one rule on all samples.
func rehearse(ctx context.Context, v visit, key string, rule config.TransitionRule, samples []jira.Sample) Finding {
	move := plan.Transition{To: rule.To, From: rule.From, Fields: rule.Fields}
	var good, bad []trial
	for _, s := range samples {
		t := trial{sample: s}
		t.Rehearsal, t.err = v.Rehearse(ctx, move, s)
		switch {
		case t.err != nil:
			bad = append(bad, t)
		case !t.Out:
			good = append(good, t)
		}
	}
	f := Finding{Check: "transition", About: key, Status: Fine}
	name := rule.On + " → " + rule.To + ": "
	if len(good) > 0 {
		f.Says = name + good[0].words() + " from " + statuses(good)
	}
	switch i := slices.IndexFunc(good, func(t trial) bool { return !t.Done }); {
	case rule.On == "closing" && i >= 0 && len(bad) == 0:
		f.Status, f.Says, f.Advice = Warning, name+good[i].words()+", and that is not done", adviceNotDone
	case len(good) == 0 && len(bad) == 0:
		f.Status, f.Says = Skipped, name+"not tried: no issue at hand that the rule would move ("+statusesOf(samples)+")"
	case strings.HasPrefix(rule.On, "#") && len(good) > 0:
		// A person gives a command when it fits.
	case len(bad) > 0:
		first := bad[0]
		told := trouble("transition", first.err)
		says := fmt.Sprintf("%s is %s: %s", first.sample.Key, first.sample.Status, told.Says)
		f.means, f.Advice = told.means, told.Advice
		if len(good) > 0 {
			f.Status, f.Says, f.Advice = Warning, f.Says+"; but "+says, adviceSomeOpen
		} else {
			f.Status, f.Says = Problem, name+says
			f.Advice = strings.Replace(f.Advice, "open now: ", adviceOpen, 1)
			if f.Advice == "" {
				f.Advice = adviceWorkflows
			}
			if first.Open != "" && !strings.Contains(f.Advice, first.Open) {
				f.Advice += "; " + adviceOpen + first.Open
			}
			if strings.HasPrefix(rule.On, "#") { // not every project need have it
				f.Status, f.Advice = Warning, adviceAlias+first.Open
			}
		}
	}
	return f
}

func (t trial) words() string {
	says := fmt.Sprintf("%s (id %s) leads to %s", t.Name, t.ID, t.To)
	if t.Note != "" {
		says += ", " + t.Note
	}
	if len(t.Left) > 0 {
		says += "; not on its screen, and left out: " + strings.Join(t.Left, ", ")
	}
	return says
}

func statuses(trials []trial) string {
	var all []jira.Sample
	for _, t := range trials {
		all = append(all, t.sample)
	}
	return statusesOf(all)
}

func statusesOf(samples []jira.Sample) string {
	var all []string
	for _, s := range samples {
		if word := s.Status + " (" + s.Key + ")"; !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	return strings.Join(all, ", ")
}
