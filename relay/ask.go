package relay

import (
	"cmp"
	"context"
	"fmt"

	"jirahook/jira"
	"jirahook/plan"
)

// Ask looks at what actions would meet in Jira now, and changes and keeps nothing, in
// Jira or on disk. An error is the first trouble with a Jira; all are asked.
func (r *Relay) Ask(ctx context.Context, actions []plan.Action) ([]plan.Outlook, error) {
	s := r.NewSender()
	s.Forgetful = true
	all := make([]plan.Outlook, len(actions))
	var clients []*jira.Client // in the order in which they are met
	its := map[*jira.Client][]int{}
	var first error
	for i, a := range actions {
		client, none := s.of(a)
		if client == nil {
			first = cmp.Or[error](first, &jira.Error{Verdict: none.Verdict, Problem: none.Problem, Advice: none.Advice})
			continue
		}
		if its[client] == nil {
			clients = append(clients, client)
		}
		its[client] = append(its[client], i)
	}
	for _, client := range clients {
		places := its[client]
		asked := make([]plan.Action, len(places))
		for n, i := range places {
			asked[n] = actions[i]
		}
		outlooks, err := client.Ask(ctx, asked)
		for n, i := range places {
			all[i] = outlooks[n]
		}
		if err != nil && len(clients) > 1 {
			err = fmt.Errorf("%s: %w", asked[0].Site, err)
		}
		first = cmp.Or(first, err)
	}
	return all, first
}
