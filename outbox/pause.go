package outbox

import (
	"context"
	"errors"
	"fmt"

	"jirahook/outbox/store"
)

// Sites lists the sites that the outbox knows.
func (o *Outbox) Sites(ctx context.Context) ([]Site, error) {
	var sites []Site
	err := o.db.Read(ctx, "list the sites", func(s store.Session) error {
		sites = nil
		return s.Each(func(scan func(...any) error) error {
			var site Site
			var since, until int64
			err := scan(&site.Name, &site.Pause, &since, &until, &site.Reason, &site.Advice, &site.Waiting)
			site.Since = store.FromMillis(since)
			if until < never {
				site.Next = store.FromMillis(until)
			}
			sites = append(sites, site)
			return err
		}, `SELECT name, pause, since, until, reason, advice, coalesce(n, 0) FROM site
			LEFT JOIN (SELECT site AS of, count(*) AS n FROM action WHERE `+store.Waiting+` GROUP BY site) counted ON of = name ORDER BY name`)
	})
	return sites, err
}

func (o *Outbox) lastSite(ctx context.Context) (site string, err error) {
	err = o.db.Read(ctx, "look for the last push", func(s store.Session) error {
		return s.Row("SELECT coalesce(max(site), '') FROM push WHERE id = (SELECT max(id) FROM push WHERE site <> '')").Scan(&site)
	})
	return site, err
}

// Pause leaves a site alone until Resume. Requests in flight come to their end.
func (o *Outbox) Pause(ctx context.Context, site, reason string) error {
	if site == "" {
		return errors.New("pause: no site given")
	}
	words := "paused by an operator"
	if reason != "" {
		words += ": " + reason
	}
	return o.db.Write(ctx, "pause", func(s store.Session) error {
		if _, err := s.Exec("INSERT INTO site(name) VALUES (?) ON CONFLICT(name) DO NOTHING", store.Text(site)); err != nil {
			return err
		}
		now := store.Millis(o.now())
		_, err := s.Exec("UPDATE site SET "+excuse+", pause = 'operator', since = ?, reason = ?, until = 0, not_before = 0, prober = '', advice = '' WHERE name = ?",
			now, now, store.Text(words), store.Text(site))
		return err
	})
}

// Resume ends a pause of any kind, and tries at once; ErrUnknown when nothing
// was ever sent to the site.
func (o *Outbox) Resume(ctx context.Context, site string) error {
	return o.db.Write(ctx, "resume", func(s store.Session) error {
		n, err := s.Exec(openSite+", tries = 0 WHERE name = ?", store.Millis(o.now()), store.Text(site))
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("site %s: %w", site, ErrUnknown)
		}
		if _, err := s.Exec("DELETE FROM barred WHERE site = ?", store.Text(site)); err != nil {
			return err
		}
		_, err = s.Exec("UPDATE lane SET due_at = 0, not_before = 0 WHERE site = ? AND owner = ''", store.Text(site))
		if err != nil || s.Notify == "" {
			return err
		}
		_, err = s.Exec(s.Notify)
		return err
	})
}
