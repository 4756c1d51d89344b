package relay

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"jirahook/hooks"
	"jirahook/outbox"
	"jirahook/plan"
)

// Plan plans a kept push by the configuration of the moment. It implements
// outbox.Planner.
func (r *Relay) Plan(ctx context.Context, facts []byte, known plan.Known) (plan.Plan, error) {
	pushed, err := hooks.DecodeFacts(facts)
	if errors.Is(err, hooks.ErrVersion) {
		return plan.Plan{}, err
	}
	if err != nil {
		return plan.Plan{}, fmt.Errorf("%w: %w", outbox.ErrUnreadable, err)
	}
	whose := plan.Plan{Push: pushed.ID, Repository: pushed.Repository.ID}
	loaded, path, err := r.Load(pushed.Repository.Path, pushed.Repository.Dir)
	if err != nil {
		return whose, err
	}
	pushed.Repository.Path = path // a broken configuration could not tell it
	rules, err := plan.Compile(loaded.Config)
	if err != nil {
		return whose, err
	}
	// A project may be younger than the list. Then its keys are looked up when
	// they are delivered: better a note that an issue is unknown than silence.
	if cfg := loaded.Config; cfg.Projects.Auto && !isListFresh(cfg, pushed.Time) {
		if unlisted := rules.Unlisted(pushed); len(unlisted) > 0 {
			cfg.Projects.Keys = append(slices.Clone(cfg.Projects.Keys), unlisted...)
			if rules, err = plan.Compile(cfg); err != nil {
				return whose, err
			}
		}
	}
	planned, err := rules.PlanWithin(ctx, pushed, known)
	if err != nil {
		return whose, err
	}
	return planned, nil
}
