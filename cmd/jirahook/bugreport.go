package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"jirahook/config"
	"jirahook/outbox"
	"jirahook/plan"
	"jirahook/repo"
	"jirahook/words"
)

const (
	// maxReport is the size in bytes of the largest report: it fits into the text of
	// an issue on GitHub, of 65,536 characters.
	maxReport = 60_000
	// examineFor is how long the report waits for doctor.
	examineFor = time.Minute
	// maxTroubled is how many of the last actions that met a problem are told of.
	maxTroubled = 20
)

// bugreportOptions are the flags of bugreport.
type bugreportOptions struct {
	file         string // "-": standard output; "": a name by the time
	repositories []string
	messages     bool
}

func (p *process) bugreportCommand() *cobra.Command {
	var o bugreportOptions
	cmd := &cobra.Command{
		Use:   "bugreport",
		Short: "Write a file for somebody who is to find out what is wrong",
		Long: `Bugreport writes one plain text, of at most 60 kB, that only you can read: read it, and
send it. It changes nothing, and is written however broken the rest is.

In it are the versions, the names of the environment's variables, the configuration
without your own words, what doctor says, how much waits, and the last errors.

What may be a secret is taken out everywhere, in doctor's words and Jira's too: secrets,
whatever else stands in the configuration's files but words of jirahook's own, values
of the environment, and what looks like a password, a token or an e-mail address.
<jira.url> stands for what jira.url is. Keys of issues, paths of repositories and names of
Jira's projects stay. What people wrote into commits is not there, unless you ask with
--with-messages.`,
		Example: `  jirahook bugreport
  jirahook bugreport -o /tmp/report.txt --repo /srv/git/shop.git`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.bugreport(cmd.Context(), o) },
	}
	cmd.Flags().StringVarP(&o.file, "output", "o", "", "write to this new `file`; - is the standard output (default: jirahook-TIME.txt here)")
	cmd.Flags().StringArrayVar(&o.repositories, "repo", nil, "look at this bare repository's `folder`; may be repeated")
	cmd.Flags().BoolVar(&o.messages, "with-messages", false, "with what the messages of commits say to Jira")
	return cmd
}

// bugreport writes the file. It is made first: who runs this may put it there, and the
// outbox's account, as which this goes on, perhaps not.
func (p *process) bugreport(ctx context.Context, o bugreportOptions) error {
	if o.file == "-" {
		_, err := p.stdout.Write(p.report(ctx, o))
		return err
	}
	if o.file == "" {
		o.file = "jirahook-" + p.now().UTC().Format("20060102-150405") + ".txt"
	}
	name := config.Absolute(p.dir, o.file)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err = f.Write(p.report(ctx, o))
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	fmt.Fprintf(p.stdout, "written: %s\nread it before you send it: paths, issue keys and names of projects are in it\n", name)
	return nil
}

// part is one part of the report.
type part struct {
	title string
	most  int  // bytes
	last  bool // what is cut off is the beginning
	write func(context.Context, *bytes.Buffer) error
}

// report is the whole text.
func (p *process) report(ctx context.Context, o bugreportOptions) []byte {
	r := &bugreport{p: p, options: o}
	_, r.notOwner = p.becomeOwner(p.place().OutboxDir(r.repository()))
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
	clean := newRedactor(slices.Concat(r.words, environmentWords(p.environ)))
	var all bytes.Buffer
	fmt.Fprintf(&all, "jirahook bug report of %s\n", words.Stamp(p.now()))
	for _, part := range parts {
		var b bytes.Buffer
		if err := sheltered(func() error { return part.write(ctx, &b) }); err != nil {
			fmt.Fprintf(&b, "cannot be told: %v\n", err)
		}
		fmt.Fprintf(&all, "\n== %s ==\n%s", part.title, cutLines(clean.clean(cutLines(b.String(), 4*part.most, part.last)), part.most, part.last))
	}
	return all.Bytes()[:min(all.Len(), maxReport)]
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

// bugreport is a report in the making.
type bugreport struct {
	p        *process
	options  bugreportOptions
	notOwner error
	loaded   config.Loaded
	broken   error
	words    []config.Word // not for others
	account  outbox.Account
	unread   error // why there is no account
}

// repository is the folder of the repository that is asked for, "" without.
func (r *bugreport) repository() string {
	if len(r.options.repositories) > 0 {
		return r.options.repositories[0]
	}
	return ""
}

// read learns what is there, and what of it is not for others.
func (r *bugreport) read(ctx context.Context) {
	source := r.p.place().Source("", r.repository())
	r.loaded, r.broken = config.Load(source)
	sources := []config.Source{source}
	projects, _, _ := config.ProjectFiles(source.Main) // doctor tells of them
	for _, project := range projects {
		sources = append(sources, r.p.place().Source(project, ""))
	}
	dirs := r.options.repositories
	if root := r.loaded.Config.Server.Root; root != "" {
		found, _, _ := repo.Below(ctx, root)
		dirs = append(slices.Clone(dirs), found...)
	}
	for _, dir := range dirs {
		sources = append(sources, config.Source{RepoDir: config.Absolute(r.p.dir, dir)})
	}
	for _, s := range sources {
		r.words = append(r.words, config.Words(s)...)
	}
	if secret, err := r.loaded.Config.Jira.Auth.Secret(r.p.getenv); err == nil {
		r.words = append(r.words, config.Word{Text: secret, Name: "secret"})
	}
	if r.notOwner != nil {
		r.unread = r.notOwner
		return
	}
	cfg := r.loaded.Config.Outbox
	r.unread = sheltered(func() (err error) {
		r.account, err = outbox.ReadAccount(ctx, outbox.Options{Dir: r.p.place().OutboxDir(r.repository()), Database: cfg.Database, Workers: 1}, maxTroubled)
		return err
	})
	if r.options.messages {
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
