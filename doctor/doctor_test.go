package doctor

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
	status  Status
	says    string
	advice  string
	outcome Outcome
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
		}, "permissions", Problem, "the account lacks Add comments", "permission scheme", Problems},
		{"comment refused for its role", dc(), func(w *ward) {
			w.jira.SetRoles("SHOP", "Users")
			w.lines = append(w.lines, "mentions: {visibility: {role: Developers}}")
		}, "role", Problem, "does not hold the role Developers", "give the account the role", Problems},
		{"no such role", cloud(), func(w *ward) { w.lines = append(w.lines, "mentions: {visibility: {role: Devs}}") },
			"role", Problem, "there is no role Devs", "mentions.visibility", Problems},
		{"comment refused for its group", dc(), func(w *ward) { w.lines = append(w.lines, "mentions: {visibility: {group: crew}}") },
			"groups", Problem, "the account is not in crew", "put the account into the group", Problems},
		// Customers of a service desk.
		{"customers see the comments", dc(), desk(""), "visibility", Warning, "customers of a service desk see the comments on HELP", "{KEY: {internal: true}}", Well},
		{"customers see the comments on Cloud", cloud(), desk(""), "visibility", Warning, "customers of a service desk see the comments on HELP", "{KEY: {internal: true}}", Well},
		{"customers are meant to see them", dc(), desk("visibility_by_project: {HELP: {}, SHOP: {internal: true}}"),
			"visibility", Warning, "internal restricts nothing where there are no customers: SHOP", "name a role", Well},
		{"internal notes", dc(), desk("visibility_by_project: {HELP: {internal: true}}"), "visibility", Fine, "comments are internal notes on HELP", "", Well},
		{"internal notes everywhere", jiratest.Options{Flavour: jiratest.Server7}, desk("visibility: {internal: true}"), "visibility", Fine, "comments are internal notes on HELP", "", Well},
		{"internal without a service desk", dc(), func(w *ward) { w.lines = append(w.lines, "mentions: {visibility: {internal: true}}") },
			"visibility", Warning, "restricts nothing", "name a role", Well},
		{"internal notes that an old Jira has not", jiratest.Options{Flavour: jiratest.Server6}, desk("visibility_by_project: {HELP: {internal: true}}"),
			"visibility", Problem, "Jira 6.1.7 (Server or Data Center) cannot keep comments from customers: with internal they are refused, on HELP", "name a role or a group", Problems},
		{"visibility of a project that is not there", dc(), desk("visibility_by_project: {HLEP: {internal: true}}"),
			"visibility", Problem, "mentions.visibility_by_project: there is no such project", "Browse projects", Problems},
		{"a role in one project", dc(), func(w *ward) {
			w.jira.SetRoles("SHOP", "Users")
			w.lines = append(w.lines, "mentions: {visibility_by_project: {SHOP: {role: Developers}}}")
		}, "role", Problem, "does not hold the role Developers", "give the account the role", Problems},
		{"a group in one project", dc(), func(w *ward) {
			w.lines = append(w.lines, "mentions: {visibility_by_project: {SHOP: {group: crew}}}")
		}, "groups", Problem, "the account is not in crew", "put the account into the group", Problems},
		// GitLab cannot close a Jira issue.
		{"wrong transition id", dc(), closing(`to: "id:4711"`), "transition", Problem, "is To Do: no open transition has the id 4711", "may name one that is open: ", Problems},
		{"transition that does not close", dc(), closing(`to: "In Progress"`), "transition", Warning, "and that is not done", "category:done", Well},
		{"wrong transition name", cloud(), closing(`to: Finish`), "transition", Problem, "no open transition is called Finish", "(id ", Problems},
		{"resolution set already", dc(), func(w *ward) { w.jira.SetResolution("SHOP-1", "Done") },
			"resolution", Warning, "SHOP-1 is To Do, and has the resolution Done", "closes them all the same", Well},
		{"field required", dc(), func(w *ward) {
			w.jira.AddProject("OPS", jiratest.ScreenWorkflow())
			w.jira.AddIssue("OPS-1", "Disk is full")
			w.lines = []string{"projects: [OPS]", `transitions: [{on: closing, to: "Close Issue", fields: {resolution: Fixed}}]`}
		}, "transition", Problem, "Close Issue requires Root cause", "transitions[].fields.customfield_10100", Problems},
		{"alias of nothing", dc(), func(w *ward) { w.lines = append(w.lines, "smart_commits: {aliases: {ship: Deploy}}") },
			"transition", Warning, "#ship → Deploy: ", "smart_commits.aliases", Well},
		{"alias", dc(), func(w *ward) { w.lines = append(w.lines, "smart_commits: {aliases: {go: Start Progress}}") },
			"transition", Fine, "#go → Start Progress: Start Progress (id 11) leads to In Progress", "", Well},
		{"transition hidden by a condition", dc(), func(w *ward) { w.jira.HideTransition("SHOP", "Done", true) },
			"transition", Problem, "no open transition leads to a status of category done", "may name one that is open: ", Problems},
		{"no right to move", dc(), func(w *ward) {
			w.jira.SetPermissions("SHOP", "BROWSE_PROJECTS", "LINK_ISSUES", "WORK_ON_ISSUES", "ADD_COMMENTS")
		}, "permissions", Problem, "the account lacks Transition issues", "permission scheme", Problems},
		// CAPTCHA.
		{"captcha", dc(), func(w *ward) {
			must(w.t, w.jira.Inject(jiratest.Fault{Kind: jiratest.Captcha, Path: "myself$", Times: jiratest.Forever}))
		}, "login", Problem, "Jira wants a CAPTCHA answered", "log in to Jira in a browser", Problems},
		{"captcha after failed logins", jiratest.Options{Flavour: jiratest.Server7, CaptchaAfter: 1}, func(w *ward) {
			w.secret = "wrong-password"
			login(w) // someone else's failure has brought it up
		}, "login", Problem, "Jira wants a CAPTCHA answered", "answer the CAPTCHA", Problems},
		// IP address restrictions.
		{"ip allow list", cloud(), fault(jiratest.IPBlocked), "jira", Problem, "The IP address has been rejected", "IP allow list", Unreachable},
		// Imported projects: the key is known to Git, its issues are not there.
		{"project not there", dc(), func(w *ward) { w.lines = []string{"projects: [SHOP, OLD]"} }, "projects", Problem, "there is no such project", "not been imported", Problems},
		{"project without issues", dc(), func(w *ward) {
			w.jira.AddProject("NEW", jiratest.SimpleWorkflow())
			w.lines = []string{"projects: [NEW]"}
		}, "projects", Warning, "the account sees no issue in this project", "imported into another project", Well},
		{"no project to be seen", dc(), func(w *ward) { w.jira.SetPermissions("SHOP") }, "projects", Problem, "the account sees no project", "Browse Projects", Problems},

		{"wrong token", dc(), func(w *ward) { w.secret = "no-longer-good" }, "login", Problem, "Client must be authenticated", "the personal access token may have expired", Problems},
		{"expired token on Cloud", cloud(), func(w *ward) { w.secret = "no-longer-good" }, "login", Problem, "does not accept this server's login", "has the API token expired?", Problems},
		{"token for a Server that knows none", jiratest.Options{Flavour: jiratest.Server7}, func(w *ward) {
			w.jiraLines = []string{"auth: {type: token, secret_file: " + w.dir + "/token}"}
		}, "login", Problem, "must be authenticated", "they came with 8.14", Problems},
		{"passwords are off in Data Center 11", jiratest.Options{Flavour: jiratest.DataCenter11}, nil,
			"login", Problem, "Basic Authentication has been disabled", "jira.auth.type: token, or a service account", Problems},
		{"service account without its secret", service(), func(w *ward) { w.secret = "another" }, "login", Problem, "gives the service account no token (invalid_client)", "jira.auth.client_id and its secret", Problems},
		{"tokens are not given", service(), func(w *ward) {
			must(w.t, w.jira.Inject(jiratest.Fault{Kind: jiratest.Maintenance, Path: "token$", Times: jiratest.Forever}))
		}, "login", Problem, "no token for the service account", "", Unreachable},
		{"service account", service(), nil, "login", Fine, "logged in as", "", Well},
		{"ends in 31 days", dc(), ends(31), "expires", Fine, "by jira.auth.expires, ends on 2", "", Well},
		{"ends in 29 days", dc(), ends(29), "expires", Warning, "by jira.auth.expires, ends on 2", "it takes over when the first is refused", Well},
		{"has ended", dc(), ends(-1), "expires", Problem, "by jira.auth.expires, ended on 2", "Then set jira.auth.expires", Problems},
		{"has ended and is refused", dc(), func(w *ward) { ends(-1)(w); w.secret = "no-longer-good" }, "expires", Problem, "ended on 2", "", Problems},
		{"ends soon by Jira's list", dc(), func(w *ward) {
			w.jira.SetPersonalTokens(jiratest.PersonalToken{Name: "git", Ends: time.Now().Add(29 * 24 * time.Hour)})
		}, "expires", Warning, "the account's personal access token, git, ends on 2", "second file", Well},
		{"ends later by Jira's list", dc(), func(w *ward) {
			w.jira.SetPersonalTokens(jiratest.PersonalToken{Name: "git", Ends: time.Now().Add(31 * 24 * time.Hour)})
		}, "expires", Fine, "the account's personal access token, git, ends on 2", "", Well},
		{"one of several ends soon", dc(), func(w *ward) {
			w.jira.SetPersonalTokens(jiratest.PersonalToken{Name: "a"}, jiratest.PersonalToken{Name: "b", Ends: time.Now().Add(40 * 24 * time.Hour)}, jiratest.PersonalToken{Name: "git", Ends: time.Now().Add(29 * 24 * time.Hour)})
		}, "expires", Warning, "of the account's 3 personal access tokens git is the first that ends on 2", "second file", Well},
		{"does not end", dc(), nil, "expires", Fine, "the account's personal access token has no end", "", Well},
		{"is not told", cloud(), nil, "expires", Skipped, "Cloud's API tokens end within a year", "set jira.auth.expires", Well},
		{"scoped token at the site's address", jiratest.Options{Flavour: jiratest.Cloud, Scoped: true}, nil,
			"scopes", Problem, "scope does not match", "https://api.atlassian.com/ex/jira/7f8f9b57-4b9c-4c2e-8f0f-6b7f0b1f7b11", Problems},
		{"scope is missing", jiratest.Options{Flavour: jiratest.Cloud, UserScopeOnly: true}, func(w *ward) {
			w.jiraLines = append(w.jiraLines, "api_url: "+w.jira.APIHostURL())
		}, "scopes", Problem, "scope does not match", "read:jira-work", Problems},
		{"another site's api_url", cloud(), func(w *ward) {
			// The fake knows one site: a path that holds another id is answered all the same.
			other := httptest.NewServer(http.StripPrefix("/ex/jira/other", w.jira))
			w.t.Cleanup(other.Close)
			w.jiraLines = append(w.jiraLines, "api_url: "+other.URL+"/ex/jira/other")
		}, "jira", Problem, "jira.api_url is another site's", "set the id of this site", Problems},
		{"time tracking is off", dc(), func(w *ward) { w.jira.SetTimeTracking(false) }, "features", Problem, "time tracking is off", "smart_commits.commands", Problems},
		{"linking is off", dc(), func(w *ward) { w.jira.SetLinking(false) }, "features", Problem, "issue linking is off", "mentions.web_link", Problems},
		{"login page", dc(), fault(jiratest.Login), "jira", Problem, "Jira redirects (302 Found)", "To a login page", Unreachable},
		{"wrong context path", dc(), func(w *ward) { w.url += "/nothere" }, "jira", Problem, "what answers is not Jira's REST API", "context path", Unreachable},
		{"down", dc(), func(w *ward) {
			if err := w.jira.SetDown(true); err != nil {
				w.t.Fatal(err)
			}
		}, "jira", Problem, "Jira does not answer: connection refused", "Pushes are kept", Unreachable},
		{"maintenance", dc(), fault(jiratest.Maintenance), "jira", Problem, "503 Service Unavailable", "", Unreachable},
		{"unknown host", dc(), func(w *ward) { w.url = "http://jira.invalid" }, "dns", Problem, "jira.invalid: ", "DNS", Unreachable},
		{"proxy that is away", dc(), func(w *ward) { w.jiraLines = append(w.jiraLines, "proxy: http://ann:hunter2@127.0.0.1:1") },
			"jira", Problem, "the proxy cannot be reached", "jira.proxy", Unreachable},
		{"unknown authority", dc(), func(w *ward) { w.url, _ = secure(w, nil, time.Now().Add(time.Hour*24*365)) },
			"jira", Problem, "signed by an unknown authority", "jira.ca_file", Unreachable},
		{"certificate has expired", dc(), trusted(time.Now().Add(-time.Hour), "127.0.0.1"), "jira", Problem, "has expired", "renew", Unreachable},
		{"certificate for another host", dc(), trusted(time.Now().Add(time.Hour*24*365), "127.0.0.2"), "jira", Problem, "for another host name", "jira.url", Unreachable},
		{"certificate soon expires", dc(), trusted(time.Now().Add(time.Hour), "127.0.0.1"), "tls", Warning, "is good until", "renew", Well},
		{"clock is wrong", dc(), func(w *ward) { w.now = func() time.Time { return time.Now().Add(20 * time.Minute) } }, "clock", Problem, "ahead of Jira's", "NTP", Problems},
		{"wrong deployment", dc(), func(w *ward) { w.jiraLines = append(w.jiraLines, "deployment: cloud") }, "jira", Problem, "jira.deployment is cloud", "auto", Problems},
		{"development credentials refused", jiratest.Options{Flavour: jiratest.Cloud, Client: "id", ClientSecret: "right"}, development("wrong"),
			"development", Problem, "are not accepted", "OAuth credentials", Problems},
		{"development credentials", jiratest.Options{Flavour: jiratest.Cloud, Client: "id", ClientSecret: "right"}, development("right"),
			"development", Fine, "are accepted", "", Well},
		{"secret that others can read", dc(), func(w *ward) {
			w.secret = "another"
			file := filepath.Join(w.dir, "open")
			must(w.t, os.WriteFile(file, []byte("x"), 0o644))
			w.jiraLines = []string{"auth: {type: token, secret_file: " + file + "}"}
		}, "secret", Problem, "others can read", "nobody else", Problems},
		{"outbox that cannot be", dc(), func(w *ward) {
			must(w.t, os.WriteFile(filepath.Join(w.dir, "file"), nil, 0o600))
			w.outbox = w.dir + "/file/outbox"
		}, "outbox", Problem, "not a directory", "install -d", Unreachable},
		{"PostgreSQL that is away", dc(), func(w *ward) { w.database = "postgres://ann:hunter2@127.0.0.1:1/x" },
			"database", Problem, "connect", "whether PostgreSQL runs", Unreachable},
		{"broken configuration", dc(), func(w *ward) { w.lines = append(w.lines, "mention: {}") }, "config", Problem, "unknown key", "config check", Misconfigured},
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
			found, out, outcome := w.examine()
			i := slices.IndexFunc(found, func(f Finding) bool {
				return f.Check == c.check && f.Status == c.status && strings.Contains(f.Says, c.says) && strings.Contains(f.Advice, c.advice)
			})
			if i < 0 {
				t.Errorf("no %s %q that says %q and advises %q in:\n%s", c.status, c.check, c.says, c.advice, out)
			}
			if outcome != c.outcome {
				t.Errorf("it comes to %d, want %d:\n%s", outcome, c.outcome, out)
			}
			for _, f := range found {
				if !slices.Contains(Checks(), f.Check) {
					t.Errorf("the check %q is not among Checks", f.Check)
				}
			}
			for _, secret := range []string{w.secret, "hunter2"} {
				if len(secret) > 6 && strings.Contains(out, secret) {
					t.Errorf("the secret is told:\n%s", out)
				}
			}
			for _, r := range w.jira.Requests() {
				if r.Method != http.MethodGet && r.Path != "/oauth/token" && r.Path != "/rest/oauth2/latest/token" {
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
			found, out, outcome := w.examine()
			want := []string{"jira", "clock", "login", "permissions", "role", "transition", "features"}
			for _, f := range found {
				if f.Status == Problem || f.Status == Warning && f.Check != "user" {
					t.Errorf("%s: %s: %s", f.Check, f.Status, f.Says)
				}
				if f.Status == Fine {
					want = slices.DeleteFunc(want, func(c string) bool { return c == f.Check })
				}
			}
			if outcome != Well || len(want) > 0 {
				t.Errorf("it comes to %d, nothing fine of %v:\n%s", outcome, want, out)
			}
		})
	}
}

// A token with scopes, at the address where such tokens work.
func TestDoctorWithScopes(t *testing.T) {
	w := newWard(t, jiratest.Options{Flavour: jiratest.Cloud, Scoped: true})
	w.jiraLines = append(w.jiraLines, "api_url: "+w.jira.APIHostURL())
	found, out, outcome := w.examine()
	i := slices.IndexFunc(found, func(f Finding) bool { return f.Check == "scopes" && f.Status == Fine })
	if i < 0 || outcome != Well {
		t.Errorf("it comes to %d:\n%s", outcome, out)
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
	w.options.Below = []string{filepath.Join(w.dir, "srv")}
	for b.Loop() {
		found, out, _ := w.examine()
		if len(found) < 20 {
			b.Fatal(out)
		}
	}
	b.ReportMetric(float64(len(w.jira.Requests()))/float64(b.N), "requests/op")
}
