package doctor

import "jirahook/words"

// Status is what a check came to.
type Status string

// What a check may come to.
const (
	Fine    Status = "fine"
	Warning Status = "warning" // works, but perhaps not as it was meant
	Problem Status = "problem"
	Skipped Status = "skipped" // could not be looked at, or is not needed
)

// Finding is what one check has found of one thing. Its JSON is stable.
type Finding struct {
	Check  string `json:"check"` // one of Checks
	About  string `json:"about"` // the repository, project or site; "": of all
	Status Status `json:"status"`
	Says   string `json:"says"`
	Advice string `json:"advice"`
	// means is what a problem comes to for all; the least is Problems.
	means Outcome
}

// Outcome is what all findings come to, the worse the greater.
type Outcome int

// From well to worst: who cannot be told what is wanted cannot look further.
const (
	Well Outcome = iota
	Problems
	Unreachable   // Jira or the outbox
	Misconfigured // the configuration cannot be used
)

// OutcomeOf is the worst that findings come to.
func OutcomeOf(all []Finding) Outcome {
	worst := Well
	for _, f := range all {
		if f.Status == Problem {
			worst = max(worst, f.means, Problems)
		}
	}
	return worst
}

// Checks are all that Finding.Check may be, in the order of the report.
func Checks() []string {
	return []string{
		"user", "environment", "config", "secret",
		"outbox", "disk", "database", "spool", "queue", "worker", "site", "pause",
		"git", "hook", "repository",
		"proxy", "dns", "jira", "tls", "clock", "login", "expires", "scopes", "groups", "features", "projects", "visibility",
		"permissions", "role", "transition", "resolution", "development",
	}
}

// namedAlike are named of many repositories with the same finding.
const namedAlike = 3

// alike tells what is the same of many repositories once.
func alike(all []Finding) []Finding {
	type kind struct {
		check        string
		status       Status
		says, advice string
		means        Outcome
	}
	var kinds []kind
	about := map[kind][]string{}
	for _, f := range all {
		k := kind{f.Check, f.Status, f.Says, f.Advice, f.means}
		if about[k] == nil {
			kinds = append(kinds, k)
		}
		about[k] = append(about[k], f.About)
	}
	var told []Finding
	for _, k := range kinds {
		f := Finding{Check: k.check, Status: k.status, Says: k.says, Advice: k.advice, means: k.means, About: words.Some(about[k], namedAlike)}
		told = append(told, f)
	}
	return told
}
