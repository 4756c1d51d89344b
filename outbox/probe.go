package outbox

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// probeLease is how long a probe stays with a process that has died.
const probeLease = 30 * time.Second

// probeDue probes the paused sites whose time has come. Sites are asked for with
// an action that waits; so a site for which nothing waits is left alone.
// Impatient: a pause that we chose ourselves does not count, one that Jira asked
// for does, and one for credentials.
func (d *drainer) probeDue(ctx context.Context, impatient bool, candidates func(site string) ([]plan.Action, error)) error {
	rows, err := d.siteRows(ctx)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		r, now := rows[name], store.Millis(d.now())
		if !mayProbe(r, now, impatient) {
			continue
		}
		actions, err := candidates(name)
		if err != nil {
			return err
		}
		origin := d.origin(r, actions, now)
		if origin == nil {
			continue
		}
		if err := d.probe(ctx, r, *origin); err != nil {
			return err
		}
	}
	return nil
}

// mayProbe reports whether a probe may be due, as far as that does not depend on
// the credentials.
func mayProbe(r siteRow, now int64, impatient bool) bool {
	if r.prober != "" && r.until > now {
		return false // somebody is at it
	}
	switch r.pause {
	case PauseAway:
		return r.until <= now || impatient && r.after <= now
	case PauseCredentials:
		return true
	}
	return false
}

// origin chooses the action to probe with: one with credentials that the site
// has not turned away, else with those that have been left alone the longest;
// nil when none may be tried.
func (d *drainer) origin(r siteRow, actions []plan.Action, now int64) *plan.Action {
	var best *plan.Action
	first := now
	for i, a := range actions {
		until, barred := r.barred[d.sender.Fingerprint(a)]
		if !barred {
			return &actions[i]
		}
		if until <= first && (best == nil || until < first) {
			best, first = &actions[i], until
		}
	}
	return best
}

// probe asks a paused site whether it is back; of all processes one does.
func (d *drainer) probe(ctx context.Context, r siteRow, origin plan.Action) error {
	me := rand.Text()
	mine := false
	err := d.db.Write(ctx, "probe a site", func(s store.Session) error {
		n, err := s.Exec("UPDATE site SET prober = ?, until = ? WHERE name = ? AND pause = ? AND until = ? AND prober = ?",
			me, store.Millis(d.now())+probeLease.Milliseconds(), r.name, string(r.pause), r.until, r.prober)
		mine = n > 0
		return err
	})
	if err != nil || !mine {
		return err
	}
	result := plan.Result{Verdict: plan.Away, Problem: fault}
	d.guard("probe "+r.name, func() { result = d.sender.Probe(ctx, origin) })
	certain, cancel := withoutEnd(ctx)
	defer cancel()
	if errors.Is(ctx.Err(), context.Canceled) && result.Verdict != plan.Done {
		return d.db.Write(certain, "probe a site", func(s store.Session) error { // we were told to stop: nothing was learnt
			_, err := s.Exec("UPDATE site SET prober = '', until = ? WHERE name = ? AND prober = ?", r.until, r.name, me)
			return err
		})
	}
	fingerprint := d.sender.Fingerprint(origin)
	err = d.db.Write(certain, "probe a site", func(s store.Session) error { return d.probed(s, r, me, fingerprint, result) })
	if err == nil && !result.OwnWay && (result.Verdict == plan.Away || result.Verdict == plan.Later) {
		err = d.giveUpSite(certain, r.name, awayReason(result))
	}
	return err
}

// probed writes down what a probe came to. An operator's word that came
// meanwhile has taken the probe from its owner.
func (o *Outbox) probed(s store.Session, r siteRow, prober, fingerprint string, result plan.Result) error {
	now := store.Millis(o.now())
	if result.OwnWay { // nothing was learnt of the site
		if _, err := barOwnWay(s, r.name, fingerprint, result, now); err != nil {
			return err
		}
		_, err := s.Exec("UPDATE site SET prober = '', until = ? WHERE name = ? AND prober = ?", r.until, r.name, prober)
		return err
	}
	switch result.Verdict {
	case plan.Locked:
		if err := bar(s, r.name, fingerprint, result, now); err != nil {
			return err
		}
		_, err := s.Exec("UPDATE site SET since = CASE WHEN pause = 'credentials' THEN since ELSE ? END, pause = 'credentials', until = "+nextBarred+", not_before = 0, prober = '', reason = ?, advice = ? WHERE name = ? AND prober = ?",
			now, r.name, store.Text(result.Problem), store.Text(result.Advice), r.name, prober)
		return err
	case plan.Away, plan.Later:
		after := now + result.RetryAfter.Milliseconds()
		until := max(now+o.backoff(r.tries+1).Milliseconds(), after)
		_, err := s.Exec("UPDATE site SET "+excuse+`, since = CASE WHEN pause = 'away' THEN since ELSE ? END, pause = 'away', until = ?, not_before = ?, tries = tries + 1, prober = '', reason = ?, advice = ?
			WHERE name = ? AND prober = ?`, now, now, until, after, store.Text(awayReason(result)), store.Text(result.Advice), r.name, prober)
		return err
	}
	// It answers, whatever it says. Other credentials stay barred.
	n, err := s.Exec(openSite+" WHERE name = ? AND prober = ?", now, r.name, prober)
	if err == nil && n > 0 {
		_, err = s.Exec("DELETE FROM barred WHERE site = ? AND fingerprint = ?", r.name, store.Text(fingerprint))
	}
	return err
}

// openSite ends a pause of any kind. Its first parameter is the time.
const openSite = "UPDATE site SET " + excuse + ", pause = '', since = 0, until = 0, not_before = 0, prober = '', reason = '', advice = ''"

// candidates are actions that wait for a site, of different repositories.
func (o *Outbox) candidates(ctx context.Context, site string) ([]plan.Action, error) {
	var actions []plan.Action
	err := o.db.Read(ctx, "read what waits", func(s store.Session) error {
		actions = nil
		return s.Each(func(scan func(...any) error) error {
			var payload []byte
			var a plan.Action
			if err := scan(&payload); err != nil {
				return err
			}
			if json.Unmarshal(payload, &a) == nil { // else it dies at its turn
				actions = append(actions, a)
			}
			return nil
		}, `SELECT payload FROM action WHERE seq IN (
			SELECT min(action.seq) FROM (SELECT name FROM lane WHERE site = ? ORDER BY due_at LIMIT 200) near
			JOIN action ON action.lane = near.name AND action.`+store.Waiting+`
			JOIN push ON push.id = action.push GROUP BY push.path ORDER BY min(action.seq) LIMIT 20) ORDER BY seq`, site)
	})
	return actions, err
}
