package jiratest

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// answer is a whole HTTP answer as plain data, so that a fault can spoil it
// before it is sent.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// problems is the body of Jira's refusals.
type problems struct {
	Messages []string          `json:"errorMessages"`
	Errors   map[string]string `json:"errors"`
}

func jsonAnswer(status int, v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		return refuse(http.StatusInternalServerError, err.Error())
	}
	return textAnswer(status, "application/json;charset=UTF-8", string(body))
}

func textAnswer(status int, contentType, body string) answer {
	a := answer{status: status, header: http.Header{}, body: []byte(body)}
	a.header.Set("Content-Type", contentType)
	return a
}

func htmlAnswer(status int, body string) answer {
	return textAnswer(status, "text/html;charset=UTF-8", body)
}

// noContent has a media type all the same, as Jira's has.
func noContent() answer {
	return textAnswer(http.StatusNoContent, "application/json;charset=UTF-8", "")
}

// refuse is a refusal in words that belong to no field.
func refuse(status int, messages ...string) answer {
	return jsonAnswer(status, problems{Messages: messages, Errors: map[string]string{}})
}

// refuseFields is a 400 that names fields.
func refuseFields(errors map[string]string) answer {
	return jsonAnswer(http.StatusBadRequest, problems{Messages: []string{}, Errors: errors})
}

func refuseField(field, message string) answer {
	return refuseFields(map[string]string{field: message})
}

func (a answer) with(key, value string) answer {
	a.header.Set(key, value)
	return a
}

// writeTo sends the answer, with its length.
func (a answer) writeTo(w http.ResponseWriter) {
	for k, v := range a.header {
		w.Header()[k] = v
	}
	if a.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	w.Write(a.body) //nolint:errcheck // the client may be gone
}
