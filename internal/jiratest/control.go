package jiratest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// serveControl lets another process seed, read and break the fake. No login is
// asked for.
//
//	POST   /_fake/seed           a Setup as JSON
//	POST   /_fake/fault          a Fault as JSON: {"kind":"drop","method":"POST","path":"comment$",
//	                             "times":1,"skip":0,"probability":0,"applied":true,"delay":"2s",
//	                             "status":503,"retryAfter":"30","header":{}}; times -1: until
//	DELETE /_fake/fault
//	POST   /_fake/down           ?for=2s: only so long. Ask at ControlURL: the connections of URL are cut
//	POST   /_fake/up
//	POST   /_fake/credentials    {"user":"","password":"","token":""}
//	GET    /_fake/dump/SHOP-12   plain text, see Dump
//	GET    /_fake/issue/SHOP-12  JSON, see Issue
//	GET    /_fake/requests       plain text, a line each: method, path, status
//	DELETE /_fake/requests
func (s *Server) serveControl(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return
	}
	text, err := s.obey(r, body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, text) //nolint:errcheck // the client may be gone
}

// obey carries a control request out. The panics of seeding are mistakes of
// the caller.
func (s *Server) obey(r *http.Request, body []byte) (text string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	name, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/_fake/"), "/")
	switch r.Method + " " + name {
	case "POST seed":
		var in Setup
		if err := json.Unmarshal(body, &in); err != nil {
			return "", err
		}
		return "", s.Apply(in)
	case "POST fault":
		return "", s.injectJSON(body)
	case "DELETE fault":
		s.ClearFaults()
	case "POST down":
		if text := r.URL.Query().Get("for"); text != "" {
			d, err := time.ParseDuration(text)
			if err != nil {
				return "", err
			}
			return "", s.DownFor(d)
		}
		return "", s.SetDown(true)
	case "POST up":
		return "", s.SetDown(false)
	case "POST credentials":
		var in struct{ User, Password, Token string }
		if err := json.Unmarshal(body, &in); err != nil {
			return "", err
		}
		s.SetCredentials(in.User, in.Password, in.Token)
	case "GET dump":
		var b strings.Builder
		s.Dump(&b, key)
		return b.String(), nil
	case "GET issue":
		out, err := json.MarshalIndent(s.Issue(key), "", "  ")
		return string(out) + "\n", err
	case "GET requests":
		var b strings.Builder
		for _, q := range s.Requests() {
			fmt.Fprintf(&b, "%s %s %d\n", q.Method, q.Path, q.Status)
		}
		return b.String(), nil
	case "DELETE requests":
		s.ClearRequests()
	default:
		return "", errors.New("unknown control: " + r.Method + " " + name)
	}
	return "", nil
}

func (s *Server) injectJSON(body []byte) error {
	var in struct {
		Kind        Kind
		Method      string
		Path        string
		Times, Skip int
		Probability float64
		Applied     bool
		Delay       string
		Status      int
		RetryAfter  string
		Header      map[string]string
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return err
	}
	f := Fault{
		Kind: in.Kind, Method: in.Method, Path: in.Path, Times: in.Times, Skip: in.Skip, Probability: in.Probability,
		Applied: in.Applied, Status: in.Status, RetryAfter: in.RetryAfter, Header: in.Header,
	}
	if in.Delay != "" {
		var err error
		if f.Delay, err = time.ParseDuration(in.Delay); err != nil {
			return err
		}
	}
	return s.Inject(f)
}
