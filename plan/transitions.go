package plan

import (
	"fmt"
	"slices"

	"jirahook/config"
	"jirahook/wiki"
)

// applyTransitions moves issues by the configured rules. Unlike mentions they
// look at commits that arrive on a branch, new to the repository or not: a
// merge brings commits that were pushed long before.
//
// Where the push moves an issue already, by a command or an earlier rule, no
// further rule leads it back: one push never moves an issue to and fro.
func (d *pushDraft) applyTransitions() {
	moved := map[string]bool{}
	for issue, actions := range d.actions {
		moved[issue] = slices.ContainsFunc(actions, func(a Action) bool { return a.Kind == KindTransition })
	}
	for place, rule := range d.Config.Transitions {
		m := newMoves(rule)
		if rule.On == "branch" {
			d.movesByBranch(m)
		} else {
			for i := range d.commits {
				if d.over() {
					return
				}
				d.movesByCommit(m, &d.commits[i])
			}
		}
		if rule.On == "merge" {
			d.movesByMergedBranch(m)
		}
		for _, issue := range m.issues {
			t := Transition{To: rule.To, From: rule.From, Fields: rule.Fields, Forward: moved[issue] || isForward(rule)}
			if len(t.Fields) > 0 {
				t.Visibility = d.visibility
			}
			d.put(Action{
				Issue: issue, Kind: KindTransition, Rule: fmt.Sprintf("%s[%d]", ruleTransitions, place), Text: "transition: " + rule.To,
				Because: m.why[issue], Records: m.records[issue], Transition: &t,
			}, m.once[issue]...)
			moved[issue] = true
		}
	}
}

// isForward: that a commit or branch names an issue says that work goes on, and
// nothing of work that is done.
func isForward(rule config.TransitionRule) bool {
	return (rule.On == "mention" || rule.On == "branch") && !rule.Backwards
}

// moves are the issues that one rule moves.
type moves struct {
	rule    config.TransitionRule
	place   string            // tells the once-only records of the rules apart
	issues  []string          // the first key of each
	keys    map[string]string // it, by what names the issue for good
	why     map[string]string
	records map[string][]Record
	once    map[string][]string
}

func newMoves(rule config.TransitionRule) *moves {
	place := fmt.Sprint(rule.On, " ", rule.To, " ", rule.From, " ", rule.Fields)
	return &moves{rule: rule, place: place, keys: map[string]string{}, why: map[string]string{}, records: map[string][]Record{}, once: map[string][]string{}}
}

// add takes in an issue. Several commits that ask the same move it once, by
// whatever key.
func (m *moves) add(name string, r Record, why string, once []string) {
	key, ok := m.keys[name]
	if !ok {
		key = r.Issue
		m.keys[name] = key
		m.issues = append(m.issues, key)
	}
	m.why[key] = why
	m.records[key] = append(m.records[key], r)
	m.once[key] = append(m.once[key], once...)
}

// keep takes in another record of an issue that add took in.
func (m *moves) keep(name string, r Record) {
	key := m.keys[name]
	m.records[key] = append(m.records[key], r)
}

// concerns reports whether the rule is for the issue's project.
func (m *moves) concerns(issue string) bool {
	return len(m.rule.Projects) == 0 || slices.Contains(m.rule.Projects, projectOf(issue))
}

func (d *pushDraft) movesByCommit(m *moves, c *statement) {
	branch := d.arrivesOn(m.rule.Branches, c)
	if branch == "" || !c.acts || !mayAct(m.rule.Authors, c.Author) {
		return
	}
	for _, issue := range d.keysFor(m.rule.On, c) {
		if !m.concerns(issue) {
			continue
		}
		if d.ledger.done("rule", issue, c.change, m.place) {
			continue
		}
		if c.tooOld {
			d.noteAge(c)
			continue
		}
		why := fmt.Sprintf("%s: commit %s arrived on %s", m.rule.On, short(c.ID), wiki.OneLine(branch))
		m.add(d.ledger.issue(issue), d.ledger.record("rule", issue, c.change, m.place, m.rule.To), why, d.ledger.onceBefore("rule", issue, c.change, m.place))
		if m.rule.On == "closing" {
			m.keep(d.ledger.issue(issue), d.ledger.closed(issue, c, m.place))
		}
	}
}

// keysFor are the issues that a commit moves under a rule's event.
func (d *pushDraft) keysFor(on string, c *statement) []string {
	switch on {
	case "closing":
		return c.Closes
	case "mention":
		return c.Mentions
	case "merge":
		if len(c.Parents) < 2 && c.MergeRequest == nil {
			return nil
		}
		var keys []string
		if c.MergeRequest != nil {
			keys = d.branchKeys(c.MergeRequest.Source)
		}
		fromSource := setOf(keys)
		for _, k := range c.Mentions {
			if !fromSource[k] {
				keys = append(keys, k)
			}
		}
		return keys
	}
	return nil
}

// arrivesOn is the first branch matched by globs on which the commit arrives.
func (d *pushDraft) arrivesOn(globs []string, c *statement) string {
	for _, b := range c.Arrives {
		if d.matches(globs, b) {
			return b
		}
	}
	return ""
}

// movesByBranch: a branch was made whose name holds a key.
func (d *pushDraft) movesByBranch(m *moves) {
	for _, u := range d.push.Updates {
		if d.over() {
			return
		}
		branch, ok := u.Branch()
		if !ok || !u.Created() || !d.matches(m.rule.Branches, branch) {
			continue
		}
		d.moveByName(m, branch, "was created")
	}
}

// movesByMergedBranch: a branch whose name holds a key was merged into the
// default branch, perhaps by fast-forward.
func (d *pushDraft) movesByMergedBranch(m *moves) {
	if !d.matches(m.rule.Branches, d.push.Repository.DefaultBranch) {
		return
	}
	for _, branch := range d.push.Merged {
		if d.over() {
			return
		}
		d.moveByName(m, branch, "was merged")
	}
}

func (d *pushDraft) moveByName(m *moves, branch, happened string) {
	for _, issue := range d.branchKeys(branch) {
		if !m.concerns(issue) {
			continue
		}
		id := d.ledger.id("rule", issue, d.push.Repository.ID, branch, m.place)
		if d.ledger.isNamed(id) {
			continue
		}
		why := fmt.Sprintf("%s: branch %s %s", m.rule.On, wiki.OneLine(branch), happened)
		m.add(d.ledger.issue(issue), Record{ID: id, Kind: "rule", Issue: issue, When: d.push.Time, Detail: m.rule.To}, why, []string{id, ""})
	}
}
