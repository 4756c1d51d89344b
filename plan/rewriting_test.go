package plan_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"jirahook/plan"
	"jirahook/push"
)

// push pushes what has changed, and has the plan carried out.
func (m *model) push() {
	m.pushes++
	p := push.Push{
		ID: fmt.Sprint("push ", m.pushes), Time: m.later(), Ancestors: push.Ancestors{Parents: map[string][]string{}},
		Repository: push.Repository{ID: "app", Path: "team/app", Dir: "/srv/git/team/app.git", DefaultBranch: "main"},
	}
	olds, news := []string{}, []string{}
	for _, b := range []string{"main", "a", "b"} {
		olds = append(olds, m.before[b])
		if m.before[b] != m.branches[b] {
			p.Updates = append(p.Updates, push.Update{Ref: "refs/heads/" + b, Old: m.before[b], New: m.branches[b]})
			news = append(news, m.branches[b])
		}
	}
	had, has := m.reachFrom(olds), m.reachFrom(news)
	for _, id := range m.inOrder(has) {
		c := m.commits[id]
		c.New = !had[id]
		for _, u := range p.Updates {
			if b, _ := u.Branch(); m.reachFrom([]string{u.New})[id] && !m.reachFrom([]string{u.Old})[id] {
				c.Arrives = append(c.Arrives, b)
			}
		}
		if len(c.Arrives) > 0 {
			c.Branch = c.Arrives[0]
			p.Commits = append(p.Commits, c)
		} else {
			p.Ancestors.Parents[id] = c.Parents
		}
	}
	for _, u := range p.Updates {
		for _, id := range slices.Backward(m.inOrder(m.reachFrom([]string{u.Old}))) {
			if !has[id] && !slices.Contains(p.Gone, id) {
				p.Gone = append(p.Gone, id)
			}
		}
	}
	m.before = maps.Clone(m.branches)
	planned := m.rules.Plan(p, m.known)
	for _, r := range planned.Records {
		m.known.Records[r.ID] = append(m.known.Records[r.ID], r)
	}
	for _, a := range planned.Actions {
		m.carryOut(a)
		for _, r := range a.Records {
			m.known.Records[r.ID] = append(m.known.Records[r.ID], r)
		}
	}
	m.noneLeadsAway(p)
	m.nothingNew(p)
}

// carryOut is what Jira does.
func (m *model) carryOut(a plan.Action) {
	switch {
	case a.Worklog != nil:
		m.worklogs[a.Worklog.Spent]++
	case a.Link != nil && a.Link.Remove:
		delete(m.links, a.Issue+" "+a.Link.GlobalID)
		delete(m.pages, a.Issue+" "+a.Link.GlobalID)
	case a.Link != nil:
		m.links[a.Issue+" "+a.Link.GlobalID] = commitIn(a.Link.URL)
		m.pages[a.Issue+" "+a.Link.GlobalID] = a.Link.URL + " " + a.Link.Title
	case a.Comment != nil:
		id := commitIn(a.Comment.Body)
		earlier := ""
		for _, marker := range a.Comment.Edits {
			if _, ok := m.texts[a.Issue+" "+marker]; ok && earlier == "" {
				earlier = marker
			}
		}
		delete(m.texts, a.Issue+" "+earlier)
		delete(m.bodies, a.Issue+" "+earlier)
		if earlier != "" || !a.Comment.OnlyEdit {
			m.texts[a.Issue+" "+a.Comment.Marker] = id
			m.bodies[a.Issue+" "+a.Comment.Marker] = a.Comment.Said(func(plan.Moving) bool { return true })
		}
		if earlier == "" && !a.Comment.OnlyEdit {
			m.comments[a.Issue+" "+m.change[id]]++
		}
	}
}

var commitPage = regexp.MustCompile(`/-/commit/([0-9a-f]{40})`)

// commitIn is the commit that a text leads to.
func commitIn(text string) string {
	if found := commitPage.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

// inOrder are commits in the order in which they were made.
func (m *model) inOrder(ids map[string]bool) []string {
	return slices.SortedFunc(maps.Keys(ids), func(a, b string) int { return m.order[a] - m.order[b] })
}

var keyIn = regexp.MustCompile(`SHOP-[0-9]+`)

// noneLeadsAway: where the push brought a new form of a commit that it took away,
// nothing leads to that any more.
func (m *model) noneLeadsAway(p push.Push) {
	gone := map[string]bool{}
	for _, id := range p.Gone {
		gone[id] = true
	}
	brought := map[string]string{}
	for _, c := range p.Commits {
		for _, key := range keyIn.FindAllString(c.Message, -1) {
			brought[key+" "+m.change[c.ID]] = c.ID
		}
	}
	for where, texts := range map[string]map[string]string{"link": m.links, "comment": m.texts} {
		for at, id := range texts {
			key, _, _ := strings.Cut(at, " ")
			if now := brought[key+" "+m.change[id]]; gone[id] && now != "" {
				m.Errorf("a %s on %s leads to %s, which is %s now", where, key, id[:8], now[:8])
			}
		}
	}
}

// nothingNew: a branch with commits that were all told asks for nothing.
func (m *model) nothingNew(p push.Push) {
	p.ID, p.Gone, p.Updates = "copy", nil, []push.Update{{Ref: "refs/heads/copy", New: m.branches["a"]}}
	on := m.reach("a")
	p.Commits = slices.Clone(p.Commits)
	for i := range p.Commits {
		p.Commits[i].New, p.Commits[i].Arrives, p.Commits[i].Branch = false, []string{"copy"}, "copy"
	}
	p.Commits = slices.DeleteFunc(p.Commits, func(c push.Commit) bool { return !on[c.ID] })
	if planned := m.rules.Plan(p, m.known); len(planned.Actions) > 0 {
		m.Errorf("pushed once more, it asks for\n%s", explained(planned))
	}
}

func explained(p plan.Plan) string {
	var b strings.Builder
	if err := p.WriteText(&b); err != nil {
		return err.Error()
	}
	return b.String()
}

// step does one thing and pushes.
func (m *model) step() {
	branch := []string{"a", "b"}[m.IntN(2)]
	other := map[string]string{"a": "b", "b": "a"}[branch]
	steps := []struct {
		name string
		do   func()
	}{
		{"write", func() { m.write(branch) }},
		{"write on main", func() { m.write("main") }},
		{"amend", func() { m.amend(branch) }},
		{"rebase", func() { m.rebase(branch) }},
		{"pick", func() { m.pick(branch, other) }},
		{"merge", func() { m.merge(branch) }},
		{"squash", func() { m.squash(branch) }},
		{"fold", func() { m.fold(branch) }},
		{"start again", func() { m.branches[branch] = m.branches["main"] }},
	}
	s := steps[m.IntN(len(steps))]
	m.said = append(m.said, s.name+" "+branch)
	s.do()
	m.push()
}

// Whatever people do with their commits: what each of them asks for is done once,
// each change is told once, and nothing leads to what was taken away.
func TestRewriting(t *testing.T) {
	for seed := range uint64(100) {
		m := newModel(t, seed)
		for range 25 {
			if m.step(); t.Failed() {
				t.Fatalf("seed %d: %s", seed, strings.Join(m.said, ", "))
			}
			m.compare()
			if t.Failed() {
				t.Fatalf("seed %d: %s", seed, strings.Join(m.said, ", "))
			}
		}
	}
}

var minutes = regexp.MustCompile(`#time ([0-9]+m)`)

// compare: each #time that was ever pushed is logged once, and each change told
// once on each of its issues.
func (m *model) compare() {
	work, told := map[string]bool{}, map[string]bool{}
	for id, c := range m.commits {
		for _, found := range minutes.FindAllStringSubmatch(c.Message, -1) {
			work[found[1]] = true
		}
		for _, key := range keyIn.FindAllString(c.Message, -1) {
			told[key+" "+m.change[id]] = true
		}
	}
	logged := map[string]int{}
	for spent, n := range m.worklogs {
		logged[inMinutes(spent)] += n
	}
	for w := range work {
		if logged[w] != 1 {
			m.Errorf("%s was logged %d times", w, logged[w])
		}
	}
	for at := range told {
		if n := m.comments[at]; n != 1 {
			m.Errorf("%s was told %d times", at, n)
		}
	}
}

// inMinutes reads "1h 5m".
func inMinutes(spent string) string {
	d, err := time.ParseDuration(strings.ReplaceAll(spent, " ", ""))
	if err != nil {
		return spent
	}
	return fmt.Sprintf("%dm", int(d.Minutes()))
}
