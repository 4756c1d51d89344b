package jiratest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// searchBody is a search, from a query or a JSON body.
type searchBody struct {
	JQL        string          `json:"jql"`
	Fields     []string        `json:"fields"`
	StartAt    int             `json:"startAt"`
	MaxResults *int            `json:"maxResults"`
	Validate   json.RawMessage `json:"validateQuery"` // true, false, "strict", "warn", "none"
	Token      string          `json:"nextPageToken"`
	Expand     json.RawMessage `json:"expand"` // a list; search/jql: a text
	Properties []string        `json:"properties"`
}

func readSearch(c *call) (searchBody, answer, bool) {
	var in searchBody
	if c.Method == http.MethodPost {
		if err := json.Unmarshal(c.body, &in); err != nil {
			return in, badBody(), false
		}
		return in, answer{}, true
	}
	q := c.URL.Query()
	in.JQL, in.Token = q.Get("jql"), q.Get("nextPageToken")
	in.Fields, in.Properties = listOf(q["fields"], ""), listOf(q["properties"], "")
	in.Expand, in.Validate = quoted(strings.Join(q["expand"], ",")), quoted(q.Get("validateQuery"))
	for name, set := range map[string]func(int){
		"startAt":    func(n int) { in.StartAt = n },
		"maxResults": func(n int) { in.MaxResults = &n },
	} {
		if q.Has(name) {
			n, err := strconv.Atoi(q.Get(name))
			if err != nil {
				return in, refuse(http.StatusBadRequest, "The '"+name+"' parameter must be a number."), false
			}
			set(n)
		}
	}
	return in, answer{}, true
}

// quoted is a text as JSON.
func quoted(text string) json.RawMessage {
	b, _ := json.Marshal(text) // a string can always be marshalled
	return b
}

// expand reads a list of texts, or a text with commas.
func (in searchBody) expand() []string {
	var list []string
	if json.Unmarshal(in.Expand, &list) == nil {
		return list
	}
	var text string
	if json.Unmarshal(in.Expand, &text) == nil {
		return listOf([]string{text}, "")
	}
	return nil
}

func (in searchBody) strict() bool {
	v := strings.Trim(string(in.Validate), `"`)
	return !slices.Contains([]string{"false", "warn", "none"}, v)
}

// search is /search of Server and Data Center; Cloud has taken it away.
func (s *Server) search(c *call) answer {
	if s.opts.Flavour == Cloud {
		return refuse(http.StatusGone, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "+
			"A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046")
	}
	in, refusal, ok := readSearch(c)
	if !ok {
		return refusal
	}
	found, warnings, refusal, ok := s.find(c, in)
	if !ok {
		return refusal
	}
	size := s.pageSize(in.MaxResults)
	from := min(max(in.StartAt, 0), len(found))
	fields := in.Fields
	if len(fields) == 0 {
		fields = []string{"*navigable"}
	}
	beans := []map[string]any{}
	for _, i := range found[from:min(from+size, len(found))] {
		beans = append(beans, s.issueBean(c, i, fields, in.expand(), in.Properties))
	}
	out := map[string]any{"expand": "schema,names", "startAt": from, "maxResults": size, "total": len(found), "issues": beans}
	if len(warnings) > 0 {
		out["warningMessages"] = warnings
	}
	return jsonAnswer(http.StatusOK, out)
}

func (s *Server) pageSize(wanted *int) int {
	if wanted == nil {
		return min(50, s.opts.PageLimit)
	}
	return min(max(*wanted, 0), s.opts.PageLimit)
}

// searchJQL is Cloud's /search/jql: no total, pages by token, only bounded
// queries, and by default nothing but ids.
func (s *Server) searchJQL(c *call) answer {
	in, refusal, ok := readSearch(c)
	if !ok {
		return refusal
	}
	in.Validate = nil
	if clauses, _, _ := strings.Cut(strings.ToLower(" "+in.JQL), " order by "); strings.TrimSpace(clauses) == "" {
		return refuse(http.StatusBadRequest, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
	}
	found, _, refusal, ok := s.find(c, in)
	if !ok {
		return refusal
	}
	from := 0
	if in.Token != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(in.Token, "page-"))
		if err != nil || n < 0 {
			return refuse(http.StatusBadRequest, "The provided next page token is invalid or expired.")
		}
		from = min(n, len(found))
	}
	to := min(from+s.pageSize(in.MaxResults), len(found))
	beans := []map[string]any{}
	for _, i := range found[from:to] {
		if len(in.Fields) == 0 || slices.Equal(in.Fields, []string{"id"}) {
			beans = append(beans, map[string]any{"id": strconv.Itoa(i.id)})
		} else {
			beans = append(beans, s.issueBean(c, i, in.Fields, in.expand(), in.Properties))
		}
	}
	out := map[string]any{"issues": beans, "isLast": to == len(found)}
	if to < len(found) {
		out["nextPageToken"] = "page-" + strconv.Itoa(to)
	}
	return jsonAnswer(http.StatusOK, out)
}

// find runs a query over the issues that the caller may see.
func (s *Server) find(c *call, in searchBody) ([]*issue, []string, answer, bool) {
	q, err := parseJQL(in.JQL)
	if err != nil {
		return nil, nil, refuse(http.StatusBadRequest, err.Error()), false
	}
	m := &matcher{s: s, c: c}
	found := []*issue{}
	if q.where != nil {
		m.check(q.where)
	}
	for _, o := range q.order {
		m.checkField(o.field)
	}
	if len(m.mistakes) > 0 && in.strict() {
		return nil, nil, refuse(http.StatusBadRequest, m.mistakes...), false
	}
	for _, i := range m.candidates(q.where) {
		if i.project.may(c, BrowseProjects) && (q.where == nil || m.matches(q.where, i)) {
			found = append(found, i)
		}
	}
	m.sort(found, q.order)
	return found, m.mistakes, answer{}, true
}

// browseURL is where people see an issue.
func browseURL(base, key string) string { return base + "/browse/" + url.PathEscape(key) }
