package jiratest

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
)

// User is a person or a service account.
type User struct {
	Name        string `json:"name"`        // Server and Data Center
	AccountID   string `json:"accountId"`   // Cloud; "": made from the name
	DisplayName string `json:"displayName"` // "": the name
	Email       string `json:"email"`
}

func (u User) withDefaults() User {
	if u.AccountID == "" {
		h := fnv.New64a()
		h.Write([]byte(u.Name))
		u.AccountID = fmt.Sprintf("712020:%08x-0000-4000-8000-%012x", uint32(h.Sum64()), h.Sum64()&0xffffffffffff)
	}
	if u.DisplayName == "" {
		u.DisplayName = u.Name
	}
	return u
}

// AddUser makes a user known, for display and for user/search.
func (s *Server) AddUser(u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users = append(s.users, u.withDefaults())
}

// user finds a user by name; one that was never added is made up.
func (s *Server) user(name string) User {
	for _, u := range s.users {
		if u.Name == name {
			return u
		}
	}
	return User{Name: name}.withDefaults()
}

// userBean is a user as Jira shows one inside other things.
func (s *Server) userBean(c *call, u User) map[string]any {
	avatars := map[string]string{}
	for _, size := range []string{"16x16", "24x24", "32x32", "48x48"} {
		avatars[size] = c.base + "/secure/useravatar?size=" + size
	}
	bean := map[string]any{
		"avatarUrls": avatars, "displayName": u.DisplayName, "active": true, "timeZone": "Etc/UTC",
	}
	if s.opts.Flavour == Cloud {
		bean["self"] = c.base + "/rest/api/2/user?accountId=" + u.AccountID
		bean["accountId"] = u.AccountID
		bean["accountType"] = "atlassian"
		return bean
	}
	bean["self"] = c.base + "/rest/api/2/user?username=" + u.Name
	bean["name"] = u.Name
	bean["emailAddress"] = u.Email
	if s.opts.Flavour != Server6 {
		bean["key"] = u.Name
	}
	return bean
}

func (s *Server) myself(c *call) answer {
	bean := s.userBean(c, s.opts.Account)
	bean["emailAddress"] = s.opts.Account.Email
	if s.opts.Flavour != Server6 {
		bean["locale"] = "en_GB"
	}
	if slices.Contains(listOf(c.URL.Query()["expand"], ""), "groups") {
		items := []map[string]any{}
		for _, g := range s.groups {
			items = append(items, map[string]any{"name": g, "self": c.base + "/rest/api/2/group?groupname=" + g})
		}
		bean["groups"] = map[string]any{"size": len(items), "items": items}
	}
	return jsonAnswer(http.StatusOK, bean)
}

// searchUsers wants query (Cloud) or username (elsewhere).
func (s *Server) searchUsers(c *call) answer {
	name := "username"
	if s.opts.Flavour == Cloud {
		name = "query"
	}
	wanted := strings.ToLower(c.URL.Query().Get(name))
	if id := c.URL.Query().Get("accountId"); wanted == "" && id == "" {
		return refuse(http.StatusBadRequest, "The '"+name+"' query parameter was not provided")
	}
	found := []map[string]any{}
	for _, u := range s.users {
		text := strings.ToLower(u.Name + "\n" + u.DisplayName + "\n" + u.Email)
		if wanted != "" && strings.Contains(text, wanted) || s.opts.Flavour == Cloud && u.AccountID == c.URL.Query().Get("accountId") {
			found = append(found, s.userBean(c, u))
		}
	}
	return jsonAnswer(http.StatusOK, found)
}
