package relay

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/internal/jiratest"
)

// watched is a configuration in a file, with secrets beside it, and a watch over when
// they end; the time is the fake Jira's, too.
type watched struct {
	t    *testing.T
	dir  string
	now  time.Time
	jira *jiratest.Server
	*Ends
	log bytes.Buffer
}

func newWatched(t *testing.T) *watched {
	w := &watched{t: t, dir: t.TempDir(), now: time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)}
	w.jira = jiratest.New(jiratest.Options{Flavour: jiratest.DataCenter10, Now: func() time.Time { return w.now }})
	must(t, w.jira.Start())
	t.Cleanup(w.jira.Close)
	_, _, token := w.jira.Credentials()
	for name, text := range map[string]string{"one": token, "two": "another"} {
		must(t, os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600))
	}
	must(t, os.Mkdir(filepath.Join(w.dir, "outbox"), 0o700))
	w.configure("")
	r := &Relay{
		Place: config.Place{Main: filepath.Join(w.dir, "config.yaml"), Named: true}, Now: func() time.Time { return w.now },
		Proxy: func(*http.Request) (*url.URL, error) { return nil, nil },
	}
	w.Ends = r.NewSender().Ends()
	return w
}

func (w *watched) configure(expires string) {
	text := fmt.Sprintf("version: 1\njira:\n  url: %s\n  auth: {secret_file: [%s/one, %[2]s/two], expires: %q}\noutbox: {dir: %[2]s/outbox}\n", w.jira.URL(), w.dir, expires)
	must(w.t, os.WriteFile(filepath.Join(w.dir, "config.yaml"), []byte(text), 0o600))
}

func (w *watched) cfg() config.Config {
	cfg, err := w.sender.relay.Place.Upper()
	must(w.t, err)
	return cfg
}

// works has Jira be one that has just done something.
func (w *watched) works() {
	secrets, err := w.sender.relay.ownSecrets(w.cfg().Jira.Auth)
	must(w.t, err)
	c := loadedConfig{cfg: w.cfg(), secrets: secrets}
	w.sender.working[fingerprint(c)] = c
}

// want looks, and compares what the log is told and what is known.
func (w *watched) want(ends, told string) {
	w.t.Helper()
	w.log.Reset()
	w.look(w.t.Context(), slog.New(slog.NewTextHandler(&w.log, nil)))
	known := ""
	if t, ok := w.Known()[w.jira.URL()]; ok {
		known = t.Format(time.RFC3339)
	}
	if known != ends || !strings.Contains(w.log.String(), told) || (told == "") != (w.log.Len() == 0) || strings.Count(w.log.String(), "\n") > 1 {
		w.t.Errorf("%s: known is %q, want %q; the log was told %q, want %q", w.now.Format(time.RFC3339), known, ends, w.log.String(), told)
	}
}

func TestEndsAreToldOnceADay(t *testing.T) {
	w := newWatched(t)
	w.want("", "")
	const march, soon = "2027-03-01T00:00:00Z", "ends=2027-03-01"
	w.configure("2027-03-01")
	w.want(march, "")
	w.now = time.Date(2027, 1, 29, 23, 59, 59, 0, time.UTC) // 30 days and a second
	w.want(march, "")
	w.now = w.now.Add(time.Second)
	w.want(march, soon)
	w.now = w.now.Add(endsAge - time.Second)
	w.want(march, "")
	w.now = w.now.Add(time.Second)
	w.want(march, soon)
	w.want(march, "")
	w.configure("2027-02-20") // at once, when it is another
	w.want("2027-02-20T00:00:00Z", "ends=2027-02-20")
	w.now = time.Date(2027, 2, 20, 0, 0, 0, 0, time.UTC)
	w.want("2027-02-20T00:00:00Z", "level=ERROR")
	// Another secret has taken over: nothing is said of its end.
	cfg := w.cfg()
	keep(cfg, secretFile(cfg), keptSecret{markOf(cfg, config.Secret{Text: "another"})})
	w.want("", "")
}

func TestEndsByJirasList(t *testing.T) {
	w := newWatched(t)
	ends := w.now.Add(48 * time.Hour)
	w.jira.SetPersonalTokens(jiratest.PersonalToken{Name: "git", Ends: ends})
	w.want("", "") // nobody is asked before it has done something
	w.works()
	w.want(ends.Format(time.RFC3339), "ends=2027-01-03")
	w.jira.ClearRequests()
	w.now = w.now.Add(endsAge - time.Second)
	w.want(ends.Format(time.RFC3339), "")
	if n := len(w.jira.Requests()); n != 0 {
		t.Errorf("%d requests within a day", n)
	}
	w.now = w.now.Add(time.Second)
	// Of two it cannot be told which is in use.
	w.jira.SetPersonalTokens(jiratest.PersonalToken{Name: "git", Ends: ends}, jiratest.PersonalToken{Name: "more"})
	w.want("", "")
	w.now = w.now.Add(endsAge)
	w.jira.SetPersonalTokens(jiratest.PersonalToken{Name: "forever"})
	w.want("", "")
}
