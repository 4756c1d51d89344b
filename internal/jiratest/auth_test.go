package jiratest

import (
	"strings"
	"testing"
)

func TestCloudBadCredentials(t *testing.T) {
	c := start(t, Options{})
	c.AddProject("OPEN", SimpleWorkflow())
	c.AddIssue("OPEN-1", "for all")
	c.SetPublic("OPEN", true)
	c.password = "expired"
	for _, tt := range []struct {
		method, path, body string
		status             int
		part               string
	}{
		{"GET", "/serverInfo", "", 200, "Cloud"},
		{"GET", "/myself", "", 401, "must be authenticated"},
		{"GET", "/issue/SHOP-12", "", 404, "do not have permission to see it"},
		{"GET", "/issue/OPEN-1", "", 200, "for all"},
		{"POST", "/issue/SHOP-12/comment", `{"body":"x"}`, 404, ""},
		{"POST", "/issue/OPEN-1/comment", `{"body":"x"}`, 400, "permission to comment"},
		{"GET", "/project/search", "", 200, `"total":1`},
		{"GET", "/search/jql?jql=project=OPEN", "", 200, `"id"`},
	} {
		a := c.want(tt.method, tt.path, tt.body, tt.status, tt.part)
		if got := a.header.Get("X-Seraph-LoginReason"); got != "AUTHENTICATED_FAILED" {
			t.Errorf("%s: login reason %q", tt.path, got)
		}
	}
	c.user = ""
	if a := c.want("GET", "/issue/SHOP-12", "", 404, ""); a.header.Get("X-Seraph-LoginReason") != "" {
		t.Error("nobody tried to log in")
	}
}

func TestServerBadCredentials(t *testing.T) {
	for _, f := range []Flavour{DataCenter10, Server7, Server6} {
		c := start(t, Options{Flavour: f})
		c.password = "wrong"
		a := c.want("GET", "/serverInfo", "", 401, "<html>")
		if a.header.Get("X-Seraph-LoginReason") != "AUTHENTICATED_FAILED" {
			t.Error("no login reason")
		}
		c.user = ""
		c.want("GET", "/serverInfo", "", 200, "version")
		c.want("GET", "/myself", "", 401, "")
		c.want("GET", "/issue/SHOP-12", "", 401, "Login Required")
	}
}

func TestTokens(t *testing.T) {
	c := start(t, Options{Flavour: DataCenter10})
	_, _, c.token = c.Credentials()
	c.want("GET", "/myself", "", 200, "jirahook")
	c.token = "other"
	c.want("GET", "/myself", "", 401, `"status-code":401`)

	old := start(t, Options{Flavour: Server7})
	_, _, old.token = old.Credentials()
	old.want("GET", "/myself", "", 401, "") // 7.6 knows no tokens
}

func TestSetCredentials(t *testing.T) {
	c := start(t, Options{Flavour: Server7, User: "u", Password: "p"})
	c.want("GET", "/myself", "", 200, "")
	c.SetCredentials("u", "new", "")
	c.want("GET", "/myself", "", 401, "")
	c.password = "new"
	c.want("GET", "/myself", "", 200, "")
}

func TestScopedTokens(t *testing.T) {
	c := start(t, Options{Scoped: true})
	c.want("GET", "/myself", "", 401, "scope")
	for path, status := range map[string]int{
		"/rest/api/2/myself": 200, "/rest/api/2/issue/SHOP-12": 200, "/rest/api/2/nothing": 404,
	} {
		if a, err := c.try("GET", c.APIHostURL()+path, ""); err != nil || a.status != status {
			t.Errorf("%s: %d %v", path, a.status, err)
		}
	}
	if a, _ := c.try("GET", strings.Replace(c.APIHostURL(), "7f8f", "0000", 1)+"/rest/api/2/myself", ""); a.status != 404 {
		t.Errorf("other cloud id: %d", a.status)
	}
	c.token = "fake-token"
	if a, _ := c.try("GET", c.APIHostURL()+"/rest/api/2/myself", ""); a.status != 200 {
		t.Errorf("service account: %d", a.status)
	}
	c.token, c.user = "", ""
	if a, _ := c.try("GET", c.APIHostURL()+"/rest/api/2/serverInfo", ""); a.status != 401 {
		t.Errorf("nobody: %d", a.status)
	}
	if a, _ := c.try("GET", c.URL()+"/_edge/tenant_info", ""); a.value(t, "cloudId") == nil {
		t.Error("no cloud id")
	}
}

func TestCaptcha(t *testing.T) {
	c := start(t, Options{Flavour: Server7, CaptchaAfter: 2})
	good := c.password
	c.password = "wrong"
	c.want("GET", "/myself", "", 401, "")
	c.want("GET", "/myself", "", 401, "")
	c.password = good
	a := c.want("GET", "/myself", "", 403, "AUTHENTICATION_DENIED")
	if a.header.Get("X-Seraph-LoginReason") != "AUTHENTICATION_DENIED" ||
		!strings.HasPrefix(a.header.Get("X-Authentication-Denied-Reason"), "CAPTCHA_CHALLENGE; login-url=") {
		t.Errorf("%v", a.header)
	}
	c.ClearCaptcha()
	c.want("GET", "/myself", "", 200, "")
}

func TestWritesFromBrowsersAndOddBodies(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		const path, body = "/issue/SHOP-12/comment", `{"body":"x"}`
		c.header["User-Agent"] = "Mozilla/5.0"
		c.want("POST", path, body, 403, "XSRF check failed")
		c.want("GET", path, "", 200, "")
		c.header["X-Atlassian-Token"] = "no-check"
		c.want("POST", path, body, 201, "")
		c.header = map[string]string{}
		for body, part := range map[string]string{"{": "parsing JSON", "[]": "deserialize", "\"\xff\"": "UTF-8", `{"body":1}`: "deserialize"} {
			c.want("POST", path, body, 400, part)
		}
		c.header["Content-Type"] = "text/plain"
		c.want("POST", path, body, 415, "")
		if n := len(c.Issue("SHOP-12").Comments); n != 1 {
			t.Errorf("%d comments", n)
		}
	})
}
