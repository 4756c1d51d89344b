package plan

import "time"

// Attempt is one try at carrying out an action. The outbox makes it, package
// jira carries it out.
type Attempt struct {
	Action Action
	// Uncertain: an earlier try sent its request and never learnt what became
	// of it. Jira is looked at before anything is sent again.
	Uncertain bool
	// FirstSent is when the earliest request of unknown outcome went out, by the
	// clock of this machine.
	FirstSent time.Time
	// Lease names the time during which none of ours but this process acts on the
	// issue. What was read of it before may be so no longer; "": it is not known.
	Lease string
	// Memo is what an earlier try gave to Sending.
	Memo string
	// Found is called when it is known which issue the key stands for, before
	// Sending. It may be nil.
	Found func(Issue)
	// Sending is called right before the request that changes something goes
	// out; it makes that fact durable, with a memo for a later try (a
	// transition: the status id it starts from). If it fails nothing is sent.
	Sending func(memo string) error
}

// Verdict is what an attempt came to.
type Verdict string

const (
	// Done: Jira did it now, or it was so already.
	Done Verdict = "done"
	// Skipped: there is nothing to do it to, the issue or project is unknown; or
	// only who wrote the command can mend it: see Slip.
	Skipped Verdict = "skipped"
	// Refused: Jira said no, and will say no again.
	Refused Verdict = "refused"
	// Later: a passing trouble of this one request; try again.
	Later Verdict = "later"
	// Away: the whole site does not answer or asks for patience; try again,
	// with one probe for all.
	Away Verdict = "away"
	// Locked: the site does not accept our credentials, address or requests.
	// Nothing will work until a person repairs it.
	Locked Verdict = "locked"
)

// Result tells what became of an attempt.
type Result struct {
	Verdict Verdict
	// Words are for the pusher when Verdict is Done: "comment", "2h logged",
	// "Done" (the new status).
	Words string
	// Problem is a short fact, in Jira's words where it has some: for the
	// pusher, the log and the queue. It never holds a secret.
	Problem string
	// Advice is what a person can do about it; may be empty.
	Advice string
	// Note is worth telling although it went well ("resolution left out: not on
	// the transition's screen").
	Note string
	// Uncertain: the request went out and may have been carried out.
	Uncertain bool
	// RetryAfter is how long Jira asked to be left alone; 0: it did not.
	RetryAfter time.Duration
	// Slip: a command cannot be carried out as it was written, and nobody but the
	// pusher can mend that. With Skipped only.
	Slip bool
	// NeverProbe: trying again by itself makes it worse (CAPTCHA).
	NeverProbe bool
	// OwnWay: the trouble, Away or Locked, is on this process's own way to the site,
	// with a proxy that its environment names. Others may have another way.
	OwnWay bool
	// Issue is what is known of the issue by now.
	Issue Issue
	// Exchange is the last request and its answer in short, without secrets:
	// "POST /rest/api/2/issue/10042/comment: 201".
	Exchange string
	// Exchanges are all of this attempt's requests that went out, in their
	// order; of very many the last. For `queue show`.
	Exchanges []Exchange
}

// Exchange is a request to Jira and its answer, cut to size and without secrets.
type Exchange struct {
	Time   time.Time     `json:"time"` // when it went out
	Took   time.Duration `json:"took"` // until the answer was read, nanoseconds
	Method string        `json:"method"`
	Path   string        `json:"path"` // with its query: "/rest/api/2/issue/10042?fields=status"
	Body   string        `json:"body,omitempty"`
	Status int           `json:"status,omitempty"` // of HTTP; 0: no answer
	// Answer is Jira's own words of a refusal, or why there was no answer.
	Answer string `json:"answer,omitempty"`
}

// Issue is what a report shows of an issue.
type Issue struct {
	ID      string // Jira's number; "" when not known
	Key     string // as Jira names it now; may differ from the key that was written
	Summary string
	Status  string
}
