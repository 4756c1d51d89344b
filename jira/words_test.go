package jira

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// What Jira says is read whatever its form, and bounded; whose words they are is told
// by the form.
func TestWordsOf(t *testing.T) {
	for name, tt := range map[string]struct {
		contentType, body string
		want              string
		jira              bool
	}{
		"JSON that is not called so":     {"text/plain", ` {"errorMessages":["no"]}`, "no", true},
		"JSON that is not called at all": {"", `{"errors":{"comment":"no"}}`, "comment: no", true},
		"a page":                         {"text/html", "<html>{", "", false},
		"a list":                         {jsonType, `["no"]`, "", false},
		"not JSON":                       {jsonType, `{"errorMessages":["no"`, "", false},
		"messages that are empty":        {jsonType, `{"errorMessages":["", "  ", "no"]}`, "no", true},
		"no messages":                    {jsonType, `{"errorMessages":[]}`, "", true},
		"a field without words":          {jsonType, `{"errors":{"a":"","b":[],"c":"no"}}`, "c: no", true},
		"a status":                       {jsonType, `{"status-code":400,"message":"no"}`, "no", true},
		"a list of errors":               {jsonType, `{"errors":[{"message":"no"}]}`, "no", true},
		"an empty list of errors":        {jsonType, `{"errors":[],"message":"no"}`, "no", false},
		"a gateway's":                    {jsonType, `{"error":"no","error_description":"never"}`, "no; never", false},
		"numbers and truths":             {jsonType, `{"errorMessages":[7,true]}`, "7; true", true},
		"objects without a message":      {jsonType, `{"errorMessages":[{"text":"x"},{"message":"no"}]}`, "no", true},
	} {
		w := wordsOf(answer{header: http.Header{"Content-Type": {tt.contentType}}, body: []byte(tt.body)})
		if w.String() != tt.want || w.fromJira != tt.jira {
			t.Errorf("%s: %q, from Jira: %v", name, w, w.fromJira)
		}
	}
}

func TestWordsAreFew(t *testing.T) {
	const most = 20
	for _, n := range []int{most - 1, most, most + 1} {
		messages, errors := []string{}, map[string]string{}
		for i := range n {
			messages = append(messages, fmt.Sprint("m", i))
			errors[fmt.Sprintf("f%02d", i)] = "no"
		}
		for _, body := range []map[string]any{{"errorMessages": messages, "errors": errors}, {"errorMessages": messages[:n/2], "message": messages[n/2:], "errors": errors}} {
			data, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			w := wordsOf(answer{header: http.Header{"Content-Type": {jsonType}}, body: data})
			if len(w.messages) != min(n, most) || len(w.fields) != min(n, most) || w.fields["f00"] != "no" || w.messages[most-2] != messages[most-2] {
				t.Errorf("of %d, %d messages and %d fields are kept", n, len(w.messages), len(w.fields))
			}
		}
	}
}

func TestWordsBegin(t *testing.T) {
	w := words{messages: []string{"first", "XSRF check failed"}}
	for phrase, want := range map[string]bool{"xsrf CHECK failed": true, "XSRF": true, "XSRF check failed.": false, "check failed": false, "fir": true} {
		if got := w.begin(phrase); got != want {
			t.Errorf("begin(%q) = %v", phrase, got)
		}
	}
	if strings.Contains(words{}.String(), ";") || (words{}).begin("x") {
		t.Error("no words begin")
	}
}
