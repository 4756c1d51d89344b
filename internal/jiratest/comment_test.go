package jiratest

import (
	"fmt"
	"strings"
	"testing"
)

func TestAddComment(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		a := c.want("POST", "/issue/SHOP-12/comment", `{"body":"hello","visibility":{"type":"role","value":"Developers"}}`, 201, `"body":"hello"`)
		if id, ok := a.value(t, "id").(string); !ok || !strings.HasSuffix(a.value(t, "self").(string), "/comment/"+id) {
			t.Errorf("got %s", a.body)
		}
		x := c.Issue("SHOP-12").Comments[0]
		if x.Author != "jirahook" || x.Body != "hello" || x.Visibility != (Visibility{"role", "Developers"}) {
			t.Errorf("kept %+v", x)
		}
	})
}

func TestCommentRefusals(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f, TextLimit: 1200})
		for _, tt := range []struct{ body, part string }{
			{`{}`, `"comment":"Comment body can not be empty!"`},
			{`{"body":""}`, "can not be empty"},
			{`{"body":` + quote(strings.Repeat("a", 1201)) + `}`, `"comment":"The entered text is too long. It exceeds the allowed limit of 1,200 characters."`},
			{`{"body":` + quote(strings.Repeat("😀", 601)) + `}`, "too long"},
			{`{"body":"x","visibility":{"type":"role","value":"Administrators"}}`, "You are currently not a member of the project role: Administrators."},
			{`{"body":"x","visibility":{"type":"group","value":"admins"}}`, "not a member of the group: admins"},
			{`{"body":"x","visibility":{"type":"user","value":"me"}}`, "visibility"},
		} {
			c.want("POST", "/issue/SHOP-12/comment", tt.body, 400, tt.part)
		}
		c.want("POST", "/issue/SHOP-99/comment", `{"body":"x"}`, 404, "")
		c.SetPermissions("SHOP", BrowseProjects)
		status := 403
		if f == Cloud {
			status = 400
		}
		c.want("POST", "/issue/SHOP-12/comment", `{"body":"x"}`, status, "Jirahook, you do not have the permission to comment on this issue.")
		if i := c.Issue("SHOP-12"); len(i.Comments) != 0 {
			t.Errorf("kept %+v", i.Comments)
		}
	})
}

func TestCommentJustFits(t *testing.T) {
	c := start(t, Options{})
	c.want("POST", "/issue/SHOP-12/comment", `{"body":`+quote(strings.Repeat("😀", 16383)+"a")+`}`, 201, "")
	c.want("POST", "/issue/SHOP-12/comment", `{"body":`+quote(strings.Repeat("😀", 16384))+`}`, 400, "32,767")
}

func TestUnknownFields(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		for path, body := range map[string]string{
			"comment": `{"body":"x","oops":1}`,
			"worklog": `{"timeSpent":"1h","started":"2026-01-02T03:04:05.000+0000","oops":1}`,
		} {
			if f == Cloud {
				c.want("POST", "/issue/SHOP-12/"+path, body, 201, "")
			} else {
				c.want("POST", "/issue/SHOP-12/"+path, body, 400, `Unrecognized field \"oops\" (Class `)
			}
		}
	})
}

func TestCommentProperties(t *testing.T) {
	const body = `{"body":"x","properties":[{"key":"jirahook.id","value":{"a":[1]}}]}`
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		if f == Server6 {
			c.want("POST", "/issue/SHOP-12/comment", body, 400, `Unrecognized field \"properties\"`)
			return
		}
		id := c.want("POST", "/issue/SHOP-12/comment", body, 201, "").value(t, "id").(string)
		if v := c.do("GET", "/issue/SHOP-12/comment", "").value(t, "comments", 0, "properties"); v != nil {
			t.Errorf("shown without being asked for: %v", v)
		}
		a := c.do("GET", "/issue/SHOP-12/comment?expand=properties", "")
		if a.value(t, "comments", 0, "properties", 0, "key") != "jirahook.id" || a.value(t, "comments", 0, "properties", 0, "value", "a", 0) != 1.0 {
			t.Errorf("got %s", a.body)
		}
		at := "/comment/" + id + "/properties"
		c.want("GET", at, "", 200, `"key":"jirahook.id"`)
		c.want("GET", at+"/jirahook.id", "", 200, `"value":{"a":[1]}`)
		c.want("PUT", at+"/jirahook.id", `2`, 200, "")
		c.want("PUT", at+"/other", `"x"`, 201, "")
		c.want("DELETE", at+"/jirahook.id", "", 204, "")
		c.want("GET", at+"/jirahook.id", "", 404, "")
		c.want("DELETE", at+"/jirahook.id", "", 404, "")
		c.want("GET", "/comment/1/properties", "", 404, "")
		c.want("PUT", at+"/"+strings.Repeat("k", 256), `1`, 400, "255")
		c.want("PUT", at+"/big", quote(strings.Repeat("v", 32<<10)), 400, "32768")
	})
}

func TestListComments(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		for n := range 120 {
			c.AddComment("SHOP-12", "bob", fmt.Sprint("number ", n))
		}
		c.AddRestrictedComment("SHOP-12", "bob", "secret", Visibility{"role", "Administrators"})
		all := c.do("GET", "/issue/SHOP-12/comment", "")
		want := 120
		if f == Cloud {
			want = 100
		}
		if all.size(t, "comments") != want || all.value(t, "total") != 120.0 || strings.Contains(all.body, "secret") {
			t.Errorf("%d comments, total %v", all.size(t, "comments"), all.value(t, "total"))
		}
		page := c.do("GET", "/issue/SHOP-12/comment?orderBy=-created&startAt=10&maxResults=20", "")
		first := "number 109"
		if f == Server6 {
			first = "number 0" // knows neither pages nor order
		}
		if got := page.value(t, "comments", 0, "body"); got != first {
			t.Errorf("got %v, want %v", got, first)
		}
		if f != Server6 {
			c.want("GET", "/issue/SHOP-12/comment?orderBy=author", "", 400, "orderBy")
		}
	})
}

func TestChangeComment(t *testing.T) {
	c := start(t, Options{Flavour: DataCenter10})
	id := c.do("POST", "/issue/SHOP-12/comment", `{"body":"mine"}`).value(t, "id").(string)
	c.AddComment("SHOP-12", "bob", "his")
	his := fmt.Sprint(c.Issue("SHOP-12").Comments[1].ID)
	at := "/issue/SHOP-12/comment/"
	c.want("GET", at+id, "", 200, "mine")
	c.want("PUT", at+id, `{"body":"changed"}`, 200, "changed")
	c.want("PUT", at+id, `{"body":""}`, 400, "empty")
	c.want("PUT", at+his, `{"body":"changed"}`, 400, "permission")
	c.want("DELETE", at+his, "", 400, "permission")
	c.want("DELETE", at+id, "", 204, "")
	c.want("GET", at+id, "", 404, "Can not find a comment for the id: "+id+".")
	c.want("DELETE", at+id, "", 404, "")
	if i := c.Issue("SHOP-12"); len(i.Comments) != 1 || !strings.HasSuffix(i.Activity[2], "edited") || !strings.HasSuffix(i.Activity[3], "deleted") {
		t.Errorf("got %+v", i)
	}
}

func TestCommentsByID(t *testing.T) {
	c := start(t, Options{})
	id := c.do("POST", "/issue/SHOP-12/comment", `{"body":"x","properties":[{"key":"k","value":1}]}`).value(t, "id").(string)
	a := c.want("POST", "/comment/list?expand=properties", `{"ids":[`+id+`,99]}`, 200, `"isLast":true`)
	if a.size(t, "values") != 1 || a.value(t, "values", 0, "properties", 0, "key") != "k" {
		t.Errorf("got %s", a.body)
	}
	c.want("POST", "/comment/list", `{"ids":[]}`, 400, "")
}

func TestLimitsPerIssue(t *testing.T) {
	c := start(t, Options{CommentLimit: 1, WorklogLimit: 1, LinkLimit: 1})
	for path, body := range map[string]string{
		"comment": `{"body":"x"}`, "worklog": `{"timeSpent":"1h","started":"2026-01-02T03:04:05.000+0000"}`,
		"remotelink": `{"object":{"url":"http://a.test","title":"t"}}`,
	} {
		c.want("POST", "/issue/SHOP-12/"+path, body, 201, "")
		c.want("POST", "/issue/SHOP-12/"+path, body, 413, "limit of 1 ")
	}
}

func TestThreeByteDatabase(t *testing.T) {
	c := start(t, Options{Flavour: Server7, UTF8MB3: true})
	c.want("POST", "/issue/SHOP-12/comment", `{"body":"é €"}`, 201, "")
	c.want("POST", "/issue/SHOP-12/comment", `{"body":"😀"}`, 500, "Internal server error")
	c.want("POST", "/issue/SHOP-12/worklog", `{"timeSpent":"1h","comment":"😀"}`, 500, "")
	c.want("POST", "/issue/SHOP-12/remotelink", `{"object":{"url":"http://a.test","title":"😀"}}`, 500, "")
}
