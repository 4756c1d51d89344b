package jiratest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// mostFetched is how many issues one request may name.
const mostFetched = 100

// bulkFetch is Cloud's POST issue/bulkfetch: issues by ids and keys, those that are not
// there, or not shown to the caller, among issueErrors.
// (https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-issues/)
func (s *Server) bulkFetch(c *call) answer {
	var in struct {
		Wanted       []string `json:"issueIdsOrKeys"`
		Fields       []string `json:"fields"`
		FieldsByKeys bool     `json:"fieldsByKeys"`
		Expand       []string `json:"expand"`
		Properties   []string `json:"properties"`
	}
	if json.Unmarshal(c.body, &in) != nil {
		return badBody()
	}
	if len(in.Wanted) == 0 {
		return refuse(http.StatusBadRequest, "issueIdsOrKeys must not be empty.")
	}
	if len(in.Wanted) > mostFetched {
		return refuse(http.StatusBadRequest, fmt.Sprintf("The number of issues exceeds the limit of %d.", mostFetched))
	}
	fields := in.Fields
	if len(fields) == 0 {
		fields = []string{"*navigable"}
	}
	beans, errs := []map[string]any{}, []map[string]any{}
	seen := map[int]bool{}
	for _, ref := range in.Wanted {
		i := s.issues[ref]
		if id, err := strconv.Atoi(ref); i == nil && err == nil {
			for _, other := range s.order {
				if other.id == id {
					i = other
				}
			}
		}
		switch {
		case i == nil || !i.project.may(c, BrowseProjects):
			errs = append(errs, map[string]any{"id": ref, "errorMessage": "Issue does not exist or you do not have permission to see it."})
		case !seen[i.id]:
			seen[i.id] = true
			beans = append(beans, s.issueBean(c, i, fields, in.Expand, in.Properties))
		}
	}
	return jsonAnswer(http.StatusOK, map[string]any{"expand": "schema,names", "issues": beans, "issueErrors": errs})
}
