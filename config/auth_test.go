package config_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"jirahook/config"
)

const oauthFile = `version: 1
jira:
  url: https://jira.example.com
  auth: {type: oauth, client_id: app, secret_file: [/etc/jirahook/one, /etc/jirahook/two], expires: 2027-03-01}
`

func TestSeveralSecretFiles(t *testing.T) {
	loaded := mustLoad(t, oauthFile)
	a := loaded.Config.Jira.Auth
	if a.SecretFile != "/etc/jirahook/one" || !slices.Equal(a.SpareFiles, []string{"/etc/jirahook/two"}) {
		t.Errorf("%+v", a)
	}
	if ends, known := a.Ends(); !known || !ends.Equal(time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("it ends at %v (%v)", ends, known)
	}
	if shown := string(config.Show(loaded, false)); !strings.Contains(shown, "secret_file: [/etc/jirahook/one, /etc/jirahook/two]") || !mustLoadEqual(t, shown, a) {
		t.Error(shown)
	}
	if shown := string(config.ShowOutside(loaded)); strings.Contains(shown, "jirahook/t") || strings.Contains(shown, "app") || strings.Contains(shown, "2027") {
		t.Error(shown)
	}
	if _, known := config.Default().Jira.Auth.Ends(); known {
		t.Error("it is known when no secret ends")
	}
	// One of them that cannot be read keeps nobody from using the other.
	dir := t.TempDir()
	two := write(t, dir, "two", "second\n")
	if err := os.Chmod(two, 0o600); err != nil {
		t.Fatal(err)
	}
	a.SecretFile, a.SpareFiles = dir+"/one", []string{two}
	all, err := a.Secrets(nil)
	if len(all) != 1 || all[0] != (config.Secret{From: two, Text: "second"}) || err == nil || !strings.Contains(err.Error(), dir+"/one") {
		t.Errorf("%v, error %v", all, err)
	}
	if s, err := a.Secret(nil); s != "second" || err != nil {
		t.Errorf("%q, error %v", s, err)
	}
}

func mustLoadEqual(t *testing.T, text string, want config.Auth) bool {
	t.Helper()
	got := mustLoad(t, text).Config.Jira.Auth
	return got.SecretFile == want.SecretFile && slices.Equal(got.SpareFiles, want.SpareFiles) && got.Expires == want.Expires
}

func TestMistakesInAuth(t *testing.T) {
	for change, want := range map[string]string{
		"client_id: app, |":                                  "oauth needs jira.auth.client_id",
		"type: oauth|type: token":                            "jira.auth.client_id: needs jira.auth.type: oauth",
		"[/etc/jirahook/one, /etc/jirahook/two]|[]":          "an empty list would leave no secret",
		"/etc/jirahook/two|battery-staple":                   "never the secret itself",
		"expires: 2027-03-01|expires: 2027-02-29":            "is no day",
		"expires: 2027-03-01|expires: tomorrow":              "is no day",
		"expires: 2027-03-01|token_url: jira.example.com":    "is no web address",
		"expires: 2027-03-01|token_url: http://example.com/": "",
	} {
		was, is, _ := strings.Cut(change, "|")
		_, err := load(t, strings.Replace(oauthFile, was, is, 1))
		switch {
		case (err == nil) != (want == ""):
			t.Errorf("%s: error %v", change, err)
		case err != nil && !strings.Contains(err.Error(), want):
			t.Errorf("%s: %v", change, err)
		case err != nil && strings.Contains(err.Error(), "battery"):
			t.Errorf("%s: tells the secret: %v", change, err)
		}
	}
}

// What secret files hold is found whichever way they are listed, and of a list with a
// secret in place of a path nothing is shown.
func TestListedSecretsAreKnown(t *testing.T) {
	dir := t.TempDir()
	one, two := write(t, dir, "one", "correct-horse\n"), write(t, dir, "two", "battery-staple\n")
	for _, text := range []string{
		"jira: {auth: {secret_file: [" + one + ", \"" + two + "\"]}}\n",
		"jira:\n  auth:\n    secret_file:\n      - " + one + "\n      - " + two + "\n",
	} {
		for _, more := range []string{"", "\t{[ no yaml"} {
			words := config.Words(config.Source{Main: write(t, dir, "config.yaml", text+more)})
			for _, secret := range []string{"correct-horse", "battery-staple"} {
				if !slices.ContainsFunc(words, func(w config.Word) bool { return w.Text == secret && w.Name == "secret" }) {
					t.Errorf("%s%s: %s is not known", text, more, secret)
				}
			}
		}
	}
	_, err := load(t, "version: 1\njira: {auth: {secret_file: [/etc/one, battery-staple], typ: x}}\n")
	if err == nil || strings.Contains(err.Error(), "battery") {
		t.Errorf("error %v", err)
	}
}
