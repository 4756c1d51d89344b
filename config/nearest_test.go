package config

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"url", "api_url", "timeout", "rate", "issues_per_push", "issues_per_commit"}
	for word, want := range map[string]string{
		"ulr": "url", "URL": "url", "api-url": "api_url", "apiUrl": "api_url", "tiemout": "timeout", "time_out": "timeout",
		"rat": "rate", "issue_per_push": "issues_per_push", "issues_per_comit": "issues_per_commit",
		"xyz": "", "": "", "u": "", "proxy": "", "issues": "",
	} {
		if got := nearest(word, names); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
