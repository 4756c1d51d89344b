package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"jirahook/config"
	"jirahook/plan"
	"jirahook/push"
)

// entities tells in short what a push says issues have.
func entities(p plan.Plan) []string {
	var all []string
	for _, e := range p.Entities {
		all = append(all, strings.Join([]string{string(e.Kind), e.Name, e.State, e.Title, strings.TrimPrefix(e.URL, "https://git.example.com/team/app/-/"), e.Author,
			fmt.Sprint(e.At.Sub(noon)), strings.Join(e.Issues, "+")}, "|"))
	}
	return all
}

func TestEntities(t *testing.T) {
	id := func(n int) string { return fmt.Sprintf("%040x", n) }
	for name, test := range map[string]struct {
		push   push.Push
		change func(*config.Config)
		want   []string
	}{
		"commits, the last first": {push: pushOf("SHOP-1 a", "no key", "SHOP-2 SHOP-1 b\n\nmore"), want: []string{
			"commit|" + id(3) + "||SHOP-2 SHOP-1 b|commit/" + id(3) + "|Ann|0s|SHOP-2+SHOP-1",
			"commit|" + id(1) + "||SHOP-1 a|commit/" + id(1) + "|Ann|-2s|SHOP-1",
		}},
		"no page, no comments": {push: pushOf("SHOP-1 a"), change: func(c *config.Config) { c.Server.Kind, c.Mentions.Comment = "none", "off" }, want: []string{
			"commit|" + id(1) + "||SHOP-1 a||Ann|0s|SHOP-1",
		}},
		"on a branch that does not count": {push: onBranch("wip", pushOf("SHOP-1 a")), change: func(c *config.Config) { c.Mentions.Branches = []string{"main"} }},
		"a merge request, told once": {push: pushOf("SHOP-1 a\n\nSee merge request team/app!17", "SHOP-1 b\n\nSee merge request team/app!17"), want: []string{
			"commit|" + id(2) + "||SHOP-1 b|commit/" + id(2) + "|Ann|0s|SHOP-1",
			"merge_request|team/app!17|merged||merge_requests/17||0s|SHOP-1",
			"commit|" + id(1) + "||SHOP-1 a|commit/" + id(1) + "|Ann|-1s|SHOP-1",
		}},
		"another host's merge request": {push: pushOf("SHOP-1 a\n\nSee merge request https://else.example.com/team/app/-/merge_requests/17"), want: []string{
			"commit|" + id(1) + "||SHOP-1 a|commit/" + id(1) + "|Ann|0s|SHOP-1",
		}},
		"branches and tags": {push: push.Push{
			ID: "p", Time: noon, Repository: push.Repository{ID: "r", Path: "team/app", DefaultBranch: "main"}, Merged: []string{"SHOP-3-z", "other"},
			Updates: []push.Update{{New: id(1), Ref: "refs/heads/SHOP-1-x"}, {Old: id(1), Ref: "refs/heads/SHOP-2-y"}, {New: id(1), Ref: "refs/heads/main"},
				{New: id(1), Ref: "refs/tags/SHOP-4-done"}, {Old: id(1), Ref: "refs/tags/SHOP-5"}, {New: id(1), Ref: "refs/tags/v1"}, {New: id(1), Ref: "refs/notes/SHOP-6"}},
			Gone: []string{id(7)},
		}, change: func(c *config.Config) { c.Branches.WebLink = false }, want: []string{
			"branch|SHOP-1-x|open||tree/SHOP-1-x||0s|SHOP-1",
			"branch|SHOP-2-y|deleted||tree/SHOP-2-y||0s|SHOP-2",
			"branch|SHOP-3-z|merged||tree/SHOP-3-z||0s|SHOP-3",
			"tag|SHOP-4-done|open||||0s|SHOP-4",
			"tag|SHOP-5|deleted||||0s|SHOP-5",
			"commit|" + id(7) + "|deleted||||0s|",
		}},
	} {
		got := entities(rulesOf(t, test.change).Plan(test.push, plan.Known{}))
		if !slices.Equal(got, test.want) {
			t.Errorf("%s:\n got %s\nwant %s", name, strings.Join(got, "\n     "), strings.Join(test.want, "\n     "))
		}
	}
}

// However many commits name an issue, the last 500 of a push are told of.
func TestEntitiesHaveALimit(t *testing.T) {
	for _, n := range []int{plan.MaxCommitsOfIssue, plan.MaxCommitsOfIssue + 1} {
		messages := slices.Repeat([]string{"SHOP-1 a"}, n)
		messages[0] += " SHOP-2"
		got := rulesOf(t, nil).Plan(pushOf(messages...), plan.Known{}).Entities
		first := got[len(got)-1]
		if want := min(n, plan.MaxCommitsOfIssue) + n - plan.MaxCommitsOfIssue; len(got) != want {
			t.Errorf("%d commits: %d, not %d", n, len(got), want)
		}
		if alone := slices.Equal(first.Issues, []string{"SHOP-2"}); alone != (n > plan.MaxCommitsOfIssue) {
			t.Errorf("%d commits: the first is of %q", n, first.Issues)
		}
	}
}
