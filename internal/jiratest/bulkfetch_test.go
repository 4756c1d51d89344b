package jiratest

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// Unknown issues are left out, each is told once, by its id's order; a Data Center has no
// such request.
func TestBulkFetch(t *testing.T) {
	for _, f := range []Flavour{Cloud, DataCenter10} {
		s := New(Options{Flavour: f})
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		s.Seed()
		ask := func(keys ...string) (int, []string, int) {
			t.Helper()
			body, err := json.Marshal(map[string]any{"issueIdsOrKeys": keys, "fields": []string{"summary"}})
			if err != nil {
				t.Fatal(err)
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"/rest/api/2/issue/bulkfetch", strings.NewReader(string(body)))
			if err != nil {
				t.Fatal(err)
			}
			user, secret, _ := s.Credentials()
			r.SetBasicAuth(user, secret)
			r.Header.Set("Content-Type", "application/json")
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var page struct {
				Issues []struct{ Key string }
				Errors []any `json:"issueErrors"`
			}
			_ = json.NewDecoder(resp.Body).Decode(&page) // a refusal is no page
			var got []string
			for _, i := range page.Issues {
				got = append(got, i.Key)
			}
			return resp.StatusCode, got, len(page.Errors)
		}
		status, got, errs := ask("SHOP-12", "SHOP-9999", "SHOP-3", "SHOP-12")
		if f != Cloud {
			if status < 400 {
				t.Errorf("%s answers %d", f, status)
			}
			continue
		}
		if status != http.StatusOK || errs != 0 || !reflect.DeepEqual(got, []string{"SHOP-3", "SHOP-12"}) {
			t.Errorf("%d: %v, %d errors", status, got, errs)
		}
		if status, _, _ := ask(make([]string, 101)...); status != http.StatusBadRequest {
			t.Errorf("101 keys: %d", status)
		}
	}
}
