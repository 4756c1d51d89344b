package jiratest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// decode reads a JSON object with the known fields. Server and Data Center
// refuse any other field, naming the Java class that does not have it; Cloud
// drops it.
func (s *Server) decode(c *call, into any, class string, known []string) (answer, bool) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(c.body, &all); err != nil || all == nil {
		return badBody(), false
	}
	for name := range all {
		if slices.Contains(known, name) {
			continue
		}
		if s.opts.Flavour != Cloud {
			return refuse(http.StatusBadRequest, fmt.Sprintf("Unrecognized field %q (Class %s), not marked as ignorable", name, class)), false
		}
		delete(all, name)
	}
	rest, err := json.Marshal(all)
	if err == nil {
		err = json.Unmarshal(rest, into)
	}
	if err != nil {
		return badBody(), false
	}
	return answer{}, true
}

func badBody() answer {
	return refuse(http.StatusBadRequest, "Can not deserialize the request body.")
}
