package jiratest

import (
	"encoding/json"
	"fmt"
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
	case c.who != member || x.Author != s.opts.Account.Name:
		return nil, refuse(http.StatusBadRequest, "You do not have the permission to edit this comment.")
	}
	return x, answer{}
}

func (s *Server) updateComment(c *call, i *issue) answer {
	x, refusal := s.own(c, i)
	if x == nil {
		return refusal
	}
	in, refusal, ok := s.readComment(c, i)
	if !ok {
		return refusal
	}
	x.Body, x.Updated = *in.Body, s.opts.Now()
	if in.Visibility != nil {
		x.Visibility = in.Visibility.visibility()
	}
	i.updated = x.Updated
	i.noticed(x.Body)
	i.activity = append(i.activity, fmt.Sprintf("comment %d edited", x.ID))
	return jsonAnswer(http.StatusOK, s.commentBean(c, i, x, false, false))
}

func (s *Server) deleteComment(c *call, i *issue) answer {
	x, refusal := s.own(c, i)
	if x == nil {
		return refusal
	}
	i.comments = slices.DeleteFunc(i.comments, func(other *Comment) bool { return other == x })
	i.activity = append(i.activity, fmt.Sprintf("comment %d deleted", x.ID))
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
			beans = append(beans, s.commentBean(c, i, x, properties, false))
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
