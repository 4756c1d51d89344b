package hooks

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jirahook/config"
	"jirahook/outbox"
	"jirahook/plan"
)

func TestReport(t *testing.T) {
	tests := map[string]struct {
		report outbox.PushReport
		want   string
	}{
		"silence": {want: ""},
		"what was done": {
			report: outbox.PushReport{Actions: []outbox.Report{
				{Issue: "SHOP-12", Kind: plan.KindComment, State: outbox.Done, Words: "comment", Summary: "Cart total is wrong"},
				{Issue: "SHOP-12", Kind: plan.KindLink, State: outbox.Done, Words: "link", Summary: "Cart total is wrong"},
				{Issue: "SHOP-12", Kind: plan.KindWorklog, State: outbox.Done, Words: "2h logged", Summary: "Cart total is wrong"},
				{Issue: "SHOP-12", Kind: plan.KindTransition, State: outbox.Done, Words: "Done", Summary: "Cart total is wrong"},
			}},
			want: `
jirahook: SHOP-12  Cart total is wrong   Done · comment · 2h logged
                   https://jira.example.com/browse/SHOP-12
`,
		},
		"nothing was left to do": {
			report: outbox.PushReport{Actions: []outbox.Report{
				{Issue: "SHOP-11", Kind: plan.KindComment, State: outbox.Done, Summary: "Cart is empty"},
				{Issue: "SHOP-12", Kind: plan.KindLink, State: outbox.Done},
				{Issue: "SHOP-12", Kind: plan.KindComment, State: outbox.Done, Words: "comment edited"},
			}},
			want: `
jirahook: SHOP-12  comment edited
                   https://jira.example.com/browse/SHOP-12
`,
		},
		"trouble": {
			report: outbox.PushReport{
				Actions: []outbox.Report{
					{Issue: "OPS-7", Kind: plan.KindComment, State: outbox.Queued, Problem: "Jira does not answer"},
					{Issue: "OPS-7", Kind: plan.KindLink, State: outbox.Queued, Problem: "Jira does not answer"},
					{Issue: "SHOP-3", Kind: plan.KindTransition, State: outbox.Dead, Problem: "#start is ambiguous: Start progress, Start review"},
					{Issue: "SHOP-4", Kind: plan.KindComment, State: outbox.Skipped, Problem: "no such issue, or no permission to see it"},
				},
				Notes: []plan.Note{
					{Issue: "SHOP-3", Text: "#time needs a duration first"},
					{Issue: "SHOP-9", Text: "#comment has no text: nothing said"},
					{Commit: "0123456789abcdef", Text: "names 60 issues"},
				},
			},
			want: `
jirahook: OPS-7    queued: Jira does not answer; it will be told later
jirahook: SHOP-3   #start is ambiguous: Start progress, Start review
jirahook: SHOP-3   #time needs a duration first
jirahook: SHOP-4   no such issue, or no permission to see it
jirahook: SHOP-9   #comment has no text: nothing said
jirahook: commit 01234567: names 60 issues
`,
		},
		"held": {
			report: outbox.PushReport{Push: "17-1-a", Held: "touches 250 issues, more than limits.issues_per_push (100)"},
			want: `
jirahook: held: this push touches 250 issues, more than
          limits.issues_per_push (100). Nothing is told to Jira until an
          admin releases it: jirahook queue release 17-1-a
`,
		},
		"hostile summaries and long ones": {
			report: outbox.PushReport{Actions: []outbox.Report{
				{Issue: "SHOP-1", Kind: plan.KindComment, State: outbox.Done, Words: "comment",
					Summary: "\x1b[31mred\x1b[0m and \u202egnp.exe " + strings.Repeat("long ", 30)},
				{Issue: "SHOP-2", Kind: plan.KindComment, State: outbox.Done, Words: "comment", Summary: "かごの合計が間違っているかごの合計が間違っている"},
			}},
			want: `
jirahook: SHOP-1   [31mred[0m and gnp.exe long long long long…   comment
                   https://jira.example.com/browse/SHOP-1
jirahook: SHOP-2   かごの合計が間違っているかごの合計が間違っ…   comment
                   https://jira.example.com/browse/SHOP-2
`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			reporter{w: &b}.report(config.Config{Jira: config.Jira{URL: "https://jira.example.com"}}, tt.report)
			if diff := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), b.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for line := range strings.Lines(b.String()) {
				if n := Columns(strings.TrimSuffix(line, "\n")); n > columns {
					t.Errorf("%d columns: %s", n, line)
				}
			}
		})
	}
}

func TestReportOfManyIssuesIsCut(t *testing.T) {
	var p outbox.PushReport
	for i := range 30 {
		p.Actions = append(p.Actions, outbox.Report{Issue: "SHOP-" + strings.Repeat("1", i%5+1) + string(rune('A'+i)), Kind: plan.KindComment, State: outbox.Done, Words: "comment"})
	}
	var b strings.Builder
	reporter{w: &b}.report(config.Config{Jira: config.Jira{URL: "https://jira.example.com"}}, p)
	if n := strings.Count(b.String(), "\n"); n != maxIssues+1 || !strings.Contains(b.String(), "and 10 more issues") {
		t.Errorf("%d lines:\n%s", n, b.String())
	}
}
