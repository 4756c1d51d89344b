package doctor

import (
	"context"
	"slices"

	"jirahook/config"
)

// each are the Jiras of the configuration that are looked at, each as if there were no
// other: of what is said of single projects only that of its own is left.
func (e *examination) each() []*examination {
	if len(e.whole.Sites) == 0 {
		return []*examination{e}
	}
	if e.sites != nil {
		return e.sites
	}
	for _, cfg := range e.whole.Jiras() {
		one := *e
		one.cfg = cfg
		one.options.Projects = slices.DeleteFunc(slices.Clone(e.options.Projects), one.isElsewhere)
		asked := e.options.Site == "" || e.options.Site == cfg.Jira.SiteName()
		if !asked || len(e.options.Projects) > 0 && len(one.options.Projects) == 0 {
			continue
		}
		one.cfg.Transitions = nil
		for _, rule := range cfg.Transitions {
			its := slices.DeleteFunc(slices.Clone(rule.Projects), one.isElsewhere)
			if len(rule.Projects) == 0 || len(its) > 0 {
				rule.Projects = its
				one.cfg.Transitions = append(one.cfg.Transitions, rule)
			}
		}
		one.cfg.Mentions.VisibilityByProject = map[string]config.Visibility{}
		for project, v := range cfg.Mentions.VisibilityByProject {
			if !one.isElsewhere(project) {
				one.cfg.Mentions.VisibilityByProject[project] = v
			}
		}
		e.sites = append(e.sites, &one)
	}
	return e.sites
}

// isElsewhere reports whether the keys of a project go to another Jira.
func (e *examination) isElsewhere(project string) bool {
	return len(e.whole.Sites) > 0 && e.whole.Of(project).Jira.SiteName() != e.cfg.Jira.SiteName()
}

// called says of findings about no single thing which Jira they are about, if there
// are several.
func (e *examination) called(all []Finding) []Finding {
	if len(e.whole.Sites) == 0 {
		return all
	}
	for i := range all {
		if all[i].About == "" {
			all[i].About = e.cfg.Jira.Called()
		}
	}
	return all
}

// jiras looks at each Jira.
func (e *examination) jiras(ctx context.Context) []Finding {
	if !e.loaded {
		return []Finding{{Check: "jira", Status: Skipped, Says: "not asked: the configuration is broken"}}
	}
	each := e.each()
	found := make([][]Finding, len(each))
	does := make([]func(), len(each))
	for i, one := range each {
		does[i] = func() { found[i] = one.called(one.jira(ctx)) }
	}
	together(does...)
	return slices.Concat(found...)
}
