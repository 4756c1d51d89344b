package plan_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"jirahook/config"
	"jirahook/push"
)

// Whatever people do with their commits, an issue has one comment for each branch,
// and it tells of the commits that are there.
func TestBranchCommentFollowsItsBranch(t *testing.T) {
	for seed := range uint64(60) {
		m := newModel(t, seed)
		m.rules = rulesOf(t, func(cfg *config.Config) {
			cfg.Projects = config.Projects{Keys: []string{"SHOP"}}
			cfg.Mentions.Comment, cfg.Mentions.WebLink = "branch", "branch"
		})
		for range 25 {
			if m.IntN(3) > 0 {
				m.step()
			} else {
				m.stepAside()
			}
			if !t.Failed() {
				m.compareGrown()
			}
			if t.Failed() {
				t.Fatalf("seed %d: %s", seed, strings.Join(m.said, ", "))
			}
		}
	}
}

// stepAside is what TestRewriting has no use for.
func (m *model) stepAside() {
	branch := []string{"a", "b"}[m.IntN(2)]
	own := m.own(branch)
	switch n := m.IntN(3); {
	case n == 0:
		m.said = append(m.said, "write of something else on "+branch)
		c := push.Commit{Author: m.somebody(), Parents: []string{m.branches[branch]}, Message: "Something else", Tree: fmt.Sprint("tree ", m.made)}
		m.branches[branch] = m.keep(c, "")
	case n == 1 && len(own) > 0:
		m.said = append(m.said, "take back from "+branch)
		id := own[m.IntN(len(own))]
		m.taken = append(m.taken, m.branches[branch])
		m.branches[branch] = m.commits[id].Parents[0]
	case n == 2 && len(m.taken) > 0:
		m.said = append(m.said, "bring back to "+branch)
		m.branches[branch] = m.taken[len(m.taken)-1]
		m.taken = m.taken[:len(m.taken)-1]
	default:
		return
	}
	m.push()
}

var (
	headOn      = regexp.MustCompile(`(?:in ([0-9]+) commits? |^No commit )on branch \[(\w+)\|`)
	listedIn    = regexp.MustCompile(`(?m)^\* \[[0-9a-f]{8}\|[^]]*/-/commit/([0-9a-f]{40})\]`)
	shortIDs    = regexp.MustCompile(` ([0-9a-f]{8}) to ([0-9a-f]{8})$`)
	comparePage = regexp.MustCompile(`/-/compare/([0-9a-f]{40})\.\.\.([0-9a-f]{40})`)
)

func (m *model) compareGrown() {
	there := m.reach("main", "a", "b")
	forms := map[string]int{}
	for _, change := range m.change {
		forms[change]++
	}
	leadsOn := func(what, text string) {
		for _, page := range comparePage.FindAllStringSubmatch(text, -1) {
			for _, id := range page[1:] {
				if !there[id] {
					m.Errorf("%s compares with %s, which is gone", what, id[:8])
				}
			}
		}
		for _, page := range commitPage.FindAllStringSubmatch(text, -1) {
			if !there[page[1]] {
				m.Errorf("%s leads to %s, which is gone", what, page[1][:8])
			}
		}
	}
	listed, branches := map[string]int{}, map[string]int{}
	for at, text := range m.bodies {
		key, _, _ := strings.Cut(at, " ")
		found := headOn.FindStringSubmatch(text)
		if found == nil {
			m.Fatalf("%s is told %s", key, text)
		}
		if branches[key+found[2]]++; branches[key+found[2]] > 1 {
			m.Errorf("%s has several comments for branch %s", key, found[2])
		}
		lines := listedIn.FindAllStringSubmatch(text, -1)
		if n := fmt.Sprint(len(lines)); n != found[1] && len(lines) > 0 {
			m.Errorf("%s tells of %s commits and lists %s", key, found[1], n)
		}
		for _, l := range lines {
			listed[key+" "+m.change[l[1]]]++
		}
		leadsOn("a comment on "+key, text)
	}
	for at, page := range m.pages {
		leadsOn("a link on "+at, page)
		if ids := shortIDs.FindStringSubmatch(page); ids != nil && !(beginsOne(there, ids[1]) && beginsOne(there, ids[2])) {
			m.Errorf("a link on %s is titled%s", at, ids[0])
		}
	}
	// What several branches hold may be taken from the one where it was told.
	for _, two := range [][]string{{"main", "a"}, {"main", "b"}, {"a", "b"}} {
		on := m.reach(two[0])
		for id := range m.reach(two[1]) {
			m.shared[id] = m.shared[id] || on[id]
		}
	}
	for id := range there {
		for _, key := range keyIn.FindAllString(m.commits[id].Message, -1) {
			n := listed[key+" "+m.change[id]]
			if n > 1 || n == 0 && forms[m.change[id]] == 1 && !m.shared[id] {
				m.Errorf("%s on %s is listed %d times", id[:8], key, n)
			}
		}
	}
}

func beginsOne(ids map[string]bool, short string) bool {
	for id := range ids {
		if strings.HasPrefix(id, short) {
			return true
		}
	}
	return false
}
