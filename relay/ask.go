package relay

import (
	"context"

	"jirahook/jira"
	"jirahook/plan"
)

// Ask looks at what actions would meet in Jira now, and changes and keeps nothing, in
// Jira or on disk. An error is the first trouble with a Jira; all are asked.
func (r *Relay) Ask(ctx context.Context, actions []plan.Action) ([]plan.Outlook, error) {
	s := r.NewSender()
	s.Forgetful = true
	all := make([]plan.Outlook, len(actions))
	its := map[*jira.Client][]int{}
	var first error
	for i, a := range actions {
		client, none := s.of(a)
		if client == nil {
			first = orElse(first, &jira.Error{Verdict: none.Verdict, Problem: none.Problem, Advice: none.Advice})
			continue
		}
		its[client] = append(its[client], i)
	}
	for client, places := range its {
		asked := make([]plan.Action, len(places))
		for n, i := range places {
			asked[n] = actions[i]
		}
		outlooks, err := client.Ask(ctx, asked)
		for n, i := range places {
			all[i] = outlooks[n]
		}
		if err != nil {
			first = orElse(first, err)
		}
	}
	return all, first
}

func orElse(first, err error) error {
	if first != nil {
		return first
	}
	return err
}
