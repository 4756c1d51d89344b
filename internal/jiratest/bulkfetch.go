package jiratest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// mostFetched is how many issues one request may name.
const mostFetched = 100

// bulkFetch is Cloud's POST issue/bulkfetch: issues by ids and keys, in the order of their
// ids. Those that are not there, or not shown to the caller, are left out; issueErrors is
// for what may be there another time.
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
	found := map[int]*issue{}
	for _, ref := range in.Wanted {
		i := s.issues[strings.ToUpper(ref)]
		if id, err := strconv.Atoi(ref); i == nil && err == nil {
			for _, other := range s.order {
				if other.id == id {
					i = other
				}
			}
		}
		if i != nil && i.project.may(c, BrowseProjects) {
			found[i.id] = i
		}
	}
	beans := []map[string]any{}
	for _, id := range slices.Sorted(maps.Keys(found)) {
		beans = append(beans, s.issueBean(c, found[id], fields, in.Expand, in.Properties))
	}
	return jsonAnswer(http.StatusOK, map[string]any{"expand": "schema,names", "issues": beans, "issueErrors": []any{}})
}
