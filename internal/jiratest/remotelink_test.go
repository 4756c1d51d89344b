package jiratest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestLinkIsUpserted(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		created := 200
		if f == Cloud {
			created = 201
		}
		const id = "https://git.test/a?b=1&c=[2]"
		a := c.want("POST", "/issue/SHOP-12/remotelink", `{"globalId":`+quote(id)+`,"relationship":"mentioned in","application":{"name":"Git"},
			"object":{"url":"https://git.test/1","title":"One","summary":"s","icon":{"url16x16":"https://git.test/i"},"status":{"resolved":true}}}`, created, "")
		number, ok := a.value(t, "id").(float64)
		if !ok {
			t.Fatalf("the id is no number: %s", a.body)
		}
		l := c.Issue("SHOP-12").Links[0]
		if l != (Link{int(number), id, "mentioned in", "Git", "https://git.test/1", "One", "s", true, "https://git.test/i"}) {
			t.Errorf("kept %+v", l)
		}
		found := c.want("GET", "/issue/SHOP-12/remotelink?globalId="+url.QueryEscape(id), "", 200, `"title":"One"`)
		if found.value(t, "object", "status", "resolved") != true || found.value(t, "globalId") != id {
			t.Errorf("got %s", found.body)
		}
		again := c.want("POST", "/issue/SHOP-12/remotelink", `{"globalId":`+quote(id)+`,"object":{"url":"https://git.test/2","title":"Two"}}`, 200, "")
		if again.value(t, "id") != number {
			t.Errorf("another id: %s", again.body)
		}
		if l := c.Issue("SHOP-12").Links; len(l) != 1 || l[0] != (Link{ID: int(number), GlobalID: id, URL: "https://git.test/2", Title: "Two"}) {
			t.Errorf("what was not sent must be gone: %+v", l)
		}
		c.want("POST", "/issue/SHOP-12/remotelink", `{"object":{"url":"https://git.test/3","title":"Three"}}`, created, "")
		if n := c.do("GET", "/issue/SHOP-12/remotelink", "").size(t); n != 2 {
			t.Errorf("%d links", n)
		}
		c.want("GET", "/issue/SHOP-12/remotelink?globalId=other", "", 404, "")
	})
}

func TestLinkRefusals(t *testing.T) {
	c := start(t, Options{Flavour: DataCenter10})
	long := quote(strings.Repeat("é", 256))
	for body, part := range map[string]string{
		`{}`:                                 `"object":"'object' is required."`,
		`{"object":{"url":"http://a.test"}}`: `"title":"'title' is required."`,
		`{"object":{"title":"t"}}`:           `"url":"'url' is required."`,
		`{"object":{"title":"t","url":"x"}}`: "not a valid URI",
		`{"object":{"title":` + long + `,"url":"http://a.test"}}`:                    "255",
		`{"globalId":` + long + `,"object":{"title":"t","url":"http://a.test"}}`:     `"globalId"`,
		`{"relationship":` + long + `,"object":{"title":"t","url":"http://a.test"}}`: `"relationship"`,
		`{"object":"x"}`: "deserialize",
	} {
		c.want("POST", "/issue/SHOP-12/remotelink", body, 400, part)
	}
	c.SetPermissions("SHOP", BrowseProjects)
	c.want("POST", "/issue/SHOP-12/remotelink", `{"object":{"url":"http://a.test","title":"t"}}`, 403, "No Link Issue Permission for issue 'SHOP-12'")
	if n := len(c.Issue("SHOP-12").Links); n != 0 {
		t.Errorf("%d links", n)
	}
}

func TestLinkByNumber(t *testing.T) {
	c := start(t, Options{})
	c.AddLink("SHOP-12", Link{GlobalID: "g", URL: "http://a.test", Title: "t", Relationship: "r", Application: "A", IconURL: "http://a.test/i"})
	c.AddLink("SHOP-12", Link{GlobalID: "h", URL: "http://b.test", Title: "u"})
	id := fmt.Sprint(c.Issue("SHOP-12").Links[0].ID)
	at := "/issue/SHOP-12/remotelink/"
	c.want("GET", at+id, "", 200, `"relationship":"r"`)
	c.want("GET", at+"1", "", 404, "")
	c.want("PUT", at+id, `{"globalId":"g","object":{"url":"http://a.test","title":"new"}}`, 204, "")
	c.want("PUT", at+id, `{}`, 400, "object")
	c.want("GET", at+id, "", 200, `"title":"new"`)
	c.want("DELETE", at+id, "", 204, "")
	c.want("DELETE", at+id, "", 404, "")
	c.want("DELETE", "/issue/SHOP-12/remotelink?globalId=h", "", 204, "")
	c.want("DELETE", "/issue/SHOP-12/remotelink?globalId=h", "", 404, "")
	c.want("DELETE", "/issue/SHOP-12/remotelink", "", 400, "globalId")
	if n := len(c.Issue("SHOP-12").Links); n != 0 {
		t.Errorf("%d links", n)
	}
}
