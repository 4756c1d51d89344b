package plan

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"jirahook/wiki"
)

// explained is the stable shape of `explain --json`.
type explained struct {
	Commits []explainedCommit  `json:"commits"`
	Actions []explainedAction  `json:"actions"`
	Notes   []string           `json:"notes"`
	Ignored []explainedIgnored `json:"ignored"`
	// Policy is what the policy says to the push: nothing, there is none yet.
	Policy []struct{} `json:"policy"`
	Held   string     `json:"held,omitempty"`
}

type explainedCommit struct {
	ID       string             `json:"id"`
	Branch   string             `json:"branch"`
	Keys     []string           `json:"keys"`
	Closes   []string           `json:"closes"`
	Commands []explainedCommand `json:"commands"`
}

type explainedCommand struct {
	Key      string `json:"key"`
	Name     string `json:"name"`
	Argument string `json:"argument"`
}

type explainedAction struct {
	Issue   string `json:"issue"`
	Site    string `json:"site"`
	Kind    Kind   `json:"kind"`
	Text    string `json:"text"`
	Because string `json:"because"`
	Rule    string `json:"rule"`
	From    string `json:"from"`
	// Jira is there only if it was asked, and has answered.
	Jira *Outlook `json:"jira,omitempty"`
}

type explainedIgnored struct {
	Commit  string `json:"commit"`
	Branch  string `json:"branch"`
	Text    string `json:"text"`
	Because string `json:"because"`
}

// WriteJSON writes a plan for scripts; from tells where a key of the configuration
// is set: "FILE:LINE", or "default".
func (p Plan) WriteJSON(w io.Writer, from func(key string) string) error {
	e := explained{Commits: []explainedCommit{}, Actions: []explainedAction{}, Notes: []string{}, Ignored: []explainedIgnored{}, Policy: []struct{}{}, Held: p.Held}
	for _, c := range p.Commits {
		ec := explainedCommit{ID: c.ID, Branch: c.Branch, Keys: orEmpty(c.Keys), Closes: orEmpty(c.Closes), Commands: []explainedCommand{}}
		for _, cmd := range c.Commands {
			ec.Commands = append(ec.Commands, explainedCommand(cmd))
		}
		e.Commits = append(e.Commits, ec)
	}
	for i, a := range p.Actions {
		e.Actions = append(e.Actions, explainedAction{Issue: a.Issue, Site: a.Site, Kind: a.Kind, Text: a.Content(), Because: a.Because, Rule: a.Rule, From: from(a.Rule)})
		if len(p.Outlooks) > 0 && p.Outlooks[i].Known {
			o := p.Outlooks[i]
			o.Missing = orEmpty(o.Missing)
			e.Actions[i].Jira = &o
		}
	}
	for _, n := range p.Notes {
		e.Notes = append(e.Notes, n.String())
	}
	for _, i := range p.Ignored {
		e.Ignored = append(e.Ignored, explainedIgnored(i))
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(e)
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// Content is what an action puts into Jira: a comment's text, the link, the
// time, the target of a transition.
func (a Action) Content() string {
	switch a.Kind {
	case KindComment:
		return a.Comment.assumed()
	case KindLink:
		if a.Link.Remove {
			return "web link taken away"
		}
		if a.Link.Resolved {
			return a.Link.Title + " " + a.Link.URL + " (resolved)"
		}
		return a.Link.Title + " " + a.Link.URL
	case KindWorklog:
		return a.Worklog.Spent + "\n" + a.Worklog.Text
	case KindTransition:
		if c := a.Transition.Comment; c != nil {
			return a.Transition.To + "\n" + c.assumed()
		}
		return a.Transition.To
	}
	return a.Text
}

// String is a note on one line.
func (n Note) String() string {
	switch {
	case n.Issue != "":
		return n.Issue + ": " + n.Text
	case n.Commit != "":
		return "commit " + short(n.Commit) + ": " + n.Text
	}
	return n.Text
}

// String is what was not taken, and why, on one line.
func (i Ignored) String() string {
	line := wiki.OneLine(i.Text) + ": " + i.Because
	switch {
	case i.Commit != "":
		return line + " (commit " + short(i.Commit) + ")"
	case i.Branch != "":
		return line + " (branch " + wiki.OneLine(i.Branch) + ")"
	}
	return line
}

// where names the Jira of a site, if there are several.
func (p Plan) where(site string) string {
	if len(p.Elsewhere) == 0 {
		return ""
	}
	return " (" + site + ")"
}

// At leaves of a plan what goes to one site.
func (p Plan) At(site string) Plan {
	p.Actions = slices.DeleteFunc(slices.Clone(p.Actions), func(a Action) bool { return a.Site != site })
	return p
}

// WriteText writes a plan for people: what was read, then what would be done to
// each issue and why.
func (p Plan) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, c := range p.Commits {
		on := ""
		if c.Branch != "" {
			on = " on " + wiki.OneLine(c.Branch)
		}
		fmt.Fprintf(&b, "commit %s%s: %s\n", short(c.ID), on, c.Subject)
		if len(c.Keys) > 0 {
			fmt.Fprintf(&b, "  mentions %s\n", strings.Join(c.Keys, ", "))
		}
		if len(c.Closes) > 0 {
			fmt.Fprintf(&b, "  closes %s\n", strings.Join(c.Closes, ", "))
		}
		for _, cmd := range c.Commands {
			fmt.Fprintf(&b, "  command on %s: %s\n", cmd.Key, wiki.OneLine(cmd.Name+" "+cmd.Argument))
		}
	}
	issue := ""
	for _, a := range p.Actions {
		if a.Issue != issue {
			issue = a.Issue
			fmt.Fprintf(&b, "\n%s\n", issue+p.where(a.Site))
		}
		fmt.Fprintf(&b, "  %-10s because %s\n", a.Kind, wiki.OneLine(a.Because))
		for line := range strings.Lines(a.Content()) {
			b.WriteString(strings.TrimRight("    "+line, " \n") + "\n")
		}
	}
	if len(p.Actions) == 0 {
		b.WriteString("nothing to do in Jira\n")
	}
	if p.Held != "" {
		fmt.Fprintf(&b, "\nheld: %s; an operator must release it\n", p.Held)
	}
	for i, n := range p.Notes {
		if i == 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "note: %s\n", wiki.OneLine(n.String()))
	}
	for i, n := range p.Ignored {
		if i == 0 {
			b.WriteString("\nnot taken:\n")
		}
		fmt.Fprintf(&b, "  %s\n", n)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteOutlooks tells what the actions would meet in Jira: of each issue its status,
// and of each action what would not go as planned, or by which transition it would.
// Nothing is told of those of which Jira did not answer.
func (p Plan) WriteOutlooks(w io.Writer) error {
	var b strings.Builder
	issue := ""
	for i, o := range p.Outlooks {
		a := p.Actions[i]
		if !o.Known {
			continue
		}
		if a.Issue != issue {
			issue = a.Issue
			fmt.Fprintf(&b, "  %s%s\n", issue, status(o))
		}
		switch {
		case o.Problem != "":
			fmt.Fprintf(&b, "    %s: %s\n", wiki.OneLine(a.Text), wiki.OneLine(strings.TrimPrefix(o.Problem, a.Issue+": ")))
		case o.Takes != "":
			fmt.Fprintf(&b, "    %s: by %s\n", wiki.OneLine(a.Text), wiki.OneLine(o.Takes))
		case a.Kind == KindTransition:
			fmt.Fprintf(&b, "    %s: it is there\n", wiki.OneLine(a.Text))
		}
	}
	if b.Len() == 0 {
		return nil
	}
	_, err := io.WriteString(w, "\nin Jira now:\n"+b.String())
	return err
}

func status(o Outlook) string {
	if o.Status == "" {
		return ""
	}
	return " is " + wiki.OneLine(o.Status)
}
