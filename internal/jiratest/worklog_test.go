package jiratest

import (
	"testing"
	"time"
)

func TestAddWorklog(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		a := c.want("POST", "/issue/SHOP-12/worklog", `{"comment":"w","started":"2026-01-02T03:04:05.678+0130","timeSpent":"1h 90m"}`, 201, `"timeSpent":"2h 30m"`)
		if a.value(t, "timeSpentSeconds") != 9000.0 {
			t.Errorf("got %s", a.body)
		}
		c.want("POST", "/issue/SHOP-12/worklog", `{"started":"2026-01-02T03:04:05.000-0000","timeSpentSeconds":60}`, 201, `"timeSpent":"1m"`)
		w := c.Issue("SHOP-12").Worklogs[0]
		if want := time.Date(2026, 1, 2, 1, 34, 5, 678e6, time.UTC); !w.Started.Equal(want) || w.Author != "jirahook" || w.Comment != "w" || w.Spent != "2h 30m" || w.Seconds != 9000 {
			t.Errorf("kept %+v", w)
		}
	})
}

func TestWorklogRefusals(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f, TextLimit: 10})
		at := func(started string) string { return `{"timeSpent":"1h","started":"` + started + `"}` }
		const rest = `"started":"2026-01-02T03:04:05.000+0000"}`
		for body, part := range map[string]string{
			at("2026-01-02T03:04:05.000Z"):                    "not a valid date",
			at("2026-01-02T03:04:05.000+00:00"):               "not a valid date",
			at("2026-01-02T03:04:05+0000"):                    "not a valid date",
			at("2026-01-02"):                                  "not a valid date",
			`{"timeSpent":"1h","timeSpentSeconds":60,` + rest: "not both",
			`{` + rest:                                          "You must indicate the time spent working.",
			`{"timeSpent":"",` + rest:                           "You must indicate",
			`{"timeSpent":"soon",` + rest:                       "Invalid time duration entered.",
			`{"timeSpent":"1y",` + rest:                         "Invalid time duration",
			`{"timeSpent":"-1h",` + rest:                        "Invalid time duration",
			`{"timeSpentSeconds":59,` + rest:                    "Worklog must not be null.",
			`{"timeSpentSeconds":"60",` + rest:                  "deserialize",
			`{"timeSpent":"0m",` + rest:                         "Worklog must not be null.",
			`{"timeSpent":"1h","comment":"01234567890",` + rest: "exceeds the allowed limit of 10 characters",
			`{"timeSpent":"1h","visibility":{"type":"role","value":"Administrators"},` + rest: "not a member of the project role",
		} {
			c.want("POST", "/issue/SHOP-12/worklog", body, 400, part)
		}
		if f == Cloud {
			c.want("POST", "/issue/SHOP-12/worklog", `{"timeSpent":"1h"}`, 400, "started")
		}
		c.SetPermissions("SHOP", BrowseProjects)
		status := 400
		if f == DataCenter10 {
			status = 403
		}
		c.want("POST", "/issue/SHOP-12/worklog", `{"timeSpent":"1h",`+rest, status, "permission to associate a worklog")
		c.SetTimeTracking(false)
		status = 400
		if f == Cloud {
			status = 404
		}
		c.want("POST", "/issue/SHOP-12/worklog", `{"timeSpent":"1h",`+rest, status, "not enabled")
		c.want("GET", "/issue/SHOP-12/worklog", "", 404, "not enabled")
		if n := len(c.Issue("SHOP-12").Worklogs); n != 0 {
			t.Errorf("%d worklogs", n)
		}
	})
}

func TestWorklogProperties(t *testing.T) {
	const body = `{"timeSpent":"1h","started":"2026-01-02T03:04:05.000+0000","properties":[{"key":"jirahook.id","value":"x"}]}`
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		if f != Cloud {
			c.want("POST", "/issue/SHOP-12/worklog", body, 400, `Unrecognized field \"properties\"`)
			return
		}
		c.want("POST", "/issue/SHOP-12/worklog?expand=properties", body, 201, `"properties":[{`)
		c.want("GET", "/issue/SHOP-12/worklog?expand=properties", "", 200, `"jirahook.id"`)
		if a := c.do("GET", "/issue/SHOP-12/worklog", ""); a.value(t, "worklogs", 0, "properties") != nil {
			t.Errorf("got %s", a.body)
		}
	})
}

func TestListWorklogs(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		for n := range 5 {
			c.AddWorklog("SHOP-12", "bob", time.UnixMilli(int64(1000*n)), "1h", "")
		}
		a := c.do("GET", "/issue/SHOP-12/worklog?startedAfter=1000&startedBefore=4000&maxResults=1&startAt=1", "")
		size, total := 5, 5.0
		if f == Cloud {
			size, total = 1, 2
		}
		if a.size(t, "worklogs") != size || a.value(t, "total") != total {
			t.Errorf("got %s", a.body)
		}
	})
}

func TestEstimates(t *testing.T) {
	const body = `{"timeSpent":"2h","started":"2026-01-02T03:04:05.000+0000"}`
	for query, want := range map[string]time.Duration{
		"": 6 * time.Hour, "?adjustEstimate=auto": 6 * time.Hour, "?adjustEstimate=leave": 8 * time.Hour,
		"?adjustEstimate=new&newEstimate=3h": 3 * time.Hour, "?adjustEstimate=manual&reduceBy=1h": 7 * time.Hour,
	} {
		c := start(t, Options{})
		c.SetEstimate("SHOP-12", "1d")
		c.want("POST", "/issue/SHOP-12/worklog"+query, body, 201, "")
		if got := c.Issue("SHOP-12").Remaining; got != want {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	c := start(t, Options{})
	for _, query := range []string{"?adjustEstimate=new", "?adjustEstimate=manual", "?adjustEstimate=none", "?adjustEstimate=new&newEstimate=x"} {
		c.want("POST", "/issue/SHOP-12/worklog"+query, body, 400, "")
	}
	c.SetEstimate("SHOP-12", "1d")
	c.do("POST", "/issue/SHOP-12/worklog", body)
	c.want("GET", "/issue/SHOP-12?fields=timetracking", "", 200, `"timetracking":{"remainingEstimate":"6h","remainingEstimateSeconds":21600,"timeSpent":"2h","timeSpentSeconds":7200}`)
}

func TestSpentNotation(t *testing.T) {
	for text, want := range map[string]int{
		"1w 2d 4h 30m": 5*8*3600 + 2*8*3600 + 4*3600 + 1800, "1.5h": 5400, "90": 5400, "2D": 16 * 3600, " 1h  1m ": 3660,
	} {
		if got, ok := parseSpent(text); !ok || got != want {
			t.Errorf("%q: %d %v, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", " ", "h", "1x", "1hh", "1h30m", "1e3h", "99999999999w", "Inf", "1..2h"} {
		if got, ok := parseSpent(text); ok {
			t.Errorf("%q: %d", text, got)
		}
	}
	for seconds, want := range map[int]string{0: "0m", 59: "0m", 60: "1m", 9000: "2h 30m", 28800: "1d", 144000 + 28800: "1w 1d"} {
		if got := formatSpent(seconds); got != want {
			t.Errorf("%d: %q, want %q", seconds, got, want)
		}
	}
}
