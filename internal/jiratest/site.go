package jiratest

import "net/http"

// version is what each kind of Jira says it is.
func (f Flavour) version() (string, []int) {
	switch f {
	case DataCenter11:
		return "11.2.1", []int{11, 2, 1}
	case DataCenter10:
		return "10.3.24", []int{10, 3, 24}
	case Server7:
		return "7.6.1", []int{7, 6, 1}
	case Server6:
		return "6.1.7", []int{6, 1, 7}
	}
	return "1001.0.0-SNAPSHOT", []int{1001, 0, 0}
}

// serverInfo says which Jira this is; 6.1 did not know a deploymentType.
func (s *Server) serverInfo(c *call) answer {
	version, numbers := s.opts.Flavour.version()
	info := map[string]any{
		"baseUrl": c.base, "version": version, "versionNumbers": numbers, "buildNumber": 100300,
		"buildDate": "2026-01-05T00:00:00.000+0000", "serverTime": s.opts.Now().Format(stamp), "scmInfo": "0000000000000000000000000000000000000000", "serverTitle": "Fake Jira",
	}
	switch s.opts.Flavour {
	case Cloud:
		info["deploymentType"] = "Cloud"
	case DataCenter11, DataCenter10, Server7:
		info["deploymentType"] = "Server"
	}
	return jsonAnswer(http.StatusOK, info)
}

func (s *Server) tenantInfo(*call) answer {
	return jsonAnswer(http.StatusOK, map[string]string{"cloudId": s.opts.CloudID})
}

// listStatuses gives the statuses of all workflows the caller may see, each
// once.
func (s *Server) listStatuses(c *call) answer {
	beans, seen := []map[string]any{}, map[string]bool{}
	for _, p := range s.browsable(c) {
		for _, st := range p.workflow.Statuses {
			if !seen[st.ID] {
				seen[st.ID] = true
				beans = append(beans, s.statusBean(c, st))
			}
		}
	}
	return jsonAnswer(http.StatusOK, beans)
}

func (s *Server) listResolutions(c *call) answer {
	beans := []map[string]any{}
	for _, r := range resolutions() {
		beans = append(beans, resolutionBean(c, r))
	}
	return jsonAnswer(http.StatusOK, beans)
}

func (s *Server) listPriorities(c *call) answer {
	beans := []map[string]any{}
	for _, p := range []Option{{"2", "High"}, {"3", "Medium"}, {"4", "Low"}} {
		beans = append(beans, map[string]any{"self": c.base + "/rest/api/2/priority/" + p.ID, "id": p.ID, "name": p.Name, "description": ""})
	}
	return jsonAnswer(http.StatusOK, beans)
}

func (s *Server) listFields(*call) answer {
	beans := []map[string]any{}
	for _, f := range []Field{
		{ID: "summary", Name: "Summary", Type: "string"}, {ID: "description", Name: "Description", Type: "string"},
		{ID: "status", Name: "Status", Type: "status"}, {ID: "resolution", Name: "Resolution", Type: "resolution"},
		{ID: "labels", Name: "Labels", Type: "array"}, {ID: "assignee", Name: "Assignee", Type: "user"},
		{ID: "reporter", Name: "Reporter", Type: "user"}, {ID: "customfield_10100", Name: "Root cause", Type: "option"},
	} {
		beans = append(beans, map[string]any{
			"id": f.ID, "name": f.Name, "custom": f.Type == "option", "orderable": true, "navigable": true, "searchable": true,
			"clauseNames": []string{f.ID}, "schema": map[string]any{"type": f.Type},
		})
	}
	return jsonAnswer(http.StatusOK, beans)
}
