package plan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/plan"
	"jirahook/push"
)

// model plays people who commit, amend, rebase, pick, squash and merge, and push
// after each of these, beside a Jira that does what the plans ask of it.
type model struct {
	*testing.T
	*rand.Rand
	rules *plan.Rules
	known plan.Known
	said  []string // what happened, for a failure

	commits  map[string]push.Commit
	branches map[string]string
	before   map[string]string // as they were pushed last
	taken    []string          // tips that branches had
	shared   map[string]bool   // commits that several branches held
	made     int
	pushes   int
	clock    time.Time

	change map[string]string // what a commit is a form of
	order  map[string]int

	worklogs map[string]int    // by minutes, which name a piece of work
	comments map[string]int    // by issue and change: how often it was told
	links    map[string]string // by issue and global id: the commit that it leads to
	texts    map[string]string // by issue and marker: so of a comment
	bodies   map[string]string // of comments; pages are where links lead, and their titles
	pages    map[string]string
}

func newModel(t *testing.T, seed uint64) *model {
	cfg := config.Default()
	cfg.Jira.URL = "https://jira.example.com"
	cfg.Projects = config.Projects{Keys: []string{"SHOP"}}
	cfg.Server = config.Server{Kind: "gitlab", URL: "https://git.example.com"}
	cfg.Mentions.Comment, cfg.Mentions.WebLink = "commit", "commit"
	rules, err := plan.Compile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	m := &model{
		T: t, Rand: rand.New(rand.NewPCG(seed, 11)), rules: rules, clock: start,
		known:    plan.Known{FirstSeen: start, Records: map[string][]plan.Record{}},
		commits:  map[string]push.Commit{},
		branches: map[string]string{}, before: map[string]string{}, change: map[string]string{}, order: map[string]int{}, worklogs: map[string]int{},
		comments: map[string]int{}, links: map[string]string{}, texts: map[string]string{}, bodies: map[string]string{}, pages: map[string]string{}, shared: map[string]bool{},
	}
	m.branches["main"] = m.keep(push.Commit{Author: m.somebody(), Message: "Base", Tree: "base"}, "")
	m.branches["a"], m.branches["b"] = m.branches["main"], m.branches["main"]
	m.push()
	return m
}

func (m *model) later() time.Time {
	m.clock = m.clock.Add(time.Duration(1+m.IntN(50)) * time.Second)
	return m.clock
}

func (m *model) somebody() push.Signature {
	name := []string{"ann", "bob", "cy"}[m.IntN(3)]
	return push.Signature{Name: name, Email: name + "@example.com", When: m.later()}
}

// keep makes a commit of a change; "" is a new one.
func (m *model) keep(c push.Commit, change string) string {
	m.made++
	c.ID = idOf(fmt.Sprint("commit ", m.made))
	m.order[c.ID] = m.made
	if c.Committer.When.IsZero() {
		c.Committer = push.Signature{Name: "committer", Email: "committer@example.com", When: m.later()}
	}
	c.Empty = len(c.Parents) > 0 && m.commits[c.Parents[0]].Tree == c.Tree
	m.commits[c.ID] = c
	if change == "" {
		change = c.ID
	}
	m.change[c.ID] = change
	return c.ID
}

// write makes a new commit on a branch, or two of one second as a script would.
func (m *model) write(branch string) {
	author := m.somebody()
	for range 1 + m.IntN(6)/5 {
		n := m.made + 1
		message := fmt.Sprintf("Work %d\n\nSHOP-%d #time %dm", n, 1+m.IntN(3), n)
		if m.IntN(2) == 0 {
			message = fmt.Sprintf("SHOP-%d work %d #time %dm", 1+m.IntN(3), n, n)
		}
		c := push.Commit{Author: author, Parents: []string{m.branches[branch]}, Message: message, Tree: fmt.Sprint("tree ", n)}
		if m.IntN(5) == 0 {
			c.Tree = m.commits[c.Parents[0]].Tree // --allow-empty
		}
		c.Committer = push.Signature{Name: author.Name, Email: author.Email, When: author.When}
		m.branches[branch] = m.keep(c, "")
	}
}

// again makes a commit once more on a parent.
func (m *model) again(id, parent string) string {
	c := m.commits[id]
	c.Parents, c.Committer = []string{parent}, push.Signature{}
	switch {
	case m.commits[id].Empty:
		c.Tree = m.commits[parent].Tree
	case m.IntN(2) == 0:
		c.Tree = fmt.Sprint("tree of ", m.made, " and ", parent)
	}
	return m.keep(c, m.change[id])
}

// own are the commits of a branch that main has not, the oldest first; merges end
// them.
func (m *model) own(branch string) []string {
	onMain := m.reach("main")
	var all []string
	for at := m.branches[branch]; !onMain[at] && len(m.commits[at].Parents) == 1; at = m.commits[at].Parents[0] {
		all = append([]string{at}, all...)
	}
	return all
}

func (m *model) reach(branches ...string) map[string]bool {
	var tips []string
	for _, b := range branches {
		tips = append(tips, m.branches[b])
	}
	return m.reachFrom(tips)
}

func (m *model) reachFrom(next []string) map[string]bool {
	seen := map[string]bool{}
	for len(next) > 0 {
		at := next[len(next)-1]
		next = next[:len(next)-1]
		if at != "" && !seen[at] {
			seen[at] = true
			next = append(next, m.commits[at].Parents...)
		}
	}
	return seen
}

// amend changes one of the things by which the last commit is known, or all of them.
func (m *model) amend(branch string) {
	own := m.own(branch)
	if len(own) == 0 {
		return
	}
	id := own[len(own)-1]
	c := m.commits[id]
	c.Committer = push.Signature{}
	what := m.IntN(4)
	if what == 0 || what == 3 {
		subject, rest, _ := strings.Cut(c.Message, "\n")
		c.Message = strings.Replace(subject, "ork", fmt.Sprint("ork anew ", m.made), 1) + "\n" + rest
	}
	if what == 1 || what == 3 {
		c.Tree = fmt.Sprint("tree anew ", m.made)
	}
	if what == 2 {
		c.Author.Email = fmt.Sprint("corrected", m.made, "@example.com")
	}
	m.branches[branch] = m.keep(c, m.change[id])
}

func (m *model) rebase(branch string) {
	own := m.own(branch)
	at := m.branches["main"]
	for _, id := range own {
		at = m.again(id, at)
	}
	if len(own) > 0 {
		m.branches[branch] = at
	}
}

// pick takes a commit over to another branch, unless that has it; or once more to
// its own, as after a revert.
func (m *model) pick(from, to string) {
	held := map[string]bool{}
	for id := range m.reach(to) {
		held[m.change[id]] = true
	}
	own := slices.DeleteFunc(m.own(from), func(id string) bool { return held[m.change[id]] && m.IntN(8) > 0 })
	if len(own) > 0 {
		m.branches[to] = m.again(own[m.IntN(len(own))], m.branches[to])
	}
}

func (m *model) merge(from string) {
	if m.reach("main")[m.branches[from]] {
		return
	}
	c := push.Commit{Author: m.somebody(), Parents: []string{m.branches["main"], m.branches[from]}, Tree: fmt.Sprint("merge ", m.made),
		Message: fmt.Sprintf("Merge branch '%s'", from)}
	m.branches["main"] = m.keep(c, "")
}

// squash puts a branch on main as one commit, whose message is made as git, a
// server or git rebase -i makes it.
func (m *model) squash(branch string) {
	own := m.own(branch)
	if len(own) == 0 {
		return
	}
	c := push.Commit{Author: m.somebody(), Parents: []string{m.branches["main"]}, Tree: fmt.Sprint("squash ", m.made)}
	c.Message = m.squashed(own)
	m.branches["main"] = m.keep(c, "")
}

func (m *model) squashed(own []string) string {
	var b strings.Builder
	switch m.IntN(3) {
	case 0:
		b.WriteString("Squashed commit of the following:\n")
		for _, id := range slices.Backward(own) {
			c := m.commits[id]
			fmt.Fprintf(&b, "\ncommit %s\nAuthor: %s <%s>\nDate:   now\n\n", id, c.Author.Name, c.Author.Email)
			for line := range strings.Lines(c.Message) {
				b.WriteString("    " + line)
			}
			b.WriteString("\n")
		}
	case 1:
		fmt.Fprintf(&b, "All of %d (#%d)\n", m.made, 1+m.IntN(99))
		for _, id := range own {
			b.WriteString("\n* " + m.commits[id].Message + "\n")
		}
	case 2:
		b.WriteString("All of it")
		for _, id := range own {
			b.WriteString("\n\n" + m.commits[id].Message)
		}
	}
	return b.String()
}

// fold squashes the last commits of a branch into the first of them.
func (m *model) fold(branch string) {
	own := m.own(branch)
	if len(own) < 2 {
		return
	}
	own = own[len(own)-2:]
	if m.change[own[0]] == m.change[own[1]] {
		return
	}
	c := m.commits[own[0]]
	c.Committer = push.Signature{}
	c.Tree = m.commits[own[1]].Tree
	c.Message += "\n\n" + m.commits[own[1]].Message
	m.branches[branch] = m.keep(c, m.change[own[0]])
}
