package plan

import (
	"fmt"

	"jirahook/push"
	"jirahook/wiki"
)

// Hint is one line for a push in which no issue counts, about what may have been
// meant as one: a key in small letters, or with a wrong letter in its project.
// "": nothing is like one, or the projects are not known.
func (r *Rules) Hint(p push.Push) string {
	for _, u := range p.Updates {
		if branch, ok := u.Branch(); ok && !u.Deleted() {
			if hint := r.hint(branch); hint != "" {
				return hint
			}
		}
	}
	for _, c := range p.Commits {
		if c.New {
			if hint := r.hint(c.Message); hint != "" {
				return hint
			}
		}
	}
	return ""
}

func (r *Rules) hint(text string) string {
	for _, a := range r.Parser.Almost(text) {
		written := wiki.OneLine(a.Written)
		if a.Listed {
			return fmt.Sprintf("%s: did you mean %s? A key is in capitals; Jira is told nothing", written, a.Key)
		}
		project := projectOf(a.Key)
		if nearest := r.nearest(project); nearest != "" {
			return fmt.Sprintf("%s: did you mean %s%s? %s is not among the projects; Jira is told nothing", written, nearest, a.Key[len(project):], project)
		}
	}
	return ""
}

// nearest is the project whose key is one letter from another; "" if there is
// none. Of keys of two letters each is near another.
func (r *Rules) nearest(project string) string {
	for _, listed := range r.Config.Keys() {
		if len(project) > 2 && len(listed) > 2 && near(project, listed, 1) {
			return listed
		}
	}
	return ""
}

// tellHint tells what may have been meant, when nothing in the push counts.
func (d *pushDraft) tellHint() {
	if len(d.issues) > 0 || len(d.notes) > 0 || d.push.Truncated != "" {
		return
	}
	for _, c := range d.commits {
		if d.over() || len(c.Mentions) > 0 {
			return
		}
	}
	for _, u := range d.push.Updates {
		if branch, ok := u.Branch(); ok && len(d.branchKeys(branch)) > 0 {
			return
		}
	}
	if hint := d.Hint(d.push); hint != "" {
		d.note("", "", "%s", hint)
	}
}
