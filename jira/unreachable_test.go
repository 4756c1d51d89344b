package jira

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"jirahook/plan"
)

// The words for connections that fail in ways a test cannot bring about.
func TestUnreachable(t *testing.T) {
	timeout := &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}
	tests := []struct {
		err             error
		problem, advice string
	}{
		{&net.DNSError{Err: "no such host", Name: "jira.example.com", IsNotFound: true}, "its host name is not known", "jira.url"},
		{&net.DNSError{Err: "server misbehaving", Name: "jira.example.com"}, "its host name cannot be looked up", "DNS"},
		{x509.CertificateInvalidError{Reason: x509.Expired}, "expired", "renew"},
		{&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}}, "is not accepted", "jira.ca_file"},
		{x509.UnknownAuthorityError{}, "signed by an unknown authority", "jira.ca_file"},
		{x509.HostnameError{Certificate: &x509.Certificate{}, Host: "x"}, "for another host name", "jira.url"},
		{http.ErrSchemeMismatch, "it does not speak TLS", "http://"},
		{&proxyRefusal{502}, "does not connect to it (502 Bad Gateway)", "jira.proxy"},
		{&net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}, "the proxy cannot be reached", "jira.proxy"},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, "connection refused", ""},
		{syscall.EPIPE, "the connection was cut", ""},
		{io.EOF, "the connection was cut", ""},
		{syscall.ENETUNREACH, "no route to its host", ""},
		{errTimeout, "Jira did not answer within 20s", ""},
		{context.DeadlineExceeded, "Jira did not answer within 20s", ""},
		{syscall.ECONNRESET, "the connection was cut", ""},
		{io.ErrUnexpectedEOF, "the connection was cut", ""},
		{syscall.EHOSTUNREACH, "no route to its host", ""},
		{timeout, "time out while connecting", ""},
		{errors.New("odd\x1b[31m"), "odd[31m", ""},
	}
	c := offline(t, nil)
	for _, tt := range tests {
		e := c.noAnswer(context.Background(), answer{short: "GET /x: not sent"}, &url.Error{Op: "Get", URL: "https://jira.example.com/x", Err: tt.err}, false)
		r := resultOf(e)
		if r.Verdict != plan.Away || strings.Contains(r.Problem, "jira.example.com") || r.Exchange != "GET /x: no answer" {
			t.Errorf("%v: %+v", tt.err, r)
		}
		wantIn(t, "problem", r.Problem, tt.problem)
		wantIn(t, "advice", r.Advice, tt.advice)
		if tt.advice == "" && r.Advice != "" {
			t.Errorf("%v: advice %q", tt.err, r.Advice)
		}
	}
	// A certificate that is wrong in another way says nothing about the clock.
	if _, advice := unreachable(x509.CertificateInvalidError{Reason: x509.NameMismatch}); strings.Contains(advice, "clock") {
		t.Errorf("advice %q", advice)
	}
}

// What ends a request and is not Jira's silence.
func TestNoAnswer(t *testing.T) {
	c := offline(t, nil)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		ctx     context.Context
		err     error
		verdict plan.Verdict
		problem string
		advice  string
	}{
		{over, io.EOF, plan.Later, "stopped before Jira answered", ""},
		{t.Context(), errTooLarge, plan.Later, "larger than 8 MiB", ""},
		{t.Context(), &proxyRefusal{407}, plan.Locked, "wants a password", "jira.proxy"},
		{t.Context(), &proxyRefusal{403}, plan.Away, "403", "jira.proxy"},
		{t.Context(), errElsewhere, plan.Locked, "not the configured Jira's", ""},
	} {
		for _, uncertain := range []bool{false, true} {
			err := c.noAnswer(tt.ctx, answer{short: "POST /x: y: not sent"}, tt.err, uncertain)
			if err.Verdict != tt.verdict || err.Uncertain != uncertain || err.exchange != "POST /x: y: no answer" || !strings.Contains(err.Problem, tt.problem) || !strings.Contains(err.Advice, tt.advice) || !errors.Is(err, tt.err) {
				t.Errorf("%v: %+v", tt.err, err)
			}
		}
	}
}

// An answer is read up to 8 MiB, and not a byte more.
func TestAnswerAtTheLimit(t *testing.T) {
	for _, n := range []int{maxAnswer - 1, maxAnswer, maxAnswer + 1} {
		closed := false
		b := &limitedBody{body: io.NopCloser(io.LimitReader(zeros{}, int64(n))), left: maxAnswer, cancel: func() { closed = true }}
		read, err := io.Copy(struct{ io.Writer }{io.Discard}, b)
		if want := n > maxAnswer; errors.Is(err, errTooLarge) != want || !want && (err != nil || read != int64(n)) {
			t.Errorf("%d bytes: %d are read, %v", n, read, err)
		}
		if _, again := b.Read(make([]byte, 10)); n > maxAnswer && !errors.Is(again, errTooLarge) {
			t.Errorf("read on: %v", again)
		}
		if err := b.Close(); err != nil || !closed {
			t.Errorf("close: %v", err)
		}
	}
}

// Of an answer that is too large the rest is not waited for: the connection ends.
func TestTooLargeEndsTheConnection(t *testing.T) {
	ended := make(chan struct{})
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		_, _ = io.Copy(w, io.LimitReader(zeros{}, maxAnswer+2))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}, func(o *Options) { o.Jira.Timeout = 0 })
	if _, err := c.call(t.Context(), request{method: "GET", path: "x"}); !errors.Is(err, errTooLarge) {
		t.Errorf("error %v", err)
	}
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Error("it is kept open")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
