package jira

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"jirahook/plan"
)

// transition is one that is open to our account now.
type transition struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Untranslated is the name in the language it was made in, where the account
	// has another and Jira tells it.
	Untranslated string           `json:"untranslatedName"`
	To           status           `json:"to"`
	Fields       map[string]field `json:"fields"` // nil: not told; empty: no screen
}

func (t transition) is(name string) bool {
	return sameName(t.Name, name) || sameName(t.Untranslated, name)
}

// closedNames are the statuses that a transition to "category:done" prefers, in
// this order.
var closedNames = []string{"Done", "Closed", "Resolved"}

// isThere reports whether the issue is already where the transition leads.
// Workflows in which every status is open from everywhere offer the present one
// too; a transition of another name that leads back to it is meant as such.
func isThere(t plan.Transition, now status, open []transition) bool {
	if t.ByCommand {
		if !plan.NamesStatus(t.To, now.Name) && !plan.NamesStatus(t.To, now.Untranslated) {
			return false
		}
		m := matched(t.To, open)
		return m.Index < 0 && len(m.Candidates) == 0 || m.Index >= 0 && open[m.Index].To.ID == now.ID
	}
	return now.among(t.To)
}

// among reports whether a status is the one of that name, or of that category:
// "category:done".
func (s status) among(what string) bool {
	if category, ok := strings.CutPrefix(what, "category:"); ok {
		return inCategory(s, category)
	}
	return s.is(what)
}

func matched(token string, open []transition) plan.Match {
	untranslated := make([]string, len(open))
	for i, t := range open {
		untranslated[i] = t.Untranslated
	}
	return plan.MatchTransition(token, names(open), untranslated...)
}

// choose picks the transition that is wanted among the open ones. The note tells
// of a choice between several. A command that names none is text, and no alarm to
// anybody but who wrote it.
func choose(t plan.Transition, open []transition) (chosen transition, note string, err error) {
	chosen, note, err = chooseAny(t, open)
	if e, ok := errors.AsType[*Error](err); ok && e.absent && t.Word != "" {
		return transition{}, "", isText(t.Word, open)
	}
	return chosen, note, err
}

func chooseAny(t plan.Transition, open []transition) (chosen transition, note string, err error) {
	switch {
	case t.ByCommand:
		chosen, err = byCommand(t.To, open)
	case strings.HasPrefix(t.To, "category:"):
		return byCategory(strings.TrimPrefix(t.To, "category:"), open)
	case strings.HasPrefix(t.To, "id:"):
		chosen, err = byID(strings.TrimPrefix(t.To, "id:"), open)
	default:
		return byName(t.To, open)
	}
	return chosen, "", err
}

// byCommand follows the rules of Smart Commits.
func byCommand(token string, open []transition) (transition, error) {
	m := matched(token, open)
	if m.Index >= 0 {
		return open[m.Index], nil
	}
	if len(m.Candidates) == 0 {
		return transition{}, notOpen("is called "+token, open)
	}
	var meant []transition
	for _, i := range m.Candidates {
		meant = append(meant, open[i])
	}
	e := refused("#%s is ambiguous: %s", token, strings.Join(toldApart(meant), ", "))
	advice := "name one by its id in smart_commits.aliases, such as " + token + ": id:" + meant[0].ID
	if ofOneName(meant) { // no word tells them apart, but an alias does
		return transition{}, e.advise(advice)
	}
	return transition{}, e.advise("type more of the name, or " + advice + "; open now: " + listed(open)).ofPusher()
}

func byID(id string, open []transition) (transition, error) {
	for _, t := range open {
		if t.ID == strings.TrimSpace(id) {
			return t, nil
		}
	}
	return transition{}, notOpen("has the id "+id, open).advise("open now: " + listed(open))
}

// byName finds a transition by its name, else by the name of the status it
// leads to.
func byName(name string, open []transition) (transition, string, error) {
	named := filter(open, func(t transition) bool { return t.is(name) })
	if len(named) > 1 {
		return transition{}, "", refused("%s is ambiguous: %s", name, listed(named)).advise("write to: id:" + named[0].ID + " (or another of these)")
	}
	if len(named) == 1 {
		return named[0], "", nil
	}
	leading := filter(open, func(t transition) bool { return t.To.is(name) })
	if len(leading) == 0 {
		return transition{}, "", notOpen("is called "+name+" or leads there", open)
	}
	return leading[0], choiceNote(leading, 0), nil
}

// byCategory finds the transition to a status category: of several the one to
// Done, Closed or Resolved, else the first.
func byCategory(category string, open []transition) (transition, string, error) {
	leading := filter(open, func(t transition) bool { return inCategory(t.To, category) })
	if len(leading) == 0 {
		return transition{}, "", notOpen("leads to a status of category "+category, open)
	}
	best := 0
	if category == "done" {
		best = preferred(leading)
	}
	return leading[best], choiceNote(leading, best), nil
}

func preferred(ts []transition) int {
	for _, want := range closedNames {
		if i := slices.IndexFunc(ts, func(t transition) bool { return t.To.is(want) }); i >= 0 {
			return i
		}
		if i := slices.IndexFunc(ts, func(t transition) bool { return t.is(want) }); i >= 0 {
			return i
		}
	}
	return 0
}

// inCategory: Jira before 6.2 knows no categories; there the usual names tell
// what is done.
func inCategory(s status, category string) bool {
	if s.Category.Key == "" {
		return category == "done" && slices.ContainsFunc(closedNames, func(n string) bool { return s.is(n) })
	}
	return strings.EqualFold(s.Category.Key, category)
}

func choiceNote(ts []transition, i int) string {
	if len(ts) < 2 {
		return ""
	}
	told := toldApart(ts)
	return fmt.Sprintf("%s chosen among %s", told[i], strings.Join(told, ", "))
}

func refused(format string, args ...any) *Error {
	return &Error{Verdict: plan.Refused, Problem: fmt.Sprintf(format, args...)}
}

// ofPusher: nobody but who wrote the command can mend it.
func (e *Error) ofPusher() *Error {
	e.Verdict, e.slip = plan.Skipped, true
	return e
}

func (e *Error) advise(advice string) *Error {
	e.Advice = short(advice)
	return e
}

// isText says that a command's word names no transition.
func isText(word string, open []transition) *Error {
	what := "#" + word + " is no open transition, so it is text"
	if near := plan.NearCommand(word); near != "" {
		what = "#" + word + ": did you mean #" + near + "? It is no open transition"
	}
	if len(open) == 0 {
		what += "; none is open now"
	} else {
		what += "; open now: " + strings.Join(toldApart(open), ", ")
	}
	return &Error{Verdict: plan.Skipped, Problem: what, slip: true, absent: true}
}

// notOpen says what is open instead.
func notOpen(what string, open []transition) *Error {
	e := refused("no transition is open to the account").
		advise("the account of jira.auth may lack the permission Transition Issues, or this status is an end")
	if len(open) > 0 {
		e = refused("no open transition %s; open now: %s", what, strings.Join(toldApart(open), ", "))
	}
	e.absent = true
	return e
}

func filter(ts []transition, keep func(transition) bool) []transition {
	var kept []transition
	for _, t := range ts {
		if keep(t) {
			kept = append(kept, t)
		}
	}
	return kept
}

func names(ts []transition) []string {
	var all []string
	for _, t := range ts {
		all = append(all, t.Name)
	}
	return all
}

// toldApart are the names, and of those that several have also the id and where
// each leads.
func toldApart(ts []transition) []string {
	folded := func(t transition) string { return strings.ToLower(strings.TrimSpace(t.Name)) }
	times := map[string]int{}
	for _, t := range ts {
		times[folded(t)]++
	}
	all := names(ts)
	for i, t := range ts {
		if times[folded(t)] > 1 {
			all[i] = t.inFull()
		}
	}
	return all
}

// ofOneName reports whether nothing that is typed tells these apart.
func ofOneName(ts []transition) bool {
	return !slices.ContainsFunc(ts, func(t transition) bool { return !sameName(t.Name, ts[0].Name) })
}

// listed are transitions in full, for whoever writes a configuration.
func listed(ts []transition) string {
	var all []string
	for _, t := range ts {
		all = append(all, t.inFull())
	}
	return strings.Join(all, ", ")
}

func (t transition) inFull() string {
	return fmt.Sprintf("%s (id %s, to %s)", t.Name, t.ID, t.To.Name)
}

func sameName(a, b string) bool {
	return b != "" && strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}
