package plan

import (
	"context"
	"fmt"
	"strings"
	"time"

	"jirahook/config"
	"jirahook/event"
	"jirahook/parser"
	"jirahook/push"
)

// Rules are a configuration made ready to plan by.
type Rules struct {
	Config config.Config
	Parser *parser.Parser

	visibility Visibility
	site       string            // of keys that elsewhere does not name
	elsewhere  map[string]string // sites, by project
}

// Compile makes a configuration ready. Its patterns have been checked by
// package config; an error here names one that was not.
func Compile(cfg config.Config) (*Rules, error) {
	p, err := parser.New(parser.Options{
		ProjectPattern: cfg.KeyPattern,
		Prefix:         cfg.KeyPrefix,
		Projects:       cfg.Keys(),
		BrowseURLs:     browseURLs(cfg),
		Closing:        cfg.Keywords.Closing,
		TypesClose:     cfg.Keywords.Conventional == "close",
		Multiline:      cfg.SmartCommits.Multiline,
	})
	if err != nil {
		return nil, fmt.Errorf("compile the key rule: %w", err)
	}
	r := &Rules{Config: cfg, Parser: p, visibility: visibility(cfg.Mentions), site: cfg.Jira.SiteName()}
	for _, s := range cfg.Sites {
		for _, project := range s.Projects {
			if r.elsewhere == nil {
				r.elsewhere = map[string]string{}
			}
			r.elsewhere[project] = s.SiteName()
		}
	}
	return r, nil
}

// browseURLs are the addresses below which an issue's page is a mention of it: those of
// all Jiras, and the earlier one of a Jira that has moved.
func browseURLs(cfg config.Config) []string {
	var all []string
	for _, one := range cfg.Jiras() {
		all = append(all, one.Jira.URL)
		if strings.Contains(one.Jira.Site, "://") {
			all = append(all, one.Jira.Site)
		}
	}
	return all
}

// siteOf is the site to which an issue's key goes.
func (r *Rules) siteOf(key string) string { return siteOf(key, r.site, r.elsewhere) }

func siteOf(key, site string, elsewhere map[string]string) string {
	if len(elsewhere) > 0 {
		if other, ok := elsewhere[projectOf(key)]; ok {
			return other
		}
	}
	return site
}

// HoldsKey reports whether a commit's message, or the name of its branch, holds
// anything like a key, of whatever project. If it does not, the message can be
// left out.
func (r *Rules) HoldsKey(c push.Commit) bool {
	if r.Parser.HoldsKey(c.Message) || r.Parser.HoldsKey(c.Branch) {
		return true
	}
	if strings.Contains(c.Message, parser.Notice) {
		return true // what it reverts may have closed an issue
	}
	// A merge names its branch.
	subject, _, _ := strings.Cut(c.Message, "\n")
	return strings.HasPrefix(subject, "Merge") && r.HoldsBranchKey(subject)
}

// HoldsBranchKey reports whether the name of a branch holds anything like a key,
// of whatever project.
func (r *Rules) HoldsBranchKey(name string) bool {
	return r.Parser.HoldsBranchKey(name, r.Config.Branches.IgnoreCase)
}

func (r *Rules) branchKeys(name string) []string {
	return r.Parser.BranchKeys(name, r.Config.Branches.IgnoreCase)
}

// Unlisted returns the projects of keys in a push that are not on the list of
// projects, although they look like keys: jira may have learnt of them since.
func (r *Rules) Unlisted(p push.Push) []string {
	cfg := r.Config
	if cfg.Projects.Keys == nil || cfg.Jira.URL == "" {
		return nil
	}
	cfg.Projects.Keys = nil
	open, err := Compile(cfg)
	if err != nil {
		return nil // cannot be: it compiled before
	}
	var unlisted []string
	seen := map[string]bool{}
	look := func(text string) {
		for _, k := range open.Parser.Keys(text) {
			project := projectOf(k)
			if !seen[project] && len(r.Parser.Keys(k)) == 0 {
				unlisted = append(unlisted, project)
			}
			seen[project] = true
		}
	}
	for _, c := range p.Commits {
		look(c.Message)
	}
	for _, u := range p.Updates {
		if branch, ok := u.Branch(); ok {
			look(branch)
		}
	}
	return unlisted
}

// projectOf is the part of a key before its number.
func projectOf(key string) string { return key[:max(0, strings.LastIndexByte(key, '-'))] }

// PlanEvent is PlanWithin of whatever happened.
func (r *Rules) PlanEvent(ctx context.Context, e event.Event, known Known) (Plan, error) {
	return r.PlanWithin(ctx, *e.Push, known)
}

// Plan decides what a push asks of Jira, however long that takes.
func (r *Rules) Plan(p push.Push, known Known) Plan {
	planned, _ := r.PlanWithin(context.Background(), p, known) // that one never ends
	return planned
}

// Explain is Plan with what was not taken besides, for somebody who asks.
func (r *Rules) Explain(p push.Push, known Known) Plan {
	ctx := context.Background()
	d := r.drafted(ctx, p, r.readMessages(ctx, p), known)
	planned := d.planned()
	planned.Ignored = d.notTaken()
	return planned
}

// PlanWithin is Plan until the context ends; then the error is the context's
// cause, and the plan says only whose it is.
func (r *Rules) PlanWithin(ctx context.Context, p push.Push, known Known) (Plan, error) {
	messages := r.readMessages(ctx, p)
	var planned Plan
	if !known.Asking {
		planned = r.draftPush(ctx, p, messages, known)
	}
	if known.FirstSeen.IsZero() {
		// Which commits speak depends on when the repository was first seen: ask
		// for all that might, had it been long ago.
		asks := known
		asks.FirstSeen, asks.Asking = time.Unix(0, 0), true
		asking := r.draftPush(ctx, p, messages, asks)
		if known.Asking {
			planned = asking
		}
		planned.Asked, planned.AskedBefore, planned.Keys = asking.Asked, asking.AskedBefore, asking.Keys
	}
	if ctx.Err() != nil {
		return Plan{Push: p.ID, Repository: p.Repository.ID}, fmt.Errorf("plan the push: %w", context.Cause(ctx))
	}
	return planned, nil
}
