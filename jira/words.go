package jira

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// words are what Jira says in a refusal: {"errorMessages":[…],"errors":{…}}. The
// shape is read leniently; go-jira's Error fails on an errors value that is not
// a string, and tells a random one of them.
type words struct {
	messages []string
	fields   map[string]string
	// fromJira: in Jira's own form, not in that of a gateway or proxy.
	fromJira bool
}

// maxMessages keeps a refusal with hundreds of messages readable.
const maxMessages = 20

func wordsOf(a answer) words {
	w := words{fields: map[string]string{}}
	var body map[string]any
	if !isJSON(a) && !bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("{")) {
		return w
	}
	if json.Unmarshal(a.body, &body) != nil {
		return w
	}
	_, hasMessages := body["errorMessages"]
	fields, hasFields := body["errors"].(map[string]any)
	_, hasStatus := body["status-code"]     // Atlassian's REST module, where Jira's own code was not reached
	list, hasList := body["errors"].([]any) // of some newer resources
	w.fromJira = hasMessages || hasFields || hasStatus || hasList && len(list) > 0
	// The other names are those of Cloud's gateway and of Jira's plugins.
	for _, name := range []string{"errorMessages", "message", "errorMessage", "error", "error_description"} {
		w.messages = append(w.messages, texts(body[name])...)
	}
	if !hasFields {
		w.messages = append(w.messages, texts(body["errors"])...)
	}
	w.messages = w.messages[:min(len(w.messages), maxMessages)]
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if t := texts(fields[name]); len(t) > 0 && len(w.fields) < maxMessages {
			w.fields[name] = strings.Join(t, "; ")
		}
	}
	return w
}

// texts are the strings in a JSON value, which may be a list of them, or a list
// of objects with a message.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		if v = strings.TrimSpace(v); v != "" {
			return []string{v}
		}
	case float64, bool:
		return []string{fmt.Sprint(v)}
	case []any:
		var all []string
		for _, e := range v[:min(len(v), maxMessages)] {
			all = append(all, texts(e)...)
		}
		return all
	case map[string]any:
		if m, ok := v["message"].(string); ok {
			return texts(m)
		}
	}
	return nil
}

// String is all of it in one line: messages, then fields in order of name.
func (w words) String() string {
	all := slices.Clone(w.messages)
	for _, name := range slices.Sorted(maps.Keys(w.fields)) {
		all = append(all, name+": "+w.fields[name])
	}
	return short(strings.Join(all, "; "))
}

// begin reports whether a message begins with a phrase, in any case of letters.
func (w words) begin(phrase string) bool {
	return slices.ContainsFunc(w.messages, func(m string) bool {
		return len(m) >= len(phrase) && strings.EqualFold(m[:len(phrase)], phrase)
	})
}
