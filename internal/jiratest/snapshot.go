package jiratest

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Issue is what an issue looked like at one moment.
type Issue struct {
	ID          string
	Key         string
	Summary     string
	Description string
	Type        string
	Status      string
	Category    string // new | indeterminate | done
	Resolution  string // "": unresolved
	Assignee    string
	Labels      []string
	Fields      map[string]any // set on screens or by Edit, by field id
	Properties  map[string]string
	Remaining   time.Duration // estimate
	Created     time.Time
	Updated     time.Time
	Comments    []Comment // all lists in order of arrival
	Links       []Link
	Worklogs    []Worklog
	History     []Change
	// Activity is everything that happened, one line each: "comment 10007",
	// "link 10008", "worklog 10009", "transition To Do → Done".
	Activity []string
	// Mentions are the user names that texts notified, Images and Macros what
	// they embedded and ran.
	Mentions, Images, Macros []string
}

// Change is a field that changed.
type Change struct {
	Author          string
	When            time.Time
	Field, From, To string
}

// Issue gives an issue as it is now, by any key it ever had. It panics when there
// is none.
func (s *Server) Issue(key string) Issue {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.must(key)
	out := Issue{
		ID: fmt.Sprint(i.id), Key: i.key, Summary: i.summary, Description: i.desc, Type: i.kind.Name,
		Status: i.status.Name, Category: i.status.Category, Resolution: i.resolution, Assignee: i.assignee,
		Labels: slices.Clone(i.labels), Fields: maps.Clone(i.fields), Properties: map[string]string{},
		Remaining: time.Duration(i.remaining) * time.Second, Created: i.created, Updated: i.updated,
		Activity: slices.Clone(i.activity), Mentions: slices.Clone(i.mentions),
		Images: slices.Clone(i.images), Macros: slices.Clone(i.macros),
	}
	for k, v := range i.properties {
		out.Properties[k] = string(v)
	}
	for _, x := range i.comments {
		out.Comments = append(out.Comments, i.cloneComment(x))
	}
	for _, x := range i.links {
		out.Links = append(out.Links, x.snapshot())
	}
	for _, x := range i.worklogs {
		out.Worklogs = append(out.Worklogs, x.clone())
	}
	for _, h := range i.history {
		for _, it := range h.items {
			out.History = append(out.History, Change{Author: h.author, When: h.when, Field: it.field, From: it.from, To: it.to})
		}
	}
	return out
}

// Keys are the keys of all issues, in order of creation.
func (s *Server) Keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, i := range s.order {
		out = append(out, i.key)
	}
	return out
}

// Dump writes an issue as plain text without numbers and times, in order of
// arrival, so that a test can compare it.
func (s *Server) Dump(w io.Writer, key string) {
	i := s.Issue(key)
	fmt.Fprintf(w, "%s  %s\nstatus: %s\n", i.Key, i.Summary, i.Status)
	if i.Resolution != "" {
		fmt.Fprintf(w, "resolution: %s\n", i.Resolution)
	}
	for _, name := range slices.Sorted(maps.Keys(i.Fields)) {
		fmt.Fprintf(w, "%s: %v\n", name, i.Fields[name])
	}
	for _, c := range i.Comments {
		audience := ""
		if c.Audience != "" {
			audience = " (" + c.Audience + ")"
		}
		fmt.Fprintf(w, "comment%s:\n%s", audience, indent(c.Body))
	}
	for _, l := range i.Links {
		state := ""
		if l.Resolved {
			state = " (resolved)"
		}
		fmt.Fprintf(w, "link%s: %s: %s\n  %s\n", state, l.Relationship, l.Title, l.URL)
		if l.Summary != "" {
			fmt.Fprint(w, indent(l.Summary))
		}
	}
	for _, x := range i.Worklogs {
		fmt.Fprintf(w, "worklog%s: %s\n%s", visibleTo(x.Visibility), x.Spent, indent(x.Comment))
	}
	for _, ch := range i.History {
		fmt.Fprintf(w, "history: %s: %s → %s\n", ch.Field, ch.From, ch.To)
	}
}

func visibleTo(v Visibility) string {
	if v.Type == "" {
		return ""
	}
	return " (" + v.Type + " " + v.Value + ")"
}

// indent puts two blanks before each line that is not empty.
func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n")) {
		if line != "\n" {
			b.WriteString("  ")
		}
		b.WriteString(line)
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	return b.String()
}
