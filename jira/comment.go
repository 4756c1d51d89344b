package jira

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"jirahook/plan"
)

// comment says something on the issue: in an earlier comment of ours, where one
// of those it takes the place of is still as we left it, else in a new one.
func (d *delivery) comment(ctx context.Context, c plan.Comment) error {
	site, err := d.site(ctx)
	if err != nil {
		return err
	}
	say, err := d.restricted(ctx, d.sayable(site, c.Body), c.Visibility)
	if err != nil {
		return err
	}
	if site.hasCommentProperties() {
		say.Properties = append(say.Properties, d.mark(c.Marker).property())
	}
	d.result.Words = "comment"
	var earlier *remark
	if d.unsettled || len(c.Edits) > 0 {
		there, found, err := d.findComment(ctx, site, c)
		if err != nil || there {
			return err
		}
		earlier = found
	}
	if d.unsettled {
		if err := d.settle(); err != nil {
			return err
		}
	}
	if earlier != nil {
		if edited, err := d.edit(ctx, site, c, say, *earlier); edited || err != nil {
			return err
		}
	}
	if c.OnlyEdit {
		d.result.Words = ""
		return nil
	}
	err = d.explained(ctx, d.say(ctx, site, c, say, request{method: http.MethodPost, path: d.path("comment")}))
	adviseVisibility(err, say.Visibility)
	return err
}

// edit puts the comment in the place of an earlier one, which keeps what
// restricts it. It reports false when Jira does not let us.
func (d *delivery) edit(ctx context.Context, site Site, c plan.Comment, say newComment, earlier remark) (edited bool, err error) {
	if say.Visibility == nil {
		say.Visibility = earlier.Visibility
	}
	if earlier.isInternal() && !slices.ContainsFunc(say.Properties, isInternalNote) {
		say.Properties = append(say.Properties, internalNote())
	}
	err = d.say(ctx, site, c, say, request{method: http.MethodPut, path: d.path("comment", earlier.ID)})
	e, ok := errors.AsType[*Error](err)
	switch {
	case ok && e.notThere(): // since it was listed
		return false, nil
	case ok && e.Verdict == plan.Refused: // such as without the permission to edit one's own comments
		if c.OnlyEdit {
			d.note("an earlier comment could not be edited: %s", e.Problem)
		}
		return false, nil
	}
	d.result.Words = "comment edited"
	if c.OnlyEdit {
		d.result.Words = "updated" // nothing new is said
	}
	return true, d.explained(ctx, err)
}

// say sends a comment, cut to Jira's limit when Jira tells one.
func (d *delivery) say(ctx context.Context, site Site, c plan.Comment, say newComment, r request) error {
	return d.posted(d.mark(c.Marker), say.Body, !site.hasCommentProperties(), "the comment", func(text string) error {
		say.Body = text
		r.body = say
		return d.change(ctx, r, "")
	})
}

var number = regexp.MustCompile(`[0-9]+(?:[.,'’\x{00A0}\x{202F} ][0-9]{3})*`)

// tooLong reads Jira's limit from a refusal of a text: "The entered text is too
// long. It exceeds the allowed limit of 32,767 characters." It comes in the
// language of the account, but under the name of the field, and the limit is
// less than what was sent.
func tooLong(err error, text string) (limit int, ok bool) {
	e, isError := errors.AsType[*Error](err)
	if !isError || e.Status != http.StatusBadRequest {
		return 0, false
	}
	const least = 100 // no text can say anything in less
	for _, n := range number.FindAllString(e.words.fields["comment"], -1) {
		digits := strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, n)
		if limit, err := strconv.Atoi(digits); err == nil && limit >= least && limit < units(text) {
			return limit, true
		}
	}
	return 0, false
}
