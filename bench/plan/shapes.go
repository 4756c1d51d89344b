package main

import (
	"crypto/sha1"
	"fmt"
	"strings"
	"time"

	"jirahook/config"
	"jirahook/plan"
	"jirahook/push"
)

// shape is a kind of push, of any size.
type shape struct {
	name string
	set  []func(*config.Config)
	// before is pushed first, and put on record; nil: the repository has been seen,
	// and nothing is on record.
	before func(n int) push.Push
	push   func(n int) push.Push
	// steady is the size from which it grows evenly: below it less is looked at, as
	// there is less on record.
	steady int
}

// shapes are all that are measured. A new one is a line: commits makes a chain of
// n commits with a message each, message one commit that says n things.
func shapes() []shape {
	multiline := func(c *config.Config) { c.SmartCommits.Multiline = true }
	onBranch := func(c *config.Config) { c.Mentions.Comment, c.Mentions.WebLink = "branch", "branch" }
	unlimited := func(c *config.Config) { c.Limits.IssuesPerCommit = 0 }
	each := func(c *config.Config) { c.Mentions.Comment, c.Mentions.WebLink = "commit", "commit" }
	return []shape{
		{name: "commits with one command line", push: commits("Part %d\n\nSHOP-1 #time 1m")},
		{name: "the same, all of one second", push: atOnce(commits("Part %d\n\nSHOP-1 #time 1m"))},
		{name: "commits with one message", push: commits("SHOP-1 #time 1m #comment done")},
		{name: "commits on an issue each", push: commits("Closes SHOP-%d")},
		{name: "commits that name 50 issues each, n/50", push: every(50, commits(fifty()))},
		{name: "an issue for each word, no limit", set: set(unlimited), push: message("", "SHOP-%d "), steady: 400},
		{name: "an issue for each line, no limit", set: set(unlimited), push: message("Part\n", "\nSHOP-%d line"), steady: 400},
		{name: "the same, by 4 commits", set: set(unlimited), push: times(4, message("Part\n", "\nSHOP-%d line")), steady: 400},
		{name: "the same, told by branch", set: set(unlimited, onBranch), push: message("Part\n", "\nSHOP-%d line"), steady: 400},
		{name: "the same, with people", set: set(unlimited), push: message("Part\n", "\nSHOP-%d line\nCo-authored-by: Ann %d <ann%d@example.com>"), steady: 400},
		{name: "the same, with moves", set: set(unlimited), push: message("Part\n", "\nSHOP-%d #done"), steady: 400},
		{name: "the same, with moves each", set: set(unlimited), push: message("Part\n", "\nSHOP-%d #w%d"), steady: 400},
		{name: "one line, with moves each", set: set(unlimited), push: message("", "SHOP-%d #w%d "), steady: 400},
		{name: "a comment on all, no limit", set: set(unlimited), push: saying("#comment"), steady: 400},
		{name: "a comment on all, pushed again", set: set(unlimited), before: saying("#comment"), push: saying("#comment"), steady: 400},
		{name: "a worklog on all, no limit", set: set(unlimited), push: saying("#time 1h"), steady: 400},
		{name: "a move of all, no limit", set: set(unlimited), push: saying("#done"), steady: 400},
		{name: "commits, told each", set: set(each), push: commits("SHOP-1 part %d")},
		{name: "commits, told by branch", set: set(onBranch), push: commits("SHOP-1 part %d")},
		{name: "the same, rewritten", set: set(onBranch), before: commits("SHOP-1 part %d"), push: rewritten(commits("SHOP-1 part %d"))},
		{name: "branches, told by branch", set: set(onBranch), push: branches(commits("SHOP-1 part %d"))},
		{name: "commands pushed again", before: commits("SHOP-1 part %d #time 1m"), push: commits("SHOP-1 part %d #time 1m")},
		{name: "commands rewritten", before: commits("SHOP-1 part %d #time 1m"), push: rewritten(commits("SHOP-1 part %d #time 2m"))},
		{name: "a squash by subjects", before: commits("SHOP-1 part %d #time 1m"), push: message("Squash\n", "\n* SHOP-1 part %d #time 1m")},
		{name: "squashes by subject", before: commits("SHOP-1 part %d #time 1m"), push: other(commits("SHOP-1 part %d #time 1m (#%d)"))},
		{name: "squashes of one subject", before: commits("SHOP-1 wip #time 1m"), push: other(commits("Squash %d\n\nSHOP-1 wip #time 1m")), steady: 256},
		{name: "squashes by id", before: commits("SHOP-1 part %d #time 1m"), push: other(commits("Squash %d\n\ncommit {id}\n\n    SHOP-1 part %d #time 1m"))},
		{name: "reverts", before: commits("Closes SHOP-%d"), push: other(commits("Revert %d\n\nThis reverts commit {id}."))},
		{name: "a revert of many", before: commits("Closes SHOP-%d"), push: message("Revert\n", "\nThis reverts commit {id}.")},
		{name: "merges of one author and second", push: atOnce(merges(commits("Merge branch 'feature/SHOP-%d'")))},
		{name: "merges of branches", push: merges(commits("Merge branch 'feature/SHOP-%d'"))},
		{name: "branches with keys", push: branches(commits("part %d"))},
		{name: "tokens: #a", push: message("SHOP-1 ", "#a ")},
		{name: "tokens: #time 1h", push: message("SHOP-1 ", "#time 1h ")},
		{name: "tokens: #comment x", push: message("SHOP-1 ", "#comment x ")},
		{name: "tokens: #n%d", push: message("SHOP-1 ", "#n%d ")},
		{name: "tokens: keys", push: message("", "SHOP-%d ")},
		{name: "tokens: one key", push: message("", "SHOP-1 ")},
		{name: "tokens: keys of unknown projects", push: message("SHOP-1 ", "X%d-1 ")},
		{name: "tokens: keys with a wrong letter", push: message("", "SHOPP-%d ")},
		{name: "tokens: keys in small letters", push: message("", "shop-%d ")},
		{name: "tokens: keys and commands", push: message("", "SHOP-%d #time 1h ")},
		{name: "tokens: Closes", push: message("SHOP-1 ", "Closes ")},
		{name: "tokens: a list", push: message("Closes SHOP-1", ", SHOP-%d")},
		{name: "tokens: a list in brackets", push: message("", "[SHOP-%d]")},
		{name: "tokens: a list and a command", push: message("", "SHOP-%d and ", "SHOP-1 #done")},
		{name: "tokens: brackets", push: message("SHOP-1 ", "[")},
		{name: "tokens: addresses", push: message("SHOP-1 ", "https://jira.example.com/browse/SHOP-%d ")},
		{name: "tokens: markup", push: message("SHOP-1 ", "{*_[~|")},
		{name: "tokens: references", push: message("SHOP-1 ", "!%d #%d ")},
		{name: "lines", push: message("SHOP-1", "\nline %d")},
		{name: "lines with a command", push: message("Part\n", "\nSHOP-%d #time 1h")},
		{name: "lines below a key", push: message("SHOP-1", "\n#time 1h")},
		{name: "the same, multiline", set: set(multiline), push: message("SHOP-1", "\n#time 1h")},
		{name: "lines that go on", push: message("SHOP-1 #comment x", "\n  more %d")},
		{name: "quoted lines", push: message("SHOP-1\n", "\n> Fixes SHOP-%d #time 1h")},
		{name: "opened tags", push: message("SHOP-1\n", "\n<details> Fixes SHOP-%d")},
		{name: "opened fences", push: message("SHOP-1\n", "\n```%d\nFixes SHOP-%d")},
		{name: "items that revert", push: message("Squash\n", "\n* Revert \"Closes SHOP-%d\"\n* Closes SHOP-%d")},
		{name: "co-authors", push: message("SHOP-1 #time 1h\n", "\nCo-authored-by: Ann %d <ann%d@example.com>")},
		{name: "blanks", push: message("SHOP-1 ", " ", "x")},
		{name: "ends of lines", push: message("SHOP-1 ", "\n", "x")},
	}
}

// every is a push of one of so many.
func every(so int, of func(n int) push.Push) func(n int) push.Push {
	return func(n int) push.Push { return of(n / so) }
}

// fifty are so many keys, of issues that no other commit names.
func fifty() (keys string) {
	for i := range 50 {
		keys += fmt.Sprintf("SHOP-%%d%02d ", i)
	}
	return keys
}

func set(by ...func(*config.Config)) []func(*config.Config) { return by }

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func (s shape) config() config.Config {
	cfg := config.Default()
	cfg.Jira.URL = "https://jira.example.com"
	cfg.Projects.Keys = []string{"SHOP", "OPS"}
	cfg.Server.Kind, cfg.Server.URL = "gitlab", "https://git.example.com"
	cfg.Limits.IssuesPerPush = 0 // that of a commit bounds what one message may ask for
	for _, set := range s.set {
		set(&cfg)
	}
	return cfg
}

// make makes the push, and what is on record when it comes.
func (s shape) make(rules *plan.Rules, n int) (push.Push, plan.Known) {
	known := plan.Known{FirstSeen: noon.Add(-time.Hour), Records: map[string][]plan.Record{}}
	if s.before != nil {
		planned := rules.Plan(s.before(n), known)
		records := planned.Records
		for _, a := range planned.Actions {
			records = append(records, a.Records...)
		}
		for _, r := range records {
			known.Records[r.ID] = append(known.Records[r.ID], r)
		}
	}
	p := s.push(n)
	p.ID = "second"
	return p, known
}

// id is that of the i-th commit of a chain, or of its tree.
func id(chain string, i int) string { return fmt.Sprintf("%x", sha1.Sum([]byte(fmt.Sprint(chain, i)))) }

// said fills the number of a thing into a text, wherever a verb stands, and for {id}
// that of the commit which the first push has with this number.
func said(format string, i int) string {
	if strings.Contains(format, "{id}") {
		format = strings.ReplaceAll(format, "{id}", id("first", i))
	}
	verbs := strings.Count(format, "%")
	numbers := make([]any, verbs)
	for n := range numbers {
		numbers[n] = i
	}
	return fmt.Sprintf(format, numbers...)
}

// commits are a chain of n, a second apart, on the default branch.
func commits(format string) func(int) push.Push {
	return func(n int) push.Push {
		p := push.Push{ID: "first", Time: noon.Add(24 * time.Hour), Repository: push.Repository{ID: "r", Path: "team/app", DefaultBranch: "main"},
			Updates: []push.Update{{Old: "0", New: id("first", n), Ref: "refs/heads/main"}}}
		for i := 1; i <= n; i++ {
			by := push.Signature{Name: "Ann", Email: "ann@example.com", When: noon.Add(time.Duration(i%80_000) * time.Second)}
			p.Commits = append(p.Commits, push.Commit{ID: id("first", i), Parents: []string{id("first", i-1)}, Tree: id("tree", i), Author: by, Committer: by,
				Message: said(format, i), New: true, Arrives: []string{"main"}, Branch: "main"})
		}
		return p
	}
}

// message is one commit that says n things between a beginning and an end.
func message(begin, thing string, end ...string) func(int) push.Push {
	return func(n int) push.Push {
		var b strings.Builder
		b.WriteString(begin)
		for i := range n {
			b.WriteString(said(thing, i+1))
		}
		p := commits(b.String() + strings.Join(end, ""))(1)
		p.Commits[0].ID = id("message", 1)
		return p
	}
}

// times lets several commits say the same.
func times(n int, of func(n int) push.Push) func(n int) push.Push {
	return func(size int) push.Push {
		p := of(size)
		one := p.Commits[0]
		for i := 1; i < n; i++ {
			one.ID, one.Parents, one.Tree = id("times", i), []string{one.ID}, id("times tree", i)
			one.Author.When = one.Author.When.Add(time.Minute)
			p.Commits = append(p.Commits, one)
		}
		return p
	}
}

// saying is one commit that names n issues, has a command for all of them, and says
// n words by it.
func saying(command string) func(n int) push.Push {
	return func(n int) push.Push {
		return message(message("", "SHOP-%d ")(n).Commits[0].Message+command, " words")(n)
	}
}

// atOnce lets all commits be of one second.
func atOnce(of func(int) push.Push) func(int) push.Push {
	return changed(of, func(_ int, c *push.Commit) { c.Author.When = noon })
}

// other makes other commits of it, on other parents.
func other(of func(int) push.Push) func(int) push.Push {
	return changed(of, func(i int, c *push.Commit) {
		c.ID, c.Parents, c.Tree = id("other", i+1), []string{id("other", i)}, id("other tree", i)
		c.Author.When = c.Author.When.Add(30 * time.Minute)
	})
}

// rewritten gives the commits other ids, and takes as many of the former ones away
// as a push can.
func rewritten(of func(int) push.Push) func(int) push.Push {
	return func(n int) push.Push {
		p := changed(of, func(i int, c *push.Commit) { c.ID, c.Parents = id("new", i+1), []string{id("new", i)} })(n)
		for i := range min(n, push.MaxGone) {
			p.Gone = append(p.Gone, id("first", n-i))
		}
		return p
	}
}

// merges lets every commit be a merge of an old one.
func merges(of func(int) push.Push) func(int) push.Push {
	return changed(of, func(i int, c *push.Commit) { c.Parents = append(c.Parents, id("first", i/2)) })
}

// branches puts each commit on a branch of its own, and lets as many be merged.
func branches(of func(int) push.Push) func(int) push.Push {
	return func(n int) push.Push {
		p := of(n)
		for i := range p.Commits {
			branch := said("SHOP-%d", i+1)
			p.Commits[i].Arrives, p.Commits[i].Branch = []string{branch}, branch
			p.Updates = append(p.Updates, push.Update{New: p.Commits[i].ID, Ref: "refs/heads/" + branch})
			p.Merged = append(p.Merged, said("OPS-%d", i+1))
		}
		return p
	}
}

func changed(of func(int) push.Push, change func(i int, c *push.Commit)) func(int) push.Push {
	return func(n int) push.Push {
		p := of(n)
		for i := range p.Commits {
			change(i, &p.Commits[i])
		}
		return p
	}
}
