package jira

import (
	"strings"
)

// mark is how a comment or worklog is known as ours again. No reader sees it:
// where Jira keeps an entity property with what is posted, it is that, else an
// anchor in the text, which Jira's renderer makes an empty <a name="…">. Programs
// before this one showed it in a line of its own at the end of the text.
type mark struct {
	id     string // of the action; of an earlier comment it may not be known
	marker string // "jirahook 0123456789ab"
}

func (d *delivery) mark(marker string) mark { return mark{d.Action.ID, marker} }

// property is an entity property.
type property struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

const propertyKey = "jirahook"

func (m mark) property() property {
	return property{propertyKey, map[string]any{"id": m.id, "marker": m.marker}}
}

// in reports whether one of the properties is this mark. Programs before this one
// kept the id alone, of which a marker shows the beginning.
func (m mark) in(properties []property) bool {
	for _, p := range properties {
		v, ok := p.Value.(map[string]any)
		if !ok || p.Key != propertyKey {
			continue
		}
		id, _ := v["id"].(string)
		marker, _ := v["marker"].(string)
		switch {
		case m.id != "" && id == m.id, m.marker != "" && marker == m.marker:
			return true
		case marker == "" && len(id) >= 12 && m.marker == "jirahook "+id[:12]:
			return true
		}
	}
	return false
}

// anchor is the mark in wiki markup. What people write has its braces escaped, so
// nobody else's text holds one.
func (m mark) anchor() string {
	return "{anchor:" + strings.ReplaceAll(m.marker, " ", "-") + "}"
}

func (m mark) visible() string { return "^" + m.marker + "^" }

// inText reports whether a text bears the mark. A line that shows it counts at
// the end only: elsewhere it is quoted.
func (m mark) inText(text string) bool {
	if m.marker == "" {
		return false
	}
	last := strings.TrimSpace(text)
	last = last[strings.LastIndexAny(last, "\r\n")+1:]
	return last == m.visible() || strings.Contains(text, m.anchor())
}

// unmarked is a text without the line that an earlier program has put below it.
func (m mark) unmarked(text string) string {
	return strings.TrimSuffix(text, "\n"+m.visible())
}

// anchored is a text with the anchor: at the end of its first line, where it
// takes no room. A line that a macro or a table begins is not touched.
func (m mark) anchored(text string) string {
	if m.marker == "" {
		return text
	}
	first, rest, more := strings.Cut(text, "\n")
	if strings.TrimSpace(first) == "" || strings.ContainsAny(first[:1], "{|") {
		return text + "\n" + m.anchor()
	}
	first += " " + m.anchor()
	if more {
		first += "\n"
	}
	return first + rest
}

// sized is a text as it is posted: without a mark that shows, at most limit UTF-16
// units long (0: as it is), with the anchor if it is to bear one.
func (m mark) sized(text string, limit int, anchor bool) string {
	text = m.unmarked(text)
	if !anchor {
		if limit > 0 {
			text = cutText(text, limit)
		}
		return text
	}
	if limit > 0 {
		text = cutText(text, limit-units(m.anchored("")))
	}
	return m.anchored(text)
}
