package jiratest

import (
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed page.html
var pageHTML string

// pages are the pages for people: index, issue, missing.
var pages = sync.OnceValue(func() *template.Template { return template.Must(template.New("").Parse(pageHTML)) })

func renderPage(status int, name string, data any) answer {
	var b strings.Builder
	if err := pages().ExecuteTemplate(&b, name, data); err != nil {
		return htmlAnswer(http.StatusInternalServerError, template.HTMLEscapeString(err.Error()))
	}
	return htmlAnswer(status, b.String()).
		with("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'").
		with("Cache-Control", "no-store")
}

// row is an issue in the list.
type row struct {
	Key, Summary, Status, Category, URL string
	Comments, Links                     int
}

func (s *Server) indexPage(c *call) answer {
	var rows []row
	for _, i := range s.order {
		rows = append(rows, row{
			Key: i.key, Summary: i.summary, Status: i.status.Name, Category: i.status.Category,
			URL: browseURL(c.base, i.key), Comments: len(i.comments), Links: len(i.links),
		})
	}
	return renderPage(http.StatusOK, "index", rows)
}

// entry is something on an issue's page that somebody did.
type entry struct {
	Who, When, Note string
	HTML            template.HTML // escaped by the renderer of wiki markup
	Changes         []changeItem
}

// issueView is what an issue's page shows.
type issueView struct {
	Home, Key, Project, Summary, Type    string
	Status, Category, Resolution         string
	Assignee, Reporter, Labels, Estimate string
	Description                          template.HTML
	Links                                []Link
	Comments, Worklogs, History          []entry
	Mentions, Images, Macros             []string
}

func (s *Server) issuePage(c *call) answer {
	i := s.issues[strings.ToUpper(c.vars["issue"])]
	if i == nil {
		return renderPage(http.StatusNotFound, "missing", c.base+"/")
	}
	v := issueView{
		Home: c.base + "/", Key: i.key, Project: i.project.name, Summary: i.summary, Type: i.kind.Name,
		Status: i.status.Name, Category: i.status.Category, Resolution: i.resolution,
		Assignee: s.displayName(i.assignee), Reporter: s.displayName(i.reporter), Labels: strings.Join(i.labels, ", "),
		Description: wikiHTML(i.desc), Mentions: i.mentions, Images: i.images, Macros: beyondText(i.macros),
	}
	if i.remaining > 0 {
		v.Estimate = formatSpent(i.remaining)
	}
	for _, l := range i.links {
		v.Links = append(v.Links, l.snapshot())
	}
	for _, x := range i.comments {
		v.Comments = append(v.Comments, entry{
			Who: s.displayName(x.Author), When: pageTime(x.Created), HTML: wikiHTML(x.Body), Note: i.audience(x),
		})
	}
	for _, w := range i.worklogs {
		v.Worklogs = append(v.Worklogs, entry{
			Who: s.displayName(w.Author), When: pageTime(w.Started), HTML: wikiHTML(w.Comment), Note: w.Spent + visibleTo(w.Visibility),
		})
	}
	for _, h := range i.history {
		v.History = append(v.History, entry{Who: s.displayName(h.author), When: pageTime(h.when), Changes: h.items})
	}
	return renderPage(http.StatusOK, "issue", v)
}

// Field, From and To are what the template may see of a change.
func (ch changeItem) Field() string { return ch.field }
func (ch changeItem) From() string  { return ch.from }
func (ch changeItem) To() string    { return ch.to }

func (s *Server) displayName(name string) string {
	if name == "" {
		return "nobody"
	}
	return s.user(name).DisplayName
}

func wikiHTML(body string) template.HTML { return template.HTML(Rendered(body).HTML) }

func pageTime(t time.Time) string { return t.Format("2 Jan 2006 15:04") }

// loginPage is where a redirect for people ends; it answers 200, which a client
// must not take for success.
func (s *Server) loginPage(*call) answer {
	return htmlAnswer(http.StatusOK, "<!DOCTYPE html><html><head><title>Log in - Jira</title></head><body><h1>Log in</h1></body></html>")
}

// beyondText leaves out the macros that only set text apart, and the one that no
// reader sees.
func beyondText(macros []string) []string {
	return slices.DeleteFunc(slices.Clone(macros), func(m string) bool {
		return slices.Contains([]string{"quote", "noformat", "code", "color", "panel", "anchor"}, m)
	})
}
