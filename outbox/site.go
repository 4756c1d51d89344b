package outbox

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"jirahook/plan"
)

// Pause is why a site is left alone; "": it is not.
type Pause string

const (
	PauseAway        Pause = "away"        // does not answer, or asks for patience
	PauseCredentials Pause = "credentials" // does not accept us; a person must act
	PauseOperator    Pause = "operator"    // somebody said so; ends by Resume alone
)

const (
	// lockedProbe is how often a site is asked that did not accept us.
	lockedProbe = 15 * time.Minute
	// probeLease is how long a probe stays with a process that has died.
	probeLease = 30 * time.Second
	// never is the time of a probe that must not happen.
	never = int64(1) << 61
)

// Site is one Jira as the outbox sees it.
type Site struct {
	Name    string
	Pause   Pause
	Since   time.Time // of the pause
	Next    time.Time // when it is probed; zero: not by itself
	Reason  string
	Advice  string
	Waiting int // actions
}

// pauseAway closes a site for all. When it is closed already, this attempt began
// before that, and adds no more than a longer patience.
func (o *Outbox) pauseAway(s session, site string, r plan.Result, now int64) error {
	tries := 0
	if err := s.row("SELECT tries FROM site WHERE name = ?", site).Scan(&tries); err != nil {
		return err
	}
	after := now + r.RetryAfter.Milliseconds()
	until := max(now+o.backoff(tries+1).Milliseconds(), after)
	n, err := s.exec(`UPDATE site SET pause = 'away', since = ?, until = ?, not_before = ?, tries = tries + 1, prober = '', reason = ?, advice = ?
		WHERE name = ? AND pause = ''`, now, until, after, text(awayReason(r)), text(r.Advice), site)
	if err != nil || n > 0 || r.RetryAfter <= 0 {
		return err
	}
	_, err = s.exec("UPDATE site SET until = ?, not_before = ? WHERE name = ? AND pause = 'away' AND until < ?", after, after, site, after)
	return err
}

func awayReason(r plan.Result) string {
	if r.Problem == "" {
		return "Jira does not answer"
	}
	return r.Problem
}

// pauseLocked closes a site that did not accept us.
func (o *Outbox) pauseLocked(s session, site string, out *outcome, now int64) error {
	until := nextLockedProbe(out.result, now)
	_, err := s.exec(`UPDATE site SET pause = 'credentials', since = ?, until = ?, not_before = ?, prober = '', reason = ?, advice = ?,
		locked = ?, locked_until = ? WHERE name = ? AND pause IN ('', 'away')`,
		now, until, until, text(out.result.Problem), text(out.result.Advice), out.fingerprint, until, site)
	return err
}

func nextLockedProbe(r plan.Result, now int64) int64 {
	if r.NeverProbe {
		return never
	}
	return now + max(lockedProbe, r.RetryAfter).Milliseconds()
}

// siteRow is what the rules about pauses need of a site.
type siteRow struct {
	name        string
	pause       Pause
	until       int64
	after       int64
	tries       int
	locked      string // fingerprint that the site did not accept
	lockedUntil int64
}

func (o *Outbox) siteRows(ctx context.Context) (map[string]siteRow, error) {
	rows := map[string]siteRow{}
	err := o.read(ctx, "read the sites", func(s session) error {
		return s.each(func(scan func(...any) error) error {
			var r siteRow
			err := scan(&r.name, &r.pause, &r.until, &r.after, &r.tries, &r.locked, &r.lockedUntil)
			rows[r.name] = r
			return err
		}, "SELECT name, pause, until, not_before, tries, locked, locked_until FROM site")
	})
	return rows, err
}

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
		r := rows[name]
		if r.pause != PauseAway && r.pause != PauseCredentials {
			continue
		}
		now := millis(d.now())
		due := r.until <= now || impatient && r.pause == PauseAway && r.after <= now
		if !due && r.pause == PauseAway {
			continue
		}
		actions, err := candidates(name)
		if err != nil {
			return err
		}
		origin, changed := d.origin(r, actions)
		if origin == nil || !due && !changed {
			continue
		}
		if err := d.probe(ctx, r, *origin); err != nil {
			return err
		}
	}
	return nil
}

// origin chooses the action to probe with: if there is one, an action with
// credentials that the site has not turned away. Changed: there is, and a pause
// for credentials need not be waited for.
func (d *drainer) origin(r siteRow, actions []plan.Action) (origin *plan.Action, changed bool) {
	if len(actions) == 0 {
		return nil, false
	}
	for i, a := range actions {
		if r.locked != "" && d.sender.Fingerprint(a) != r.locked {
			return &actions[i], true
		}
	}
	return &actions[0], false
}

// probe asks a paused site whether it is back; of all processes one does.
func (d *drainer) probe(ctx context.Context, r siteRow, origin plan.Action) error {
	me := rand.Text()
	mine := false
	err := d.write(ctx, "probe a site", func(s session) error {
		n, err := s.exec("UPDATE site SET prober = ?, until = ? WHERE name = ? AND pause = ? AND until = ?",
			me, millis(d.now())+probeLease.Milliseconds(), r.name, string(r.pause), r.until)
		mine = n > 0
		return err
	})
	if err != nil || !mine {
		return err
	}
	result := plan.Result{Verdict: plan.Away, Problem: "jirahook has a fault here; see its log"}
	d.guard("probe "+r.name, func() { result = d.sender.Probe(ctx, origin) })
	certain, cancel := withoutEnd(ctx)
	defer cancel()
	if errors.Is(ctx.Err(), context.Canceled) && result.Verdict != plan.Done {
		return d.write(certain, "probe a site", func(s session) error { // we were told to stop: nothing was learnt
			_, err := s.exec("UPDATE site SET prober = '', until = ? WHERE name = ? AND prober = ?", r.until, r.name, me)
			return err
		})
	}
	fingerprint := d.sender.Fingerprint(origin)
	err = d.write(certain, "probe a site", func(s session) error { return d.probed(s, r, me, fingerprint, result) })
	if err == nil && (result.Verdict == plan.Away || result.Verdict == plan.Later) {
		err = d.giveUpSite(certain, r.name, awayReason(result))
	}
	return err
}

// probed writes down what a probe came to. An operator's word that came
// meanwhile has taken the probe from its owner.
func (o *Outbox) probed(s session, r siteRow, prober, fingerprint string, result plan.Result) error {
	now := millis(o.now())
	var err error
	switch result.Verdict {
	case plan.Locked:
		until := nextLockedProbe(result, now)
		_, err = s.exec(`UPDATE site SET pause = 'credentials', until = ?, not_before = ?, prober = '', reason = ?, advice = ?, locked = ?, locked_until = ?
			WHERE name = ? AND prober = ?`, until, until, text(result.Problem), text(result.Advice), fingerprint, until, r.name, prober)
	case plan.Away, plan.Later:
		after := now + result.RetryAfter.Milliseconds()
		until := max(now+o.backoff(r.tries+1).Milliseconds(), after)
		_, err = s.exec(`UPDATE site SET pause = 'away', until = ?, not_before = ?, tries = tries + 1, prober = '', reason = ?, advice = ?
			WHERE name = ? AND prober = ?`, until, after, text(awayReason(result)), text(result.Advice), r.name, prober)
	default: // it answers, whatever it says
		forget := ""
		if fingerprint == r.locked {
			forget = ", locked = '', locked_until = 0"
		}
		_, err = s.exec(openSite+forget+" WHERE name = ? AND prober = ?", r.name, prober)
	}
	return err
}

const openSite = "UPDATE site SET pause = '', since = 0, until = 0, not_before = 0, prober = '', reason = '', advice = ''"

// giveUpSite ends the actions that have waited too long for a site that is away:
// while it is, no attempt of their own would end them.
func (o *Outbox) giveUpSite(ctx context.Context, site, problem string) error {
	if o.opts.GiveUpAfter <= 0 {
		return nil
	}
	for {
		var n int64
		err := o.write(ctx, "give up old actions", func(s session) error {
			now := millis(o.now())
			var err error
			n, err = s.exec(`UPDATE action SET state = 'dead', settled_at = ?, problem = ? WHERE seq IN (
				SELECT action.seq FROM lane JOIN action ON action.lane = lane.name
				WHERE lane.site = ? AND (lane.owner = '' OR lane.due_at <= ?) AND action.queued_at < ? AND action.`+waiting+` LIMIT 100)`,
				now, text(o.gaveUp(problem)), site, now, now-o.opts.GiveUpAfter.Milliseconds())
			return err
		})
		if err != nil || n == 0 || ctx.Err() != nil {
			return err
		}
	}
}

// candidates are actions that wait for a site, of different repositories.
func (o *Outbox) candidates(ctx context.Context, site string) ([]plan.Action, error) {
	var actions []plan.Action
	err := o.read(ctx, "read what waits", func(s session) error {
		actions = nil
		return s.each(func(scan func(...any) error) error {
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
			JOIN action ON action.lane = near.name AND action.`+waiting+`
			JOIN push ON push.id = action.push GROUP BY push.path ORDER BY min(action.seq) LIMIT 20) ORDER BY seq`, site)
	})
	return actions, err
}
