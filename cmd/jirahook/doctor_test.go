package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"jirahook/internal/jiratest"
)

// troubled is one line of the table: what is wrong, and what doctor says of it.
type troubled struct {
	name    string
	options jiratest.Options
	given   func(*ward)
	check   string
	status  status
	says    string
	advice  string
	code    int
}

func dc() jiratest.Options    { return jiratest.Options{Flavour: jiratest.DataCenter10} }
func cloud() jiratest.Options { return jiratest.Options{Flavour: jiratest.Cloud} }

func fault(k jiratest.Kind) func(*ward) {
	return func(w *ward) {
		if err := w.jira.Inject(jiratest.Fault{Kind: k, Times: jiratest.Forever}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// desk adds a service desk, HELP, and says who sees its comments.
func desk(mentions string) func(*ward) {
	return func(w *ward) {
		w.jira.AddServiceDesk("HELP", jiratest.SimpleWorkflow())
		w.jira.AddIssue("HELP-1", "Where is my parcel?")
		w.lines = []string{"projects: auto", "mentions: {" + mentions + "}"}
	}
}

// troubles are what may be wrong with Jira and the account. The first part is
// what GitLab's own pages on trouble with its Jira integration name
// (doc/integration/jira/troubleshooting.md).
func troubles() []troubled {
	closing := func(rule string) func(*ward) {
		return func(w *ward) { w.lines = append(w.lines, "transitions: [{on: closing, "+rule+"}]") }
	}
	return []troubled{
		// GitLab cannot comment on a Jira issue.
		{"comment refused", dc(), func(w *ward) {
			w.jira.SetPermissions("SHOP", "BROWSE_PROJECTS", "LINK_ISSUES", "WORK_ON_ISSUES", "TRANSITION_ISSUES")
		}, "permissions", problem, "the account lacks Add comments", "permission scheme", exitProblems},
		{"comment refused for its role", dc(), func(w *ward) {
			w.jira.SetRoles("SHOP", "Users")
			w.lines = append(w.lines, "mentions: {visibility: {role: Developers}}")
		}, "role", problem, "does not hold the role Developers", "give the account the role", exitProblems},
		{"no such role", cloud(), func(w *ward) { w.lines = append(w.lines, "mentions: {visibility: {role: Devs}}") },
			"role", problem, "there is no role Devs", "mentions.visibility", exitProblems},
		{"comment refused for its group", dc(), func(w *ward) { w.lines = append(w.lines, "mentions: {visibility: {group: crew}}") },
			"groups", problem, "the account is not in crew", "put the account into the group", exitProblems},
		// Customers of a service desk.
		{"customers see the comments", dc(), desk(""), "visibility", warning, "customers of a service desk see the comments on HELP", "{KEY: {internal: true}}", exitDone},
		{"customers see the comments on Cloud", cloud(), desk(""), "visibility", warning, "customers of a service desk see the comments on HELP", "{KEY: {internal: true}}", exitDone},
		{"customers are meant to see them", dc(), desk("visibility_by_project: {HELP: {}, SHOP: {internal: true}}"),
			"visibility", warning, "internal restricts nothing where there are no customers: SHOP", "name a role", exitDone},
		{"internal notes", dc(), desk("visibility_by_project: {HELP: {internal: true}}"), "visibility", fine, "comments are internal notes on HELP", "", exitDone},
		{"internal notes everywhere", jiratest.Options{Flavour: jiratest.Server7}, desk("visibility: {internal: true}"), "visibility", fine, "comments are internal notes on HELP", "", exitDone},
		{"internal without a service desk", dc(), func(w *ward) { w.lines = append(w.lines, "mentions: {visibility: {internal: true}}") },
			"visibility", warning, "restricts nothing", "name a role", exitDone},
		{"internal notes that an old Jira has not", jiratest.Options{Flavour: jiratest.Server6}, desk("visibility_by_project: {HELP: {internal: true}}"),
			"visibility", problem, "Jira 6.1.7 (Server or Data Center) cannot keep comments from customers: with internal they are refused, on HELP", "name a role or a group", exitProblems},
		{"visibility of a project that is not there", dc(), desk("visibility_by_project: {HLEP: {internal: true}}"),
			"visibility", problem, "mentions.visibility_by_project: there is no such project", "Browse projects", exitProblems},
		{"a role in one project", dc(), func(w *ward) {
			w.jira.SetRoles("SHOP", "Users")
			w.lines = append(w.lines, "mentions: {visibility_by_project: {SHOP: {role: Developers}}}")
		}, "role", problem, "does not hold the role Developers", "give the account the role", exitProblems},
		{"a group in one project", dc(), func(w *ward) {
			w.lines = append(w.lines, "mentions: {visibility_by_project: {SHOP: {group: crew}}}")
		}, "groups", problem, "the account is not in crew", "put the account into the group", exitProblems},
		// GitLab cannot close a Jira issue.
		{"wrong transition id", dc(), closing(`to: "id:4711"`), "transition", problem, "is To Do: no open transition has the id 4711", "may name one that is open: ", exitProblems},
		{"transition that does not close", dc(), closing(`to: "In Progress"`), "transition", warning, "and that is not done", "category:done", exitDone},
		{"wrong transition name", cloud(), closing(`to: Finish`), "transition", problem, "no open transition is called Finish", "(id ", exitProblems},
		{"resolution set already", dc(), func(w *ward) { w.jira.SetResolution("SHOP-1", "Done") },
			"resolution", warning, "SHOP-1 is To Do, and has the resolution Done", "closes them all the same", exitDone},
		{"field required", dc(), func(w *ward) {
			w.jira.AddProject("OPS", jiratest.ScreenWorkflow())
			w.jira.AddIssue("OPS-1", "Disk is full")
			w.lines = []string{"projects: [OPS]", `transitions: [{on: closing, to: "Close Issue", fields: {resolution: Fixed}}]`}
		}, "transition", problem, "Close Issue requires Root cause", "transitions[].fields.customfield_10100", exitProblems},
		{"alias of nothing", dc(), func(w *ward) { w.lines = append(w.lines, "smart_commits: {aliases: {ship: Deploy}}") },
			"transition", warning, "#ship → Deploy: ", "smart_commits.aliases", exitDone},
		{"alias", dc(), func(w *ward) { w.lines = append(w.lines, "smart_commits: {aliases: {go: Start Progress}}") },
			"transition", fine, "#go → Start Progress: Start Progress (id 11) leads to In Progress", "", exitDone},
		{"transition hidden by a condition", dc(), func(w *ward) { w.jira.HideTransition("SHOP", "Done", true) },
			"transition", problem, "no open transition leads to a status of category done", "may name one that is open: ", exitProblems},
		{"no right to move", dc(), func(w *ward) {
			w.jira.SetPermissions("SHOP", "BROWSE_PROJECTS", "LINK_ISSUES", "WORK_ON_ISSUES", "ADD_COMMENTS")
		}, "permissions", problem, "the account lacks Transition issues", "permission scheme", exitProblems},
		// CAPTCHA.
		{"captcha", dc(), func(w *ward) {
			must(w.t, w.jira.Inject(jiratest.Fault{Kind: jiratest.Captcha, Path: "myself$", Times: jiratest.Forever}))
		}, "login", problem, "Jira wants a CAPTCHA answered", "log in to Jira in a browser", exitProblems},
		{"captcha after failed logins", jiratest.Options{Flavour: jiratest.Server7, CaptchaAfter: 1}, func(w *ward) {
			w.secret = "wrong-password"
			login(w) // someone else's failure has brought it up
		}, "login", problem, "Jira wants a CAPTCHA answered", "answer the CAPTCHA", exitProblems},
		// IP address restrictions.
		{"ip allow list", cloud(), fault(jiratest.IPBlocked), "jira", problem, "The IP address has been rejected", "IP allow list", exitUnreachable},
		// Imported projects: the key is known to Git, its issues are not there.
		{"project not there", dc(), func(w *ward) { w.lines = []string{"projects: [SHOP, OLD]"} }, "projects", problem, "there is no such project", "not been imported", exitProblems},
		{"project without issues", dc(), func(w *ward) {
			w.jira.AddProject("NEW", jiratest.SimpleWorkflow())
			w.lines = []string{"projects: [NEW]"}
		}, "projects", warning, "the account sees no issue in this project", "imported into another project", exitDone},
		{"no project to be seen", dc(), func(w *ward) { w.jira.SetPermissions("SHOP") }, "projects", problem, "the account sees no project", "Browse Projects", exitProblems},

		{"wrong token", dc(), func(w *ward) { w.secret = "no-longer-good" }, "login", problem, "Client must be authenticated", "the personal access token may have expired", exitProblems},
		{"expired token on Cloud", cloud(), func(w *ward) { w.secret = "no-longer-good" }, "login", problem, "does not accept this server's login", "has the API token expired?", exitProblems},
		{"token for a Server that knows none", jiratest.Options{Flavour: jiratest.Server7}, func(w *ward) {
			w.jiraLines = []string{"auth: {type: token, secret_file: " + w.dir + "/token}"}
		}, "login", problem, "must be authenticated", "they came with 8.14", exitProblems},
		{"scoped token at the site's address", jiratest.Options{Flavour: jiratest.Cloud, Scoped: true}, nil,
			"scopes", problem, "scope does not match", "https://api.atlassian.com/ex/jira/7f8f9b57-4b9c-4c2e-8f0f-6b7f0b1f7b11", exitProblems},
		{"scope is missing", jiratest.Options{Flavour: jiratest.Cloud, UserScopeOnly: true}, func(w *ward) {
			w.jiraLines = append(w.jiraLines, "api_url: "+w.jira.APIHostURL())
		}, "scopes", problem, "scope does not match", "read:jira-work", exitProblems},
		{"another site's api_url", cloud(), func(w *ward) {
			// The fake knows one site: a path that holds another id is answered all the same.
			other := httptest.NewServer(http.StripPrefix("/ex/jira/other", w.jira))
			w.t.Cleanup(other.Close)
			w.jiraLines = append(w.jiraLines, "api_url: "+other.URL+"/ex/jira/other")
		}, "jira", problem, "jira.api_url is another site's", "set the id of this site", exitProblems},
		{"time tracking is off", dc(), func(w *ward) { w.jira.SetTimeTracking(false) }, "features", problem, "time tracking is off", "smart_commits.commands", exitProblems},
		{"linking is off", dc(), func(w *ward) { w.jira.SetLinking(false) }, "features", problem, "issue linking is off", "mentions.web_link", exitProblems},
		{"login page", dc(), fault(jiratest.Login), "jira", problem, "Jira redirects (302 Found)", "To a login page", exitUnreachable},
		{"wrong context path", dc(), func(w *ward) { w.url += "/nothere" }, "jira", problem, "what answers is not Jira's REST API", "context path", exitUnreachable},
		{"down", dc(), func(w *ward) {
			if err := w.jira.SetDown(true); err != nil {
				w.t.Fatal(err)
			}
		}, "jira", problem, "Jira does not answer: connection refused", "Pushes are kept", exitUnreachable},
		{"maintenance", dc(), fault(jiratest.Maintenance), "jira", problem, "503 Service Unavailable", "", exitUnreachable},
		{"unknown host", dc(), func(w *ward) { w.url = "http://jira.invalid" }, "dns", problem, "jira.invalid: ", "DNS", exitUnreachable},
		{"proxy that is away", dc(), func(w *ward) { w.jiraLines = append(w.jiraLines, "proxy: http://ann:hunter2@127.0.0.1:1") },
			"jira", problem, "the proxy cannot be reached", "jira.proxy", exitUnreachable},
		{"unknown authority", dc(), func(w *ward) { w.url, _ = secure(w, nil, time.Now().Add(time.Hour*24*365)) },
			"jira", problem, "signed by an unknown authority", "jira.ca_file", exitUnreachable},
		{"certificate has expired", dc(), trusted(time.Now().Add(-time.Hour), "127.0.0.1"), "jira", problem, "has expired", "renew", exitUnreachable},
		{"certificate for another host", dc(), trusted(time.Now().Add(time.Hour*24*365), "127.0.0.2"), "jira", problem, "for another host name", "jira.url", exitUnreachable},
		{"certificate soon expires", dc(), trusted(time.Now().Add(time.Hour), "127.0.0.1"), "tls", warning, "is good until", "renew", exitDone},
		{"clock is wrong", dc(), func(w *ward) { w.now = func() time.Time { return time.Now().Add(20 * time.Minute) } }, "clock", problem, "ahead of Jira's", "NTP", exitProblems},
		{"wrong deployment", dc(), func(w *ward) { w.jiraLines = append(w.jiraLines, "deployment: cloud") }, "jira", problem, "jira.deployment is cloud", "auto", exitProblems},
		{"development credentials refused", jiratest.Options{Flavour: jiratest.Cloud, Client: "id", ClientSecret: "right"}, development("wrong"),
			"development", problem, "are not accepted", "OAuth credentials", exitProblems},
		{"development credentials", jiratest.Options{Flavour: jiratest.Cloud, Client: "id", ClientSecret: "right"}, development("right"),
			"development", fine, "are accepted", "", exitDone},
		{"secret that others can read", dc(), func(w *ward) {
			w.secret = "another"
			file := filepath.Join(w.dir, "open")
			must(w.t, os.WriteFile(file, []byte("x"), 0o644))
			w.jiraLines = []string{"auth: {type: token, secret_file: " + file + "}"}
		}, "secret", problem, "others can read", "nobody else", exitProblems},
		{"outbox that cannot be", dc(), func(w *ward) {
			must(w.t, os.WriteFile(filepath.Join(w.dir, "file"), nil, 0o600))
			w.outbox = w.dir + "/file/outbox"
		}, "outbox", problem, "not a directory", "install -d", exitUnreachable},
		{"PostgreSQL that is away", dc(), func(w *ward) { w.database = "postgres://ann:hunter2@127.0.0.1:1/x" },
			"database", problem, "connect", "whether PostgreSQL runs", exitUnreachable},
		{"broken configuration", dc(), func(w *ward) { w.lines = append(w.lines, "mention: {}") }, "config", problem, "unknown key", "config check", exitUsage},
	}
}

func TestDoctorNames(t *testing.T) {
	for _, c := range troubles() {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			w := newWard(t, c.options)
			if c.given != nil {
				c.given(w)
			}
			found, out, code := w.examine()
			i := slices.IndexFunc(found, func(f finding) bool {
				return f.Check == c.check && f.Status == c.status && strings.Contains(f.Says, c.says) && strings.Contains(f.Advice, c.advice)
			})
			if i < 0 {
				t.Errorf("no %s %q that says %q and advises %q in:\n%s", c.status, c.check, c.says, c.advice, out)
			}
			if code != c.code {
				t.Errorf("exit code %d, want %d:\n%s", code, c.code, out)
			}
			for _, f := range found {
				if !slices.Contains(checkNames(), f.Check) {
					t.Errorf("the check %q is not in the help", f.Check)
				}
			}
			for _, secret := range []string{w.secret, "hunter2"} {
				if len(secret) > 6 && strings.Contains(out, secret) {
					t.Errorf("the secret is printed:\n%s", out)
				}
			}
			for _, r := range w.jira.Requests() {
				if r.Method != http.MethodGet && r.Path != "/oauth/token" {
					t.Errorf("doctor wrote: %s %s", r.Method, r.Path)
				}
			}
			for _, name := range []string{"outbox", "outbox/spool"} {
				if _, err := os.Stat(filepath.Join(w.dir, name)); err == nil {
					t.Errorf("doctor made %s", name)
				}
			}
		})
	}
}

// A Jira with which nothing is wrong, of every kind.
func TestDoctorFindsNothing(t *testing.T) {
	for _, flavour := range []jiratest.Flavour{jiratest.Server6, jiratest.Server7, jiratest.DataCenter10, jiratest.Cloud} {
		t.Run(string(flavour), func(t *testing.T) {
			t.Parallel()
			w := newWard(t, jiratest.Options{Flavour: flavour})
			w.lines = append(w.lines, "mentions: {visibility: {role: Developers}}")
			found, out, code := w.examine()
			want := []string{"jira", "clock", "login", "permissions", "role", "transition", "features"}
			for _, f := range found {
				if f.Status == problem || f.Status == warning && f.Check != "user" {
					t.Errorf("%s: %s: %s", f.Check, f.Status, f.Says)
				}
				if f.Status == fine {
					want = slices.DeleteFunc(want, func(c string) bool { return c == f.Check })
				}
			}
			if code != exitDone || len(want) > 0 {
				t.Errorf("exit code %d, nothing fine of %v:\n%s", code, want, out)
			}
		})
	}
}

// A token with scopes, at the address where such tokens work.
func TestDoctorWithScopes(t *testing.T) {
	w := newWard(t, jiratest.Options{Flavour: jiratest.Cloud, Scoped: true})
	w.jiraLines = append(w.jiraLines, "api_url: "+w.jira.APIHostURL())
	found, out, code := w.examine()
	i := slices.IndexFunc(found, func(f finding) bool { return f.Check == "scopes" && f.Status == fine })
	if i < 0 || code != exitDone {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

// A login that fails is tried once: the next might bring the CAPTCHA.
func TestDoctorFailsLoginOnce(t *testing.T) {
	w := newWard(t, jiratest.Options{Flavour: jiratest.Server7, CaptchaAfter: 2})
	w.secret = "wrong-password"
	_, out, _ := w.examine()
	tried := 0
	for _, r := range w.jira.Requests() {
		if r.Auth != "none" {
			tried++
		}
	}
	if tried != 1 {
		t.Errorf("%d logins were tried:\n%s", tried, out)
	}
}

// BenchmarkDoctor is a full run with a Jira that answers in 50 ms: five projects,
// issues in three statuses, a role, a repository.
func BenchmarkDoctor(b *testing.B) {
	w := &ward{t: b, dir: b.TempDir(), now: time.Now, secret: "fake-token"}
	w.jira = jiratest.New(jiratest.Options{Flavour: jiratest.DataCenter10, Latency: 50 * time.Millisecond})
	if err := w.jira.Start(); err != nil {
		b.Fatal(err)
	}
	defer w.jira.Close()
	for _, key := range []string{"SHOP", "OPS", "DOCS", "WEB", "APP"} {
		w.jira.AddProject(key, jiratest.SimpleWorkflow())
		for i, status := range []string{"To Do", "In Progress", "Done"} {
			issue := fmt.Sprintf("%s-%d", key, i+1)
			w.jira.AddIssue(issue, "Sample")
			w.jira.SetStatus(issue, status)
		}
	}
	if out, err := exec.Command("git", "init", "-q", "--bare", filepath.Join(w.dir, "srv", "app.git")).CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	w.url = w.jira.URL()
	w.jiraLines = []string{"auth: {type: token, secret_file: " + w.dir + "/token}"}
	w.lines = []string{"mentions: {visibility: {role: Developers}}"}
	w.outbox, w.database = w.dir+"/outbox", "sqlite"
	w.args = []string{"--all-under", filepath.Join(w.dir, "srv")}
	for b.Loop() {
		found, out, _ := w.examine()
		if len(found) < 20 {
			b.Fatal(out)
		}
	}
	b.ReportMetric(float64(len(w.jira.Requests()))/float64(b.N), "requests/op")
}
