package jira

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"jirahook/plan"
)

// visibility is a restriction in Jira's form: to a role or a group. Cloud lists an
// identifier with it, which stays when a group is renamed.
type visibility struct {
	Type       string `json:"type"`
	Value      string `json:"value,omitempty"`
	Identifier string `json:"identifier,omitempty"`
}

// internalKey is the property by which a service desk keeps a comment from its
// customers: {"internal": true}. Without it a comment that comes over the REST
// API is public there. In a project that is no service desk it means nothing.
const internalKey = "sd.public.comment"

func internalNote() property { return property{internalKey, map[string]any{"internal": true}} }

func isInternalNote(p property) bool {
	v, ok := p.Value.(map[string]any)
	return ok && p.Key == internalKey && v["internal"] == true
}

// newComment is a comment as it is sent: with its own request, or under
// update.comment[].add with a transition. go-jira's Comment has no properties, and
// sends an empty author and visibility.
type newComment struct {
	Body       string      `json:"body"`
	Visibility *visibility `json:"visibility,omitempty"`
	Properties []property  `json:"properties,omitempty"`
}

// restricted is a comment that only those see who are to see it. Its error says
// that this Jira cannot hide it.
func (d *delivery) restricted(ctx context.Context, text string, v plan.Visibility) (newComment, error) {
	c := newComment{Body: text}
	switch v = v.Of(d.result.Issue.Key, d.Action.Issue); {
	case v.Type == plan.Internal:
		site, err := d.site(ctx)
		if err != nil {
			return c, err
		}
		if !site.hasCommentProperties() {
			return c, refused("%s cannot keep a comment from the customers of a service desk", site).
				advise("name a role or a group in mentions.visibility, or in mentions.visibility_by_project for the service desks alone")
		}
		c.Properties = append(c.Properties, internalNote())
	case v.Value != "":
		c.Visibility = &visibility{Type: v.Type, Value: v.Value}
	}
	return c, nil
}

// adviseVisibility says what to do about a visibility that Jira refused: it takes
// only a role or group that the account has, and names it in the refusal, in the
// account's language.
func adviseVisibility(err error, v *visibility) {
	e, ok := errors.AsType[*Error](err)
	if !ok || v == nil || e.Status != http.StatusBadRequest && e.Status != http.StatusForbidden {
		return
	}
	if _, named := e.words.fields["commentLevel"]; named || strings.Contains(e.words.String(), v.Value) {
		e.Advice = "the account of jira.auth must itself be in the " + v.Type + " " + short(v.Value) + ": look at mentions.visibility"
	}
}
