package jira

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"jirahook/config"
)

// Who holds a role is told to administrators alone; as a person, by a group that
// the account is known to be in, or not at all.
func TestHoldsRole(t *testing.T) {
	const roles = `{"Developers":"https://jira.example.com/rest/api/2/project/SHOP/role/10001","Odd":"https://jira.example.com/role/x"}`
	person := func(fields string) string { return `{"actors":[{"type":"atlassian-user-role-actor",` + fields + `}]}` }
	group := func(fields string) string { return `{"actors":[{"type":"atlassian-group-role-actor",` + fields + `}]}` }
	me := Account{user: user{AccountID: "5b1", Key: "JIRAUSER1", Name: "jirahook"}, Groups: []string{"bots"}}
	untold := Account{user: me.user}
	for name, tt := range map[string]struct {
		role, roles, members string // "": refused
		me                   Account
		want                 Holding
	}{
		"roles are not told":     {"Developers", "", "", me, Untold},
		"no such role":           {"Testers", roles, "", me, NoSuchRole},
		"no address":             {"Odd", roles, "", me, Untold},
		"members are not told":   {"Developers", roles, "", me, Untold},
		"nobody":                 {"developers", roles, `{"actors":[]}`, me, NotHeld},
		"by name":                {"developers", roles, person(`"name":"jirahook"`), me, Held},
		"by key":                 {"developers", roles, person(`"name":"JIRAUSER1"`), me, Held},
		"by id":                  {"developers", roles, person(`"actorUser":{"accountId":"5b1"}`), me, Held},
		"somebody else":          {"developers", roles, person(`"name":"ada"`), me, NotHeld},
		"in a group":             {"developers", roles, group(`"name":"bots"`), me, Held},
		"in a group of Cloud's":  {"developers", roles, group(`"name":"x","actorGroup":{"name":"bots"}`), me, Held},
		"in another group":       {"developers", roles, group(`"name":"people"`), me, NotHeld},
		"a group like our name":  {"developers", roles, group(`"name":"jirahook"`), me, NotHeld},
		"groups are not told":    {"developers", roles, group(`"name":"people"`), untold, Untold},
		"no groups, and nobody":  {"developers", roles, person(`"name":"ada"`), untold, NotHeld},
		"no groups, but by name": {"developers", roles, person(`"name":"jirahook"`), untold, Held},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := map[string]string{"/rest/api/2/project/SHOP/role": tt.roles, "/rest/api/2/project/SHOP/role/10001": tt.members}[r.URL.Path]
			w.Header().Set("Content-Type", jsonType)
			if body == "" {
				w.WriteHeader(http.StatusForbidden)
				body = `{"errorMessages":["no"],"errors":{}}`
			}
			_, _ = io.Copy(w, strings.NewReader(body))
		}))
		got := offline(t, func(j *config.Jira) { j.URL = server.URL }).HoldsRole(t.Context(), "SHOP", tt.role, tt.me)
		server.Close()
		if got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
