package main

import (
	"net/http"
	"net/url"

	"golang.org/x/net/http/httpproxy"
)

// proxies are those that the environment names (http_proxy, https_proxy,
// no_proxy, in small letters or capitals).
//
// In the hook of a web server HTTP_PROXY is not believed: whoever sends a header
// "Proxy:" sets it (RFC 3875, 4.1.18; https://httpoxy.org). No header makes the
// name in small letters, or HTTPS_PROXY. Go's own ProxyFromEnvironment believes
// neither spelling there, and makes an error of it for each request.
func (p *process) proxies() func(*http.Request) (*url.URL, error) {
	cfg := httpproxy.Config{
		HTTPProxy:  p.anyOf("http_proxy", "HTTP_PROXY"),
		HTTPSProxy: p.anyOf("https_proxy", "HTTPS_PROXY"),
		NoProxy:    p.anyOf("no_proxy", "NO_PROXY"),
	}
	if p.anyOf("REQUEST_METHOD") != "" {
		cfg.HTTPProxy = p.anyOf("http_proxy")
	}
	find := cfg.ProxyFunc()
	return func(r *http.Request) (*url.URL, error) { return find(r.URL) }
}

// anyOf is the first of some variables that is set to something.
func (p *process) anyOf(names ...string) string {
	for _, name := range names {
		if value, _ := p.getenv(name); value != "" {
			return value
		}
	}
	return ""
}
