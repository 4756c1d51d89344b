package jiratest

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// page gets a page for people, without a login.
func (c *client) page(path string, status int) string {
	c.Helper()
	c.user = ""
	a, err := c.try("GET", c.URL()+path, "")
	if err != nil || a.status != status || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		c.Fatalf("%s: %d %v", path, a.status, err)
	}
	if strings.Contains(a.body, "<script") || strings.Contains(a.body, "ZgotmplZ") {
		c.Errorf("%s: %s", path, a.body)
	}
	return a.body
}

func TestIssuePage(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	c := start(t, Options{Flavour: Server7, Context: "/jira", Now: func() time.Time { return now }})
	c.Edit("SHOP-12", "summary", "Total <b>wrong</b>")
	c.Edit("SHOP-12", "description", "It *is*.")
	c.AddComment("SHOP-12", "bob", "First <script>alert(1)</script>")
	c.AddRestrictedComment("SHOP-12", "bob", "Second [~ada] {html}", Visibility{"role", "Developers"})
	c.AddLink("SHOP-12", Link{URL: "https://git.test/1", Title: "Commit <1>", Relationship: "mentioned in", Summary: "more", Resolved: true})
	c.AddLink("SHOP-12", Link{URL: "https://git.test/2", Title: "Branch"})
	c.AddWorklog("SHOP-12", "bob", now, "2h", "typing")
	c.SetStatus("SHOP-12", "Done")
	page := c.page("/browse/shop-12", 200)
	for _, part := range []string{
		`<h1>Total &lt;b&gt;wrong&lt;/b&gt;</h1>`, `<span class="status done">Done</span> (Done)`, `<p>It <strong>is</strong>.</p>`,
		`<li class="resolved"><a href="https://git.test/1" rel="nofollow noreferrer">Commit &lt;1&gt;</a> <span class="note who">mentioned in</span><span class="more">more</span>`,
		`<li><a href="https://git.test/2"`, `<p>First &lt;script&gt;`, `<span class="note">role Developers</span>`, `<span class="user">@ada</span>`,
		`Unknown macro: {html}`, `Notified: @ada`, `<span class="note">2h</span>`, `typing`, `status: To Do → Done`, `resolution: none → Done`, `2 Jan 2026 03:04`,
	} {
		if !strings.Contains(page, part) {
			t.Errorf("no %s", part)
		}
	}
	if strings.Index(page, "First") > strings.Index(page, "Second") {
		t.Error("the newest comment is not last")
	}
	if regexp.MustCompile(`https?://[^"]*\.(js|css)`).MatchString(page) {
		t.Error("the page is not self-contained")
	}
}

func TestDangerousLinkOnPage(t *testing.T) {
	c := start(t, Options{})
	c.AddLink("SHOP-12", Link{URL: "javascript:alert(1)", Title: "x"})
	c.user = ""
	a, err := c.try("GET", c.URL()+"/browse/SHOP-12", "")
	if err != nil || strings.Contains(a.body, "javascript:") {
		t.Errorf("%v %s", err, a.body)
	}
}

func TestOtherPages(t *testing.T) {
	c := start(t, Options{Context: "/jira"})
	for _, path := range []string{"/", ""} {
		if page := c.page(path, 200); !strings.Contains(page, `<a href="`+c.URL()+`/browse/SHOP-12">SHOP-12</a></td><td>Cart total is wrong`) {
			t.Errorf("index: %s", page)
		}
	}
	c.page("/browse/SHOP-99", 404)
	c.Remove("SHOP-12")
	if page := c.page("/", 200); !strings.Contains(page, "There are none.") {
		t.Errorf("empty index: %s", page)
	}
}
