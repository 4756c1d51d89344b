package outbox

import (
	"encoding/json"
	"fmt"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// outcome is what an attempt came to.
type outcome struct {
	*work
	result plan.Result
	// cut: our own time ended it, too soon to say anything about the site.
	cut bool
	// parked: nothing was tried, the credentials must not be used before that; 0:
	// they may.
	parked int64
	// fingerprint of the action, when the site did not accept it, or was not reached
	// in our own way.
	fingerprint string
	// ended is the state the action ended in; "": it waits on.
	ended State
}

// uncertain: some request for the action may have been carried out.
func (out *outcome) uncertain() bool { return out.attempt.Uncertain || out.result.Uncertain }

// settle writes an outcome down, and reports whether the lane goes on. Where it
// does not, the lane is given back.
func (o *Outbox) settle(s store.Session, l *lease, out *outcome) (goOn bool, err error) {
	now := store.Millis(o.now())
	if out.parked > 0 {
		// It costs nothing to look again: the credentials may have changed.
		if _, err := s.Exec("UPDATE lane SET parked_at = ? WHERE name = ? AND parked_at = 0", now, l.lane); err != nil {
			return false, err
		}
		return false, giveBack(s, l, min(out.parked, now+parkedFor.Milliseconds()), 0)
	}
	if err := unpark(s, l, now); err != nil {
		return false, err
	}
	if err := remember(s, out, now); err != nil {
		return false, err
	}
	if out.result.OwnWay && !out.cut {
		return false, o.settleOwnWay(s, l, out, now)
	}
	switch out.result.Verdict {
	case plan.Done:
		if err := end(s, out, Done, out.result.Problem, now); err != nil {
			return false, err
		}
		// Only something done shows that the site is well: a probe may succeed
		// where everything else fails.
		if out.siteTries == 0 {
			return true, nil
		}
		_, err := s.Exec("UPDATE site SET tries = 0 WHERE name = ? AND tries > 0", l.site)
		return true, err
	case plan.Skipped:
		return true, end(s, out, Skipped, out.result.Problem, now)
	case plan.Refused:
		return true, end(s, out, Dead, out.result.Problem, now)
	case plan.Locked:
		if err := wait(s, out, now); err != nil {
			return false, err
		}
		if err := o.pauseLocked(s, l.site, out, now); err != nil {
			return false, err
		}
		return false, giveBack(s, l, o.dueNow(), 0)
	}
	return o.settleTemporary(s, l, out, now)
}

// settleOwnWay handles a trouble on this process's own way to the site: those who
// take the same way leave the site alone for a while, and nobody else does.
func (o *Outbox) settleOwnWay(s store.Session, l *lease, out *outcome, now int64) error {
	if err := wait(s, out, now); err != nil {
		return err
	}
	until, err := barOwnWay(s, l.site, out.fingerprint, out.result, now)
	if err != nil {
		return err
	}
	return giveBack(s, l, min(until, now+parkedFor.Milliseconds()), 0)
}

// unpark excuses the actions of a lane from the time that it was parked.
func unpark(s store.Session, l *lease, now int64) error {
	if l.parkedAt == 0 {
		return nil
	}
	if _, err := s.Exec("UPDATE action SET excused = excused - ? WHERE lane = ? AND "+store.Waiting, l.parked(now), l.lane); err != nil {
		return err
	}
	_, err := s.Exec("UPDATE lane SET parked_at = 0 WHERE name = ?", l.lane)
	return err
}

// settleTemporary handles what passes by itself, or does not pass before the
// action is too old.
func (o *Outbox) settleTemporary(s store.Session, l *lease, out *outcome, now int64) (goOn bool, err error) {
	away := out.result.Verdict == plan.Away && !out.cut
	if away {
		if err := o.pauseAway(s, l.site, out.result, now); err != nil {
			return false, err
		}
	}
	if o.tooOld(out.queued+out.excused+l.parked(now), now) && !out.cut {
		if err := end(s, out, Dead, o.gaveUp(out.result.Problem), now); err != nil || !away {
			return true, err
		}
		return false, giveBack(s, l, o.dueNow(), 0)
	}
	if err := wait(s, out, now); err != nil {
		return false, err
	}
	due, after := o.dueNow(), int64(0)
	if !away {
		if out.result.RetryAfter > 0 {
			after = now + out.result.RetryAfter.Milliseconds()
		}
		if !out.cut {
			due = now + o.backoff(out.tries).Milliseconds()
		}
	}
	return false, giveBack(s, l, max(due, after), after)
}

// end writes down that an action waits no longer. One that was not done keeps what
// a retry must know about its last request.
func end(s store.Session, out *outcome, state State, problem string, now int64) error {
	out.ended = state
	if err := learn(s, out.action.Site, out.action.Issue, out.result.Issue, now); err != nil {
		return err
	}
	sent, memo := int64(0), ""
	if state != Done && out.uncertain() {
		sent, memo = firstSent(out, now), out.attempt.Memo
	}
	r := out.result
	_, err := s.Exec(`UPDATE action SET state = ?, settled_at = ?, attempts = ?, first_sent = ?, memo = ?, words = ?, problem = ?, advice = ?, note = ?,
		issue_key = ?, summary = ?, status = ? WHERE seq = ?`,
		string(state), now, out.tries, sent, memo, store.Text(r.Words), store.Text(problem), store.Text(r.Advice), store.Text(r.Note),
		store.Text(r.Issue.Key), store.Text(r.Issue.Summary), store.Text(r.Issue.Status), out.seq)
	return err
}

// wait writes down that an action goes on waiting. One that may have been
// carried out stays in sending, so that Jira is looked at first.
func wait(s store.Session, out *outcome, now int64) error {
	state, sent, memo := Queued, int64(0), ""
	if out.uncertain() {
		state, sent, memo = Sending, firstSent(out, now), out.attempt.Memo
	}
	problem, advice := out.result.Problem, out.result.Advice
	if out.cut {
		problem, advice = "", ""
	}
	_, err := s.Exec(`UPDATE action SET state = ?, attempts = ?, first_sent = ?, memo = ?, problem = ?, advice = ? WHERE seq = ?`,
		string(state), out.tries, sent, memo, store.Text(problem), store.Text(advice), out.seq)
	if err != nil || out.result.Issue.Key == "" {
		return err
	}
	_, err = s.Exec("UPDATE action SET issue_key = ?, summary = ?, status = ? WHERE seq = ?",
		store.Text(out.result.Issue.Key), store.Text(out.result.Issue.Summary), store.Text(out.result.Issue.Status), out.seq)
	return err
}

func firstSent(out *outcome, now int64) int64 {
	if out.attempt.FirstSent.IsZero() {
		return now
	}
	return store.Millis(out.attempt.FirstSent)
}

const (
	// maxAttempts is how many attempts of an action are remembered, the last ones:
	// a week of outage would fill the disk.
	maxAttempts = 20
	// maxExchanges is how many bytes of an attempt's exchanges are kept as JSON,
	// the last ones.
	maxExchanges = 16 << 10
)

// remember adds to the history of an action.
func remember(s store.Session, out *outcome, now int64) error {
	exchanges, err := exchangesJSON(out.result.Exchanges)
	if err != nil {
		return err
	}
	_, err = s.Exec("INSERT INTO attempt(action, at, verdict, exchange, problem, exchanges) VALUES "+store.Values(1, 6),
		out.id, now, string(out.result.Verdict), store.Text(out.result.Exchange), store.Text(out.result.Problem), exchanges)
	if err != nil || out.tries <= maxAttempts {
		return err
	}
	_, err = s.Exec("DELETE FROM attempt WHERE action = ? AND seq <= (SELECT seq FROM attempt WHERE action = ? ORDER BY seq DESC LIMIT 1 OFFSET ?)",
		out.id, out.id, maxAttempts)
	return err
}

func exchangesJSON(exchanges []plan.Exchange) (string, error) {
	for ; len(exchanges) > 0; exchanges = exchanges[1:] {
		data, err := json.Marshal(exchanges)
		if err != nil {
			return "", fmt.Errorf("keep an attempt: %w", err)
		}
		if len(data) <= maxExchanges {
			return store.Text(string(data)), nil
		}
	}
	return "", nil
}

// tooOld takes when an action was queued, or as much later as it is excused.
func (o *Outbox) tooOld(queued, now int64) bool {
	return o.opts.GiveUpAfter > 0 && now-queued > o.opts.GiveUpAfter.Milliseconds()
}

// gaveUp is the problem of an action that died of its age.
func (o *Outbox) gaveUp(problem string) string {
	words := "gave up after " + inWords(o.opts.GiveUpAfter)
	if problem != "" {
		words += ": " + problem
	}
	return words
}

// inWords is a duration in its largest whole unit: "7 days".
func inWords(d time.Duration) string {
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}} {
		if n := d / u.size; n == 1 && d%u.size == 0 {
			return "1 " + u.name
		} else if n > 0 && d%u.size == 0 {
			return fmt.Sprintf("%d %ss", n, u.name)
		}
	}
	return d.String()
}
