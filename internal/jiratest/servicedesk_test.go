package jiratest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// On a service desk customers see what nothing keeps from them; elsewhere an
// internal note is a comment like any other.
func TestServiceDesk(t *testing.T) {
	const note = `,"properties":[{"key":"sd.public.comment","value":{"internal":true}}]`
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		c.AddServiceDesk("HELP", SimpleWorkflow())
		c.AddIssue("HELP-1", "Where is my parcel?")
		for _, tt := range []struct{ issue, more, want string }{
			{"HELP-1", "", "shown to customers"},
			{"HELP-1", note, "internal note"},
			{"HELP-1", strings.Replace(note, "true", "false", 1), "shown to customers"},
			{"HELP-1", `,"visibility":{"type":"role","value":"Developers"}`, "role Developers"},
			{"SHOP-12", note, ""},
			{"SHOP-12", "", ""},
		} {
			if f == Server6 && strings.Contains(tt.more, "properties") {
				continue // refuses the field
			}
			c.want("POST", "/issue/"+tt.issue+"/comment", `{"body":"hello"`+tt.more+`}`, 201, "")
			all := c.Issue(tt.issue).Comments
			if got := all[len(all)-1].Audience; got != tt.want {
				t.Errorf("%s %s: seen by %q, want %q", tt.issue, tt.more, got, tt.want)
			}
		}
		var dump bytes.Buffer
		c.Dump(&dump, "HELP-1")
		if !strings.Contains(dump.String(), "comment (shown to customers):") {
			t.Errorf("dump:\n%s", &dump)
		}
		if f != Server6 {
			c.want("GET", "/project/HELP", "", 200, `"projectTypeKey":"service_desk"`)
			c.want("GET", "/project/SHOP", "", 200, `"projectTypeKey":"software"`)
		}
		if f == Cloud {
			all := c.Issue("HELP-1").Comments
			c.want("GET", fmt.Sprintf("/issue/HELP-1/comment/%d", all[0].ID), "", 200, `"jsdPublic":true`)
			c.want("GET", fmt.Sprintf("/issue/HELP-1/comment/%d", all[1].ID), "", 200, `"jsdPublic":false`)
		}
	})
}
