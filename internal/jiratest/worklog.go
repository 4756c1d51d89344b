package jiratest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Worklog is an entry of time spent as it is kept.
type Worklog struct {
	ID         int
	Author     string
	Comment    string
	Started    time.Time
	Spent      string // as Jira shows it: "1h 30m"
	Seconds    int
	Visibility Visibility
	Properties map[string]string // Cloud; JSON texts by key
	Created    time.Time
}

func (w *Worklog) clone() Worklog {
	out := *w
	out.Properties = maps.Clone(w.Properties)
	return out
}

type worklogBody struct {
	Comment    string          `json:"comment"`
	Started    string          `json:"started"`
	Spent      *string         `json:"timeSpent"`
	Seconds    *int            `json:"timeSpentSeconds"`
	Visibility *visibilityBody `json:"visibility"`
	Properties []property      `json:"properties"`
}

// AddWorklog adds an entry by a person; spent is in Jira's notation.
func (s *Server) AddWorklog(key, author string, started time.Time, spent, comment string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seconds, ok := parseSpent(spent)
	if !ok {
		panic("jiratest: not a time: " + spent)
	}
	s.keepWorklog(s.must(key), &Worklog{Author: author, Started: started, Seconds: seconds, Comment: comment})
}

func (s *Server) keepWorklog(i *issue, w *Worklog) {
	w.ID, w.Created, w.Spent = s.id(), s.opts.Now(), formatSpent(w.Seconds)
	i.worklogs = append(i.worklogs, w)
	i.activity = append(i.activity, fmt.Sprintf("worklog %d", w.ID))
	i.updated = w.Created
	i.noticed(w.Comment)
}

func (s *Server) worklogBean(c *call, i *issue, w *Worklog, properties bool) map[string]any {
	bean := map[string]any{
		"self": fmt.Sprintf("%s/worklog/%d", s.issueSelf(c, i), w.ID), "id": strconv.Itoa(w.ID),
		"author": s.userBean(c, s.user(w.Author)), "updateAuthor": s.userBean(c, s.user(w.Author)),
		"comment": w.Comment, "created": w.Created.Format(stamp), "updated": w.Created.Format(stamp),
		"started": w.Started.Format(stamp), "timeSpent": w.Spent, "timeSpentSeconds": w.Seconds,
	}
	if s.opts.Flavour != Server6 {
		bean["issueId"] = strconv.Itoa(i.id)
	}
	if w.Visibility.Type != "" {
		bean["visibility"] = s.visibilityBean(w.Visibility)
	}
	if properties {
		bean["properties"] = propertyList(w.Properties)
	}
	return bean
}

// worklogsField is the field worklog of an issue: the first twenty.
func (s *Server) worklogsField(c *call, i *issue) map[string]any {
	beans := []map[string]any{}
	for _, w := range s.seenWorklogs(i) {
		if len(beans) < 20 {
			beans = append(beans, s.worklogBean(c, i, w, false))
		}
	}
	return map[string]any{"startAt": 0, "maxResults": 20, "total": len(s.seenWorklogs(i)), "worklogs": beans}
}

func (s *Server) seenWorklogs(i *issue) []*Worklog {
	var all []*Worklog
	for _, w := range i.worklogs {
		if s.seen(i, w.Visibility) {
			all = append(all, w)
		}
	}
	return all
}

// listWorklogs gives all on Server and Data Center; Cloud has pages and bounds
// for the time of starting.
func (s *Server) listWorklogs(c *call, i *issue) answer {
	if !s.tracking {
		return refuse(http.StatusNotFound, "Time tracking is not enabled.")
	}
	all := s.seenWorklogs(i)
	from, to, size, properties := 0, len(all), len(all), false
	if s.opts.Flavour == Cloud {
		q := c.URL.Query()
		after, before := bound(q.Get("startedAfter"), 0), bound(q.Get("startedBefore"), 1<<62)
		all = slices.DeleteFunc(all, func(w *Worklog) bool {
			return w.Started.UnixMilli() <= after || w.Started.UnixMilli() >= before
		})
		from, to, size = pageOf(c, len(all), 5000, 5000)
		properties = slices.Contains(listOf(q["expand"], ""), "properties")
	}
	beans := []map[string]any{}
	for _, w := range all[from:to] {
		beans = append(beans, s.worklogBean(c, i, w, properties))
	}
	return jsonAnswer(http.StatusOK, map[string]any{"startAt": from, "maxResults": size, "total": len(all), "worklogs": beans})
}

// bound reads milliseconds since 1970.
func bound(text string, otherwise int64) int64 {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	return otherwise
}

func (s *Server) addWorklog(c *call, i *issue) answer {
	if !s.tracking {
		status := http.StatusBadRequest
		if s.opts.Flavour == Cloud {
			status = http.StatusNotFound
		}
		return refuse(status, "Time tracking is not enabled.")
	}
	if !i.project.may(c, WorkOnIssues) {
		status := http.StatusBadRequest
		if s.opts.Flavour.isDataCenter() {
			status = http.StatusForbidden
		}
		return refuse(status, "You do not have the permission to associate a worklog to this issue.")
	}
	in, refusal, ok := s.readWorklog(c, i)
	if !ok {
		return refusal
	}
	started, seconds, refusal, ok := s.workTime(in)
	if !ok {
		return refusal
	}
	remaining, refusal, ok := newEstimate(c, i.remaining, seconds)
	if !ok {
		return refusal
	}
	properties, refusal, ok := readProperties(in.Properties)
	if !ok {
		return refusal
	}
	if s.opts.WorklogLimit > 0 && len(i.worklogs) >= s.opts.WorklogLimit {
		return overLimit("worklogs", s.opts.WorklogLimit)
	}
	w := &Worklog{
		Author: s.opts.Account.Name, Comment: in.Comment, Started: started, Seconds: seconds,
		Visibility: in.Visibility.visibility(), Properties: properties,
	}
	s.keepWorklog(i, w)
	i.remaining = remaining
	expand := slices.Contains(listOf(c.URL.Query()["expand"], ""), "properties")
	return jsonAnswer(http.StatusCreated, s.worklogBean(c, i, w, expand && s.opts.Flavour == Cloud)).
		with("Location", fmt.Sprintf("%s/worklog/%d", s.issueSelf(c, i), w.ID))
}

// readWorklog decodes and checks the texts of a worklog. Only Cloud knows
// properties of worklogs.
func (s *Server) readWorklog(c *call, i *issue) (worklogBody, answer, bool) {
	var in worklogBody
	known := []string{"self", "id", "author", "updateAuthor", "comment", "created", "updated", "visibility", "started", "timeSpent", "timeSpentSeconds"}
	if s.opts.Flavour != Server6 {
		known = append(known, "issueId")
	}
	if s.opts.Flavour == Cloud {
		known = append(known, "properties")
	}
	if refusal, ok := s.decode(c, &in, "com.atlassian.jira.issue.fields.rest.json.beans.WorklogJsonBean", known); !ok {
		return in, refusal, false
	}
	if refusal, ok := s.checkText("comment", in.Comment); !ok {
		return in, refusal, false
	}
	refusal, ok := s.checkVisibility(i, in.Visibility)
	return in, refusal, ok
}

// workTime reads when work started and how long it took.
func (s *Server) workTime(in worklogBody) (time.Time, int, answer, bool) {
	refused := func(a answer) (time.Time, int, answer, bool) { return time.Time{}, 0, a, false }
	started := s.opts.Now()
	if in.Started != "" {
		var err error
		if started, err = time.Parse(stamp, in.Started); err != nil || in.Started[len(in.Started)-1] == 'Z' {
			return refused(refuse(http.StatusBadRequest, fmt.Sprintf("Can not deserialize instance of java.util.Date from String %q: not a valid date. Allowed format: yyyy-MM-dd'T'HH:mm:ss.SSSZ", in.Started)))
		}
	} else if s.opts.Flavour == Cloud {
		return refused(refuseField("started", "'started' is required."))
	}
	seconds := 0
	switch {
	case in.Spent != nil && in.Seconds != nil:
		return refused(refuseField("timeLogged", "Provide either 'timeSpent' or 'timeSpentSeconds', not both."))
	case in.Seconds != nil:
		seconds = *in.Seconds
	case in.Spent == nil || *in.Spent == "":
		return refused(refuseField("timeLogged", "You must indicate the time spent working."))
	default:
		var ok bool
		if seconds, ok = parseSpent(*in.Spent); !ok {
			return refused(refuseField("timeLogged", "Invalid time duration entered."))
		}
	}
	if seconds < minuteSeconds {
		return refused(refuse(http.StatusBadRequest, "Worklog must not be null."))
	}
	return started, seconds, answer{}, true
}

// newEstimate follows adjustEstimate, a query parameter: auto, leave, new with
// newEstimate, manual with reduceBy.
func newEstimate(c *call, remaining, spent int) (int, answer, bool) {
	q := c.URL.Query()
	switch q.Get("adjustEstimate") {
	case "", "auto":
		return max(0, remaining-spent), answer{}, true
	case "leave":
		return remaining, answer{}, true
	case "new":
		if n, ok := parseSpent(q.Get("newEstimate")); ok {
			return n, answer{}, true
		}
		return 0, refuseField("newEstimate", "You must supply a valid new estimate."), false
	case "manual":
		if n, ok := parseSpent(q.Get("reduceBy")); ok {
			return max(0, remaining-n), answer{}, true
		}
		return 0, refuseField("adjustmentAmount", "You must supply a valid amount of time to adjust the estimate by."), false
	}
	return 0, refuse(http.StatusBadRequest, "The 'adjustEstimate' parameter must be one of new, leave, manual, auto."), false
}

// SetEstimate sets the remaining estimate, in Jira's notation.
func (s *Server) SetEstimate(key, estimate string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seconds, ok := parseSpent(estimate)
	if !ok {
		panic("jiratest: not a time: " + estimate)
	}
	s.must(key).remaining = seconds
}

func (i *issue) spent() int {
	total := 0
	for _, w := range i.worklogs {
		total += w.Seconds
	}
	return total
}

func (i *issue) timeTracking() map[string]any {
	out := map[string]any{"remainingEstimate": formatSpent(i.remaining), "remainingEstimateSeconds": i.remaining}
	if n := i.spent(); n > 0 {
		out["timeSpent"], out["timeSpentSeconds"] = formatSpent(n), n
	}
	return out
}
