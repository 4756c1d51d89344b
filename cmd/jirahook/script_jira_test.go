package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"jirahook/internal/jiratest"
)

func jiraCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: jira start|down|up|fault|dump|count|status …")
	}
	if args[0] == "start" {
		startJira(ts, args[1:])
		return
	}
	jira := ts.Value(stageKey{}).(*stage).jira
	if jira == nil {
		ts.Fatalf("jira start comes first")
	}
	switch args[0] {
	case "use":
		s := ts.Value(stageKey{}).(*stage)
		if s.jira = s.jiras[args[1]]; s.jira == nil {
			ts.Fatalf("no jira %s was started", args[1])
		}
	case "down", "up":
		ts.Check(jira.SetDown(args[0] == "down"))
	case "dump":
		var b strings.Builder
		jira.Dump(&b, args[1])
		_, err := fmt.Fprint(ts.Stdout(), b.String())
		ts.Check(err)
	case "read": // what a person reads
		i := jira.Issue(args[1])
		for _, c := range i.Comments {
			_, err := fmt.Fprintf(ts.Stdout(), "%s comment: %s\n", c.Audience, jiratest.Rendered(c.Body).Text)
			ts.Check(err)
		}
		for _, w := range i.Worklogs {
			_, err := fmt.Fprintf(ts.Stdout(), "%s worklog: %s\n", w.Visibility.Value, jiratest.Rendered(w.Comment).Text)
			ts.Check(err)
		}
	case "count":
		_, err := fmt.Fprintln(ts.Stdout(), len(answered(jira, args[1], args[2])))
		ts.Check(err)
	case "wait":
		want := 1
		if len(args) > 3 {
			n, err := strconv.Atoi(args[3])
			ts.Check(err)
			want = n
		}
		for len(answered(jira, args[1], args[2])) < want {
			time.Sleep(10 * time.Millisecond) // the test's own time limit ends this
		}
	case "project":
		jira.AddProject(args[1], jiratest.SimpleWorkflow())
		jira.AddIssue(args[1]+"-1", "First of "+args[1])
	case "desk": // a service desk
		jira.AddServiceDesk(args[1], jiratest.CommentWorkflow())
		jira.AddIssue(args[1]+"-1", "First of "+args[1])
	case "screens": // a project in which Done demands a comment
		jira.AddProject(args[1], jiratest.CommentWorkflow())
		jira.AddIssue(args[1]+"-1", "First of "+args[1])
		jira.AddIssue(args[1]+"-2", "Second of "+args[1])
	case "ambiguous": // a project whose transitions have similar names, two of them the same
		jira.AddProject(args[1], jiratest.AmbiguousWorkflow())
		jira.AddIssue(args[1]+"-1", "First of "+args[1])
		jira.AddIssue(args[1]+"-2", "Second of "+args[1])
	case "translate":
		names := map[string]string{}
		for _, a := range args[1:] {
			name, other, _ := strings.Cut(a, "=")
			names[name] = other
		}
		jira.Translate(names)
	case "import": // the web links of another Jira's issues
		from := ts.Value(stageKey{}).(*stage).jiras[args[1]]
		for _, key := range from.Keys() {
			for _, l := range from.Issue(key).Links {
				jira.AddLink(key, l)
			}
		}
	case "links": // how many an issue has
		_, err := fmt.Fprintln(ts.Stdout(), len(jira.Issue(args[1]).Links))
		ts.Check(err)
	case "forget":
		jira.ClearRequests()
	case "mend":
		jira.ClearFaults()
	case "personal":
		days, err := strconv.Atoi(args[1])
		ts.Check(err)
		jira.SetPersonalTokens(jiratest.PersonalToken{Name: "git", Ends: time.Now().AddDate(0, 0, days)})
	case "revoke":
		jira.RevokeTokens()
	case "service":
		jira.SetService("app", args[1])
	case "edit": // the newest comment, as somebody else
		jira.EditComment(args[1], newestComment(jira, args[1]), "somebody", args[2])
	case "delete": // the newest comment
		jira.DeleteComment(args[1], newestComment(jira, args[1]))
	case "move":
		jira.Move(args[1], args[2])
	case "status":
		jira.SetStatus(args[1], args[2])
	case "fault":
		fault := jiratest.Fault{Kind: jiratest.Kind(args[1]), Method: strings.TrimPrefix(args[2], "ANY"), Path: args[3]}
		for _, option := range args[4:] {
			delay, err := time.ParseDuration(option)
			fault.Applied = fault.Applied || option == "applied"
			if option == "forever" {
				fault.Times = jiratest.Forever
			}
			if err == nil {
				fault.Delay = delay
			}
			if status, err := strconv.Atoi(option); err == nil {
				fault.Status = status
			}
		}
		ts.Check(jira.Inject(fault))
	case "permissions":
		jira.SetPermissions(args[1], args[2:]...)
	case "roles":
		jira.SetRoles(args[1], args[2:]...)
	case "resolution":
		jira.SetResolution(args[1], args[2])
	case "mentions":
		i := jira.Issue(args[1])
		_, err := fmt.Fprintln(ts.Stdout(), len(i.Mentions), len(i.Images), len(i.Macros))
		ts.Check(err)
	default:
		ts.Fatalf("jira: unknown command %q", args[0])
	}
}

func newestComment(jira *jiratest.Server, key string) int {
	all := jira.Issue(key).Comments
	return all[len(all)-1].ID
}

func startJira(ts *testscript.TestScript, args []string) {
	flavour, name, token := jiratest.DataCenter10, "JIRA", "token"
	if len(args) > 0 {
		flavour = jiratest.Flavour(args[0])
	}
	if len(args) > 1 {
		name, token = args[1], args[1]+"-token"
	}
	jira := jiratest.New(jiratest.Options{Flavour: flavour, Service: "app", ServiceSecret: "service-secret"})
	ts.Check(jira.Start())
	ts.Defer(jira.Close)
	jira.AddProject("SHOP", jiratest.SimpleWorkflow())
	jira.AddProject("OPS", jiratest.SimpleWorkflow())
	jira.AddIssue("SHOP-12", "Cart total is wrong")
	for i := range 9 {
		jira.AddIssue("SHOP-"+strconv.Itoa(i+1), "Shop issue "+strconv.Itoa(i+1))
		jira.AddIssue("OPS-"+strconv.Itoa(i+1), "Operations issue "+strconv.Itoa(i+1))
	}
	for i := range 50 {
		jira.AddIssue("OPS-"+strconv.Itoa(i+101), "Operations issue "+strconv.Itoa(i+101))
	}
	s := ts.Value(stageKey{}).(*stage)
	s.jira, s.jiras[name] = jira, jira
	ts.Setenv(name+"_URL", jira.URL())
	user, password, secret := jira.Credentials()
	ts.Setenv(name+"_USER", user)
	if flavour == jiratest.Cloud || flavour == jiratest.Server6 || flavour == jiratest.Server7 {
		secret = password
	}
	ts.Check(os.WriteFile(ts.MkAbs(token), []byte(secret+"\n"), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("service"), []byte("service-secret\n"), 0o600))
}

// answered are the requests of a kind that have an answer.
func answered(jira *jiratest.Server, method, path string) []jiratest.Request {
	var found []jiratest.Request
	for _, r := range jira.Requests() {
		if (method == "ANY" || r.Method == method) && strings.Contains(r.Path, path) && r.Status != 0 {
			found = append(found, r)
		}
	}
	return found
}
