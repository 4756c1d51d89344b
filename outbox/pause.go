package outbox

import (
	"context"
	"errors"
	"fmt"
)

// Sites lists the sites that the outbox knows.
func (o *Outbox) Sites(ctx context.Context) ([]Site, error) {
	var sites []Site
	err := o.db.read(ctx, "list the sites", func(s session) error {
		sites = nil
		return s.each(func(scan func(...any) error) error {
			var site Site
			var since, until int64
			err := scan(&site.Name, &site.Pause, &since, &until, &site.Reason, &site.Advice, &site.Waiting)
			site.Since = fromMillis(since)
			if until < never {
				site.Next = fromMillis(until)
			}
			sites = append(sites, site)
			return err
		}, `SELECT name, pause, since, until, reason, advice, coalesce(n, 0) FROM site
			LEFT JOIN (SELECT site AS of, count(*) AS n FROM action WHERE `+waiting+` GROUP BY site) counted ON of = name ORDER BY name`)
	})
	return sites, err
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
	return o.db.write(ctx, "pause", func(s session) error {
		if _, err := s.exec("INSERT INTO site(name) VALUES (?) ON CONFLICT(name) DO NOTHING", text(site)); err != nil {
			return err
		}
		now := millis(o.now())
		_, err := s.exec("UPDATE site SET "+excuse+", pause = 'operator', since = ?, reason = ?, until = 0, not_before = 0, prober = '', advice = '' WHERE name = ?",
			now, now, text(words), text(site))
		return err
	})
}

// Resume ends a pause of any kind, and tries at once; ErrUnknown when nothing
// was ever sent to the site.
func (o *Outbox) Resume(ctx context.Context, site string) error {
	return o.db.write(ctx, "resume", func(s session) error {
		n, err := s.exec(openSite+", tries = 0 WHERE name = ?", millis(o.now()), text(site))
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("site %s: %w", site, ErrUnknown)
		}
		if _, err := s.exec("DELETE FROM barred WHERE site = ?", text(site)); err != nil {
			return err
		}
		_, err = s.exec("UPDATE lane SET due_at = 0, not_before = 0 WHERE site = ? AND owner = ''", text(site))
		if err != nil || s.notify == "" {
			return err
		}
		_, err = s.exec(s.notify)
		return err
	})
}
