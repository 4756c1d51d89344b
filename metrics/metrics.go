// Package metrics is what a worker tells Prometheus: all metrics are defined
// here, none elsewhere.
package metrics

import (
	"context"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"jirahook/outbox"
	"jirahook/plan"
)

// State is what is looked up when somebody asks.
type State struct {
	Counts outbox.Counts
	Sites  []outbox.Site
	// Spool is how many pushes are kept and not yet taken in, SpoolOldest when
	// the oldest of them came.
	Spool       int
	SpoolOldest time.Time
	Bad         int // pushes that cannot be read
	Aside       int // damaged databases that were set aside
	// Ends are when the tokens and secrets end, by the Jira's name, where that is known.
	Ends map[string]time.Time
}

// Metrics counts and measures. Its methods may be called from several goroutines.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	results  *prometheus.CounterVec
}

// New makes the metrics of one process. look reads the state of now; an error
// of it is told as jirahook_up 0.
func New(version string, look func(context.Context) (State, error), now func() time.Time) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "jirahook_jira_request_duration_seconds",
			Help:    "Time from a request to Jira to its answer, by site, operation and class of the status (none: no answer).",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 60},
		}, []string{"site", "operation", "status"}),
		results: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "jirahook_attempts_total",
			Help: "Attempts to carry out an action, by its site, its kind and what came of it.",
		}, []string{"site", "kind", "outcome"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "jirahook_build_info",
		Help:        "1; the program's version.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.results, build, newStateCollector(look, now),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Request measures a request to Jira.
func (m *Metrics) Request(site string, x plan.Exchange) {
	m.requests.WithLabelValues(site, operation(x), statusClass(x.Status)).Observe(x.Took.Seconds())
}

// Result counts an attempt.
func (m *Metrics) Result(site string, kind plan.Kind, v plan.Verdict) {
	m.results.WithLabelValues(site, string(kind), string(v)).Inc()
}

// Handler answers GET /metrics.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}

// operation is the request's method and path without anything that names a
// single issue: "POST issue/{id}/comment"; "token" where a service account asks for one.
func operation(x plan.Exchange) string {
	path, _, _ := strings.Cut(x.Path, "?")
	if strings.HasSuffix(path, "/token") { // of a service account; its address is configured
		return "token"
	}
	parts := strings.Split(strings.TrimPrefix(path, "/rest/api/2/"), "/")
	if parts[0] == "issue" {
		for i := 1; i < len(parts); i += 2 {
			parts[i] = "{id}"
		}
	}
	return x.Method + " " + strings.Join(parts, "/")
}

// statusClass is "2xx"; "none" without an answer.
func statusClass(status int) string {
	if status == 0 {
		return "none"
	}
	return strconv.Itoa(status/100) + "xx"
}
