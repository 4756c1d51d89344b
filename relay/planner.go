package relay

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"jirahook/event"
	"jirahook/outbox"
	"jirahook/plan"
)

// Plan plans what was kept by the configuration of the moment. It implements
// outbox.Planner.
func (r *Relay) Plan(ctx context.Context, facts []byte, known plan.Known) (plan.Plan, error) {
	happened, err := event.Decode(facts)
	if errors.Is(err, event.ErrVersion) {
		return plan.Plan{}, err
	}
	if err != nil {
		return plan.Plan{}, fmt.Errorf("%w: %w", outbox.ErrUnreadable, err)
	}
	repository := happened.Repository()
	whose := plan.Plan{Push: happened.ID(), Repository: repository.ID}
	loaded, path, err := r.Load(repository.Path, repository.Dir)
	if err != nil {
		return whose, err
	}
	repository.Path = path // a broken configuration could not tell it
	rules, err := plan.Compile(loaded.Config)
	if err != nil {
		return whose, err
	}
	// A project may be younger than the list. Then its keys are looked up when
	// they are delivered: better a note that an issue is unknown than silence.
	if cfg := loaded.Config; cfg.Projects.Auto && !isListFresh(cfg, happened.Time()) {
		if unlisted := rules.Unlisted(*happened.Push); len(unlisted) > 0 {
			cfg.Projects.Keys = append(slices.Clone(cfg.Projects.Keys), unlisted...)
			if rules, err = plan.Compile(cfg); err != nil {
				return whose, err
			}
		}
	}
	planned, err := rules.PlanEvent(ctx, happened, known)
	if err != nil {
		return whose, err
	}
	return planned, nil
}
