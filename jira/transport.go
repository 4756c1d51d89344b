package jira

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode"

	"jirahook/config"
)

// maxAnswer is how much of an answer is read.
const maxAnswer = 8 << 20

var (
	errElsewhere = errors.New("the address is not the configured Jira's")
	errTooLarge  = errors.New("the answer is larger than 8 MiB")
	errTimeout   = errors.New("no answer within jira.timeout")
)

// baseURL is where calls go: jira.api_url, else jira.url.
func baseURL(cfg config.Jira) (*url.URL, error) {
	address := cfg.APIURL
	if address == "" {
		address = cfg.URL
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("Jira's address cannot be read") // the error would repeat a password in it
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http", u.Host == "":
		return nil, fmt.Errorf("Jira's address %q is no http or https address", u.Redacted())
	case u.User != nil:
		return nil, errors.New("Jira's address holds a user name: use jira.auth")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimRight(u.Path, "/") + "/"}, nil
}

// newHTTPClient makes the client through which everything goes. It follows no
// redirect: the login page of a single sign-on would look like success, and
// another host would get the credentials.
func newHTTPClient(o Options, base *url.URL) (*http.Client, error) {
	tlsConfig, err := tlsConfig(o.Jira.CAFile)
	if err != nil {
		return nil, err
	}
	proxy, err := proxyOf(o)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &transport{
			base:    base,
			agent:   o.UserAgent,
			timeout: o.Jira.Timeout,
			next: &http.Transport{
				Proxy:                  proxy,
				OnProxyConnectResponse: onConnect,
				DialContext:            dialer.DialContext,
				TLSClientConfig:        tlsConfig,
				TLSHandshakeTimeout:    10 * time.Second,
				ForceAttemptHTTP2:      true,
				MaxIdleConnsPerHost:    32,
				IdleConnTimeout:        90 * time.Second,
				MaxResponseHeaderBytes: 256 << 10,
			},
		},
	}, nil
}

// proxyOf is jira.proxy, else what the process says.
func proxyOf(o Options) (func(*http.Request) (*url.URL, error), error) {
	if o.Jira.Proxy == "" {
		return o.Proxy, nil
	}
	u, err := url.Parse(o.Jira.Proxy)
	if err != nil || u.Host == "" {
		return nil, errors.New("jira.proxy is no address") // it may hold a password
	}
	return http.ProxyURL(u), nil
}

// authorization is the header's value: Bearer for personal access tokens, Basic for a
// password or, on Cloud, an e-mail's API token; of a service account, whose secret is
// never sent in a header, "".
func authorization(auth config.Auth, secret string) (string, error) {
	switch {
	case secret == "":
		return "", errors.New("no secret for Jira")
	case strings.ContainsFunc(secret, unicode.IsControl):
		return "", errors.New("the secret for Jira holds a control character, such as a second line")
	}
	switch auth.Type {
	case "basic":
		if auth.Username == "" || strings.ContainsFunc(auth.Username, func(r rune) bool { return r == ':' || unicode.IsControl(r) }) {
			return "", errors.New("jira.auth.username is empty or holds what no user name may hold")
		}
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(auth.Username+":"+secret)), nil
	case "token", "":
		return "Bearer " + secret, nil
	case "oauth":
		if auth.ClientID == "" {
			return "", errors.New("jira.auth.client_id is empty")
		}
		return "", nil
	}
	return "", fmt.Errorf("jira.auth.type %q is unknown", auth.Type)
}

func tlsConfig(caFile string) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile == "" {
		return cfg, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("read jira.ca_file: %w", err)
	}
	cfg.RootCAs, err = x509.SystemCertPool()
	if err != nil {
		cfg.RootCAs = x509.NewCertPool()
	}
	if !cfg.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("jira.ca_file %s holds no certificate in PEM form", caFile)
	}
	return cfg, nil
}

// transport adds what every request needs, and sends it only to the configured
// Jira: its credentials can go nowhere else. go-jira takes absolute addresses of any
// host.
type transport struct {
	base    *url.URL
	agent   string
	timeout time.Duration // of one request with its answer; 0: none
	next    http.RoundTripper
}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !t.ours(req) {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, errElsewhere
	}
	ctx, cancel := req.Context(), context.CancelFunc(func() {})
	if t.timeout > 0 {
		ctx, cancel = context.WithTimeoutCause(ctx, t.timeout, errTimeout)
	}
	req = req.Clone(ctx)
	req.Header.Set("User-Agent", t.agent)
	req.Header.Set("Accept", "application/json")
	// Jira's protection against forged requests; needed by old Servers.
	req.Header.Set("X-Atlassian-Token", "no-check")
	if req.Body == nil {
		req.Header.Del("Content-Type")
	}
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		cancel()
		return nil, err
	}
	resp.Body = &limitedBody{body: resp.Body, left: maxAnswer, cancel: cancel}
	return resp, nil
}

func (t *transport) ours(req *http.Request) bool {
	u := req.URL
	return u.Scheme == t.base.Scheme && u.Host == t.base.Host && (req.Host == "" || req.Host == t.base.Host) &&
		strings.HasPrefix(u.Path, t.base.Path) && !strings.Contains(u.Path+"/", "/../")
}

// limitedBody ends an answer that is too large, and the request's timeout when
// it is closed.
type limitedBody struct {
	body   io.ReadCloser
	left   int64
	cancel context.CancelFunc
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, errTooLarge
	}
	return n, err
}

func (b *limitedBody) Close() error {
	defer b.cancel()
	return b.body.Close()
}
