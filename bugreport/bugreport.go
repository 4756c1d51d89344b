// Package bugreport writes one text for somebody who is to find out what is wrong
// on a machine that they do not know, without what no stranger is to read.
//
//	parts.go   what is told
//	redact.go  what is taken out of it
package bugreport

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"jirahook/config"
	"jirahook/outbox"
	"jirahook/plan"
	"jirahook/relay"
	"jirahook/repo"
	"jirahook/words"
)

const (
	// MaxSize is the size in bytes of the largest report: it fits into the text of
	// an issue on GitHub, of 65,536 characters.
	MaxSize = 60_000
	// examineFor is how long the report waits for doctor.
	examineFor = time.Minute
	// maxTroubled is how many of the last actions that met a problem are told of.
	maxTroubled = 20
)

// Process is what the report needs of the process that makes it.
type Process struct {
	*relay.Relay
	Environ []string
	// NotOwner is why a process of root cannot become the outbox's owner; then the
	// outbox's database is not opened.
	NotOwner error
	// Doctor writes what doctor says.
	Doctor func(context.Context, io.Writer) error
}

// Options say what is told of.
type Options struct {
	Repositories []string // folders
	Messages     bool     // what the messages of commits say to Jira is told, too
}

// Repository is the folder of the first repository that is asked for; "": of none.
func (o Options) Repository() string {
	if len(o.Repositories) > 0 {
		return o.Repositories[0]
	}
	return ""
}

// part is one part of the report.
type part struct {
	title string
	most  int  // bytes
	last  bool // what is cut off is the beginning
	write func(context.Context, *bytes.Buffer) error
}

// Text is the whole report, of at most MaxSize bytes, however broken the rest is.
func Text(ctx context.Context, p Process, o Options) []byte {
	r := &report{Process: p, options: o}
	r.read(ctx)
	parts := []part{
		{"versions", 3_000, false, r.versions},
		{"environment: names alone", 3_000, false, r.environment},
		{"configuration: *** is not the default, and not for others", 12_000, false, r.configuration},
		{"doctor", 16_000, false, r.doctor},
		{"outbox", 4_000, false, r.counts},
		{"actions that met a problem, the last first", 10_000, false, r.troubled},
		{"log: the last warnings and errors", 10_000, true, r.log},
	}
	clean := newRedactor(slices.Concat(r.words, environmentWords(p.Environ)))
	var all bytes.Buffer
	fmt.Fprintf(&all, "jirahook bug report of %s\n", words.Stamp(p.Now()))
	for _, part := range parts {
		var b bytes.Buffer
		if err := sheltered(func() error { return part.write(ctx, &b) }); err != nil {
			fmt.Fprintf(&b, "cannot be told: %v\n", err)
		}
		fmt.Fprintf(&all, "\n== %s ==\n%s", part.title, cutLines(clean.clean(cutLines(b.String(), 4*part.most, part.last)), part.most, part.last))
	}
	return all.Bytes()[:min(all.Len(), MaxSize)]
}

// sheltered is do, whose fault is one of its part alone.
func sheltered(do func() error) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("fault: %v\n%s", fault, debug.Stack())
		}
	}()
	return do()
}

// cutLines cuts a text to so many bytes, by lines, and says what it left out.
func cutLines(text string, most int, last bool) string {
	if len(text) <= most {
		return text
	}
	lines := strings.SplitAfter(text, "\n")
	if last {
		slices.Reverse(lines)
	}
	n, size := 0, 0
	for n < len(lines) && size+len(lines[n]) <= most {
		size += len(lines[n])
		n++
	}
	said := fmt.Sprintf("… %d lines left out\n", len(lines)-n)
	lines = lines[:n]
	if last {
		slices.Reverse(lines)
		return said + strings.Join(lines, "")
	}
	return strings.Join(lines, "") + said
}

// report is one in the making.
type report struct {
	Process
	options Options
	loaded  config.Loaded
	broken  error
	words   []config.Word // not for others
	account outbox.Account
	unread  error // why there is no account
}

// read learns what is there, and what of it is not for others.
func (r *report) read(ctx context.Context) {
	source := r.Place.Source("", r.options.Repository())
	r.loaded, r.broken = config.Load(source)
	sources := []config.Source{source}
	projects, _, _ := config.ProjectFiles(source.Main) // doctor tells of them
	for _, project := range projects {
		sources = append(sources, r.Place.Source(project, ""))
	}
	dirs := r.options.Repositories
	if root := r.loaded.Config.Server.Root; root != "" {
		found, _, _ := repo.Below(ctx, root)
		dirs = append(slices.Clone(dirs), found...)
	}
	for _, dir := range dirs {
		sources = append(sources, config.Source{RepoDir: config.Absolute(r.Place.Dir, dir)})
	}
	for _, s := range sources {
		r.words = append(r.words, config.Words(s)...)
	}
	secrets, _ := r.loaded.Config.Secrets(r.Getenv) // doctor tells of those that cannot be read
	for _, s := range secrets {
		r.words = append(r.words, config.Word{Text: s.Text, Name: "secret"})
	}
	if r.NotOwner != nil {
		r.unread = r.NotOwner
		return
	}
	cfg := r.loaded.Config.Outbox
	r.unread = sheltered(func() (err error) {
		r.account, err = outbox.ReadAccount(ctx, outbox.Options{Dir: r.Place.OutboxDir(r.options.Repository()), Database: cfg.Database, Workers: 1}, maxTroubled)
		return err
	})
	if r.options.Messages {
		return
	}
	for _, d := range r.account.Troubled {
		r.words = append(r.words, messageWords(textsOf(d.Action)...)...)
	}
}

// textsOf are the texts that an action takes from a message.
func textsOf(a plan.Action) []string {
	texts := []string{a.Text, a.Because}
	comment := func(c *plan.Comment) {
		if c == nil {
			return
		}
		texts = append(texts, c.Body)
		for _, part := range c.Parts {
			texts = append(texts, part.Text, part.Else)
		}
	}
	comment(a.Comment)
	if a.Transition != nil {
		texts = append(texts, a.Transition.Word)
		comment(a.Transition.Comment)
	}
	if a.Worklog != nil {
		texts = append(texts, a.Worklog.Text)
	}
	if a.Link != nil {
		texts = append(texts, a.Link.Title, a.Link.Summary)
	}
	return texts
}
