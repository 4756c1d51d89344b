package outbox

import (
	"context"
	"time"

	"jirahook/outbox/store"
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
	// barredFor is how long credentials are left alone that a site did not accept.
	barredFor = 15 * time.Minute
	// ownWayFor is how long a way to a site is left alone that did not lead there.
	ownWayFor = time.Minute
	// parkedFor is how long a lane waits before it is looked at again whose
	// credentials are barred while the site is open for others.
	parkedFor = 5 * time.Minute
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
func (o *Outbox) pauseAway(s store.Session, site string, r plan.Result, now int64) error {
	tries := 0
	if err := s.Row("SELECT tries FROM site WHERE name = ?", site).Scan(&tries); err != nil {
		return err
	}
	after := now + r.RetryAfter.Milliseconds()
	until := max(now+o.backoff(tries+1).Milliseconds(), after)
	n, err := s.Exec(`UPDATE site SET pause = 'away', since = ?, until = ?, not_before = ?, tries = tries + 1, prober = '', reason = ?, advice = ?
		WHERE name = ? AND pause = ''`, now, until, after, store.Text(awayReason(r)), store.Text(r.Advice), site)
	if err != nil || n > 0 {
		return err
	}
	_, err = s.Exec("UPDATE site SET until = ?, not_before = ? WHERE name = ? AND pause = 'away' AND until < ?", after, after, site, after)
	return err
}

func awayReason(r plan.Result) string {
	if r.Problem == "" {
		return "Jira does not answer"
	}
	return r.Problem
}

// pauseLocked closes a site that did not accept us, and bars the credentials.
// Several accounts may be used with one site: each is barred for itself.
func (o *Outbox) pauseLocked(s store.Session, site string, out *outcome, now int64) error {
	if err := bar(s, site, out.fingerprint, out.result, now); err != nil {
		return err
	}
	_, err := s.Exec("UPDATE site SET pause = 'credentials', since = ?, until = "+nextBarred+", not_before = 0, prober = '', reason = ?, advice = ? WHERE name = ? AND pause IN ('', 'away')",
		now, site, store.Text(out.result.Problem), store.Text(out.result.Advice), site)
	return err
}

// excuse adds a pause that ends now, and that only a person could end, to the time
// that makes no action old. Its parameter is the time.
const excuse = "excused = excused + CASE WHEN pause IN ('credentials', 'operator') AND since > 0 THEN ? - since ELSE 0 END"

// excusedNow is what an action notes of that when it is queued. Its parameter is
// the site.
const excusedNow = "(SELECT excused FROM site WHERE name = ?)"

// nextBarred is when the first of a site's barred credentials may be tried again.
const nextBarred = "(SELECT min(until) FROM barred WHERE site = ?)"

// bar leaves credentials alone for a while, or for good if trying them makes it
// worse.
func bar(s store.Session, site, fingerprint string, r plan.Result, now int64) error {
	until := now + max(barredFor, r.RetryAfter).Milliseconds()
	if r.NeverProbe {
		until = never
	}
	return barUntil(s, site, fingerprint, until)
}

// barOwnWay leaves a site alone for those whose way to it is the same; a way is
// part of the fingerprint. It returns until when.
func barOwnWay(s store.Session, site, fingerprint string, r plan.Result, now int64) (until int64, err error) {
	until = now + max(ownWayFor, r.RetryAfter).Milliseconds()
	return until, barUntil(s, site, fingerprint, until)
}

func barUntil(s store.Session, site, fingerprint string, until int64) error {
	_, err := s.Exec("INSERT INTO barred(site, fingerprint, until) VALUES (?, ?, ?) ON CONFLICT(site, fingerprint) DO UPDATE SET until = excluded.until",
		site, store.Text(fingerprint), until)
	return err
}

// siteRow is what the rules about pauses need of a site.
type siteRow struct {
	name   string
	pause  Pause
	until  int64
	after  int64
	tries  int
	prober string           // who probes now, if anybody
	barred map[string]int64 // until when, by fingerprint
}

func (o *Outbox) siteRows(ctx context.Context) (map[string]siteRow, error) {
	var rows map[string]siteRow
	err := o.db.Read(ctx, "read the sites", func(s store.Session) error {
		rows = map[string]siteRow{}
		return s.Each(func(scan func(...any) error) error {
			var r siteRow
			var fingerprint *string
			var until int64
			if err := scan(&r.name, &r.pause, &r.until, &r.after, &r.tries, &r.prober, &fingerprint, &until); err != nil {
				return err
			}
			if r.barred = rows[r.name].barred; r.barred == nil {
				r.barred = map[string]int64{}
			}
			if fingerprint != nil {
				r.barred[*fingerprint] = until
			}
			rows[r.name] = r
			return nil
		}, `SELECT name, pause, site.until, not_before, tries, prober, fingerprint, coalesce(barred.until, 0)
			FROM site LEFT JOIN barred ON barred.site = site.name`)
	})
	return rows, err
}

// barredNow reads the credentials that must not be used with a site.
func barredNow(s store.Session, site string, now int64) (map[string]int64, error) {
	var barred map[string]int64
	err := s.Each(func(scan func(...any) error) error {
		var fingerprint string
		var until int64
		err := scan(&fingerprint, &until)
		if barred == nil {
			barred = map[string]int64{}
		}
		barred[fingerprint] = until
		return err
	}, "SELECT fingerprint, until FROM barred WHERE site = ? AND until > ?", site, now)
	return barred, err
}

// giveUpSite ends the actions that have waited too long for a site that is away:
// while it is, no attempt of their own would end them.
func (o *Outbox) giveUpSite(ctx context.Context, site, problem string) error {
	if o.opts.GiveUpAfter <= 0 {
		return nil
	}
	for {
		var n int64
		err := o.db.Write(ctx, "give up old actions", func(s store.Session) error {
			now := store.Millis(o.now())
			var err error
			n, err = s.Exec(`UPDATE action SET state = 'dead', settled_at = ?, problem = ? WHERE seq IN (
				SELECT action.seq FROM lane JOIN action ON action.lane = lane.name
				WHERE lane.site = ? AND (lane.owner = '' OR lane.due_at <= ?) AND action.`+store.Waiting+`
				AND action.queued_at - action.excused + `+excusedNow+` < ? LIMIT 100)`,
				now, store.Text(o.gaveUp(problem)), site, now, site, now-o.opts.GiveUpAfter.Milliseconds())
			return err
		})
		if err != nil || n == 0 || ctx.Err() != nil {
			return err
		}
	}
}
