package jiratest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// comment finds the comment of an issue that a path names; nil: there is none
// that our account may see.
func (s *Server) comment(i *issue, id string) *Comment {
	for _, x := range i.comments {
		if strconv.Itoa(x.ID) == id && s.seen(i, x.Visibility) {
			return x
		}
	}
	return nil
}

func noComment(id string) answer {
	return refuse(http.StatusNotFound, "Can not find a comment for the id: "+id+".")
}

func (s *Server) getComment(c *call, i *issue) answer {
	x := s.comment(i, c.vars["id"])
	if x == nil {
		return noComment(c.vars["id"])
	}
	expand := listOf(c.URL.Query()["expand"], "")
	return jsonAnswer(http.StatusOK, s.commentBean(c, i, x, slices.Contains(expand, "properties"), slices.Contains(expand, "renderedBody")))
}

// own finds a comment that our account wrote and may change.
func (s *Server) own(c *call, i *issue) (*Comment, answer) {
	x := s.comment(i, c.vars["id"])
	switch {
	case x == nil:
		return nil, noComment(c.vars["id"])
	case c.who != member || x.Author != s.opts.Account.Name || !i.project.may(c, EditOwnComments):
		return nil, refuse(http.StatusBadRequest, "You do not have the permission to edit this comment.")
	}
	return x, answer{}
}

// updateComment replaces a comment. Whether one that is sent without a visibility
// keeps the one it had is written nowhere: here it does not.
func (s *Server) updateComment(c *call, i *issue) answer {
	x, refusal := s.own(c, i)
	if x == nil {
		return refusal
	}
	in, refusal, ok := s.readComment(c, i)
	if !ok {
		return refusal
	}
	properties, refusal, ok := readProperties(in.Properties)
	if !ok {
		return refusal
	}
	maps.Copy(x.Properties, properties)
	x.Visibility = in.Visibility.visibility()
	s.rewrite(i, x, s.opts.Account.Name, *in.Body)
	return jsonAnswer(http.StatusOK, s.commentBean(c, i, x, false, false))
}

func (s *Server) rewrite(i *issue, x *Comment, editor, body string) {
	x.Body, x.Editor, x.Updated = body, editor, s.opts.Now()
	i.updated = x.Updated
	i.noticed(x.Body)
	i.activity = append(i.activity, fmt.Sprintf("comment %d edited", x.ID))
}

// EditComment changes a comment's text as a person, or as our account by hand.
func (s *Server) EditComment(key string, id int, editor, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.must(key)
	s.rewrite(i, i.mustComment(id), editor, body)
}

// DeleteComment deletes a comment as a person.
func (s *Server) DeleteComment(key string, id int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.must(key)
	i.dropComment(i.mustComment(id))
}

func (i *issue) mustComment(id int) *Comment {
	n := slices.IndexFunc(i.comments, func(x *Comment) bool { return x.ID == id })
	if n < 0 {
		panic(fmt.Sprintf("jiratest: no comment %d on %s", id, i.key))
	}
	return i.comments[n]
}

func (i *issue) dropComment(x *Comment) {
	i.comments = slices.DeleteFunc(i.comments, func(other *Comment) bool { return other == x })
	i.activity = append(i.activity, fmt.Sprintf("comment %d deleted", x.ID))
}

func (s *Server) deleteComment(c *call, i *issue) answer {
	x, refusal := s.own(c, i)
	if x == nil {
		return refusal
	}
	i.dropComment(x)
	return noContent()
}

// commentsByID is Cloud's POST comment/list.
func (s *Server) commentsByID(c *call) answer {
	var in struct {
		IDs []int `json:"ids"`
	}
	if err := json.Unmarshal(c.body, &in); err != nil || len(in.IDs) == 0 || len(in.IDs) > 1000 {
		return refuse(http.StatusBadRequest, "Between 1 and 1000 comment ids must be given.")
	}
	beans := []map[string]any{}
	properties := slices.Contains(listOf(c.URL.Query()["expand"], ""), "properties")
	for _, id := range in.IDs {
		if i, x := s.anyComment(c, strconv.Itoa(id)); x != nil {
			bean := s.commentBean(c, i, x, false, false)
			if properties {
				bean["properties"] = propertyList(x.Properties)
			}
			beans = append(beans, bean)
		}
	}
	return jsonAnswer(http.StatusOK, map[string]any{
		"startAt": 0, "maxResults": 1000, "total": len(beans), "isLast": true, "values": beans,
	})
}

// anyComment finds a comment by its number alone.
func (s *Server) anyComment(c *call, id string) (*issue, *Comment) {
	for _, i := range s.order {
		if !i.project.may(c, BrowseProjects) {
			continue
		}
		if x := s.comment(i, id); x != nil {
			return i, x
		}
	}
	return nil, nil
}

func (s *Server) commentProperties(c *call) answer {
	_, x := s.anyComment(c, c.vars["id"])
	if x == nil {
		return noComment(c.vars["id"])
	}
	keys := []map[string]string{}
	for _, p := range propertyList(x.Properties) {
		keys = append(keys, map[string]string{"key": p.Key, "self": s.propertySelf(c, x, p.Key)})
	}
	return jsonAnswer(http.StatusOK, map[string]any{"keys": keys})
}

func (s *Server) propertySelf(c *call, x *Comment, key string) string {
	return fmt.Sprintf("%s/rest/api/2/comment/%d/properties/%s", c.base, x.ID, key)
}

func (s *Server) commentProperty(c *call) answer {
	_, x := s.anyComment(c, c.vars["id"])
	if x == nil {
		return noComment(c.vars["id"])
	}
	value, ok := x.Properties[c.vars["property"]]
	if !ok {
		return refuse(http.StatusNotFound, "The property with key '"+c.vars["property"]+"' does not exist.")
	}
	return jsonAnswer(http.StatusOK, property{c.vars["property"], json.RawMessage(value)})
}

func (s *Server) setCommentProperty(c *call) answer {
	i, _ := s.anyComment(c, c.vars["id"])
	if i == nil {
		return noComment(c.vars["id"])
	}
	x, refusal := s.own(c, i)
	if x == nil {
		return refusal
	}
	added, refusal, ok := readProperties([]property{{c.vars["property"], c.body}})
	if !ok {
		return refusal
	}
	_, replaced := x.Properties[c.vars["property"]]
	x.Properties[c.vars["property"]] = added[c.vars["property"]]
	if replaced {
		return jsonAnswer(http.StatusOK, struct{}{})
	}
	return jsonAnswer(http.StatusCreated, struct{}{})
}

func (s *Server) deleteCommentProperty(c *call) answer {
	i, _ := s.anyComment(c, c.vars["id"])
	if i == nil {
		return noComment(c.vars["id"])
	}
	x, refusal := s.own(c, i)
	if x == nil {
		return refusal
	}
	if _, ok := x.Properties[c.vars["property"]]; !ok {
		return refuse(http.StatusNotFound, "The property with key '"+c.vars["property"]+"' does not exist.")
	}
	delete(x.Properties, c.vars["property"])
	return noContent()
}
