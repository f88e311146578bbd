package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/social"
)

const (
	// superlikes a day are so few that the limit is met.
	superlikes = 5
	// burst is how many superlikes a swiper gives at once to pass the limit.
	burst = superlikes + 3
	// inForce is how long a setting may take to be in force on every node, and a margin.
	inForce = 8 * time.Second
	// quiet is how far from the run's end a day has to end, or counters would
	// begin anew under it.
	quiet = time.Hour
)

// rules are the tunables of a run, and what they were before.
type rules struct {
	admin  *client.Admin
	before map[string]json.RawMessage
	set    []string // keys that were changed
	// midnight may come while the run lasts.
	midnight bool
}

// impose lifts the limits on requests, limits superlikes, and moves midnight out
// of the way if it is near, for as long as the run takes.
func (r *rules) impose(ctx context.Context, length time.Duration, logins int, now, resets time.Time) error {
	var err error
	if r.before, err = r.admin.Settings(ctx); err != nil {
		return err
	}
	wanted := map[string]string{
		"requests_per_user": "null", "requests_per_address": "null", "rewind_window": "null",
		"superlikes_per_day": strconv.Itoa(superlikes),
		// Nobody but the simulated swipers is to swipe, or there are swipes that nobody knows of.
		"demo_answers": "false",
	}
	if limit, parseErr := strconv.Atoi(string(r.before["superlikes_per_day"])); parseErr == nil && limit >= 1 && limit <= superlikes {
		delete(wanted, "superlikes_per_day")
	}
	if logins > 50 {
		wanted["login_codes_per_address"], wanted["login_tries_per_address"] = "null", "null"
	}
	if !r.midnight && resets.Before(now.Add(length+quiet)) {
		wanted["quota_timezone"] = strconv.Quote(earlyMorning(now))
	}
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		was, known := r.before[key]
		if !known || string(was) == wanted[key] {
			continue
		}
		r.set = append(r.set, key) // also if it fails: nobody knows how far it came
		if err := r.admin.Set(ctx, key, json.RawMessage(wanted[key])); err != nil {
			return err
		}
	}
	return nil
}

// restore puts back what was changed.
func (r *rules) restore(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), inForce)
	defer cancel()
	var errs []error
	for _, key := range r.set {
		errs = append(errs, r.admin.Set(ctx, key, r.before[key]))
	}
	r.set = nil
	return errors.Join(errs...)
}

// earlyMorning names a zone in which now is between six and seven in the morning,
// so that no day ends for a long time.
func earlyMorning(now time.Time) string {
	ahead := (6 - now.UTC().Hour() + 24) % 24
	if ahead > 14 {
		ahead -= 24
	}
	// Names of this kind count hours west of Greenwich.
	return fmt.Sprintf("Etc/GMT%+d", -ahead)
}

// await waits until every target shows the rules and gives the limits in force.
func (r *rules) await(ctx context.Context, c *client.Client, uid social.UserID, length time.Duration) (map[social.Action]social.Limit, error) {
	until := time.Now().Add(inForce)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limits := map[social.Action]social.Limit{}
	for node := 0; node < c.Targets(); {
		quotas, a := c.Quotas(client.How{Node: node, Initial: true}, uid)
		if a.OK() && r.shown(quotas, length) {
			for action, q := range quotas {
				limits[action] = social.NoLimit
				if q.Limit != nil {
					limits[action] = social.Limit(*q.Limit)
				}
			}
			node++
			continue
		}
		if time.Now().After(until) {
			return nil, fmt.Errorf("the settings are not in force on target %d after %s (%s): is --admin of the same server?", node+1, inForce, a.Outcome)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return limits, nil
}

func (r *rules) shown(quotas map[social.Action]client.Quota, length time.Duration) bool {
	superlike := quotas[social.ActionSuperlike]
	if superlike.Limit == nil || *superlike.Limit > superlikes {
		return false
	}
	return r.midnight || superlike.ResetsAt.After(time.Now().Add(length+quiet/2))
}
