package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"jirahook/outbox"
)

// lookTime bounds how long a scrape waits for the database.
const lookTime = 5 * time.Second

// stateCollector reads the queue when it is asked: what it says is true for all
// processes that share the outbox. It is a prometheus.Collector.
type stateCollector struct {
	look func(context.Context) (State, error)
	now  func() time.Time

	up, queue, oldest, paused, waiting, spool, spoolOldest, bad, aside, ends *prometheus.Desc
}

func newStateCollector(look func(context.Context) (State, error), now func() time.Time) *stateCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("jirahook_"+name, help, labels, nil)
	}
	return &stateCollector{
		look: look, now: now,
		up:          desc("up", "1 when the outbox can be read, else 0, and nothing is said of the queue."),
		queue:       desc("queue", "Actions by state; of state held: pushes.", "state"),
		oldest:      desc("queue_oldest_seconds", "Age of the action that waits the longest; 0 when none does."),
		paused:      desc("site_paused", "1 for the reason why a Jira is left alone, 0 for the others.", "site", "reason"),
		waiting:     desc("site_waiting", "Actions that wait for a Jira.", "site"),
		spool:       desc("spool_pushes", "Pushes that are kept and not yet taken into the queue."),
		spoolOldest: desc("spool_oldest_seconds", "Age of the oldest push of the spool; 0 when there is none."),
		bad:         desc("spool_bad_pushes", "Pushes that were set aside for a person to look at."),
		aside:       desc("databases_set_aside", "Damaged databases that were set aside."),
		ends:        desc("token_expires_timestamp_seconds", "When the token or secret for a Jira ends, in seconds since 1970; of those alone of which it is known.", "site"),
	}
}

// Describe implements prometheus.Collector.
func (c *stateCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.up, c.queue, c.oldest, c.paused, c.waiting, c.spool, c.spoolOldest, c.bad, c.aside, c.ends} {
		descs <- d
	}
}

// Collect implements prometheus.Collector.
func (c *stateCollector) Collect(metrics chan<- prometheus.Metric) {
	tell := func(d *prometheus.Desc, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	s, err := c.look(ctx)
	if err != nil {
		tell(c.up, 0)
		return
	}
	tell(c.up, 1)
	tell(c.queue, float64(s.Counts.Queued), string(outbox.Queued))
	tell(c.queue, float64(s.Counts.Sending), string(outbox.Sending))
	tell(c.queue, float64(s.Counts.Dead), string(outbox.Dead))
	tell(c.queue, float64(s.Counts.Held), string(outbox.Held))
	tell(c.oldest, c.age(s.Counts.Oldest))
	for _, site := range s.Sites {
		tell(c.waiting, float64(site.Waiting), site.Name)
		for _, reason := range []outbox.Pause{outbox.PauseAway, outbox.PauseCredentials, outbox.PauseOperator} {
			on := 0.0
			if site.Pause == reason {
				on = 1
			}
			tell(c.paused, on, site.Name, string(reason))
		}
	}
	tell(c.spool, float64(s.Spool))
	tell(c.spoolOldest, c.age(s.SpoolOldest))
	tell(c.bad, float64(s.Bad))
	tell(c.aside, float64(s.Aside))
	for site, ends := range s.Ends {
		tell(c.ends, float64(ends.Unix()), site)
	}
}

func (c *stateCollector) age(since time.Time) float64 {
	if since.IsZero() {
		return 0
	}
	return max(0, c.now().Sub(since).Seconds())
}
