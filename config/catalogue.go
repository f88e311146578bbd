package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/swiperhq/swiper/social"
)

// spec is one tunable: what it is when nobody has set it, and how its value
// becomes part of the rules. apply refuses a value with a message for people
// and then leaves the rules alone.
type spec struct {
	key      string
	standard string // JSON
	apply    func(value json.RawMessage, r *social.Rules) error
}

// maxLimit is far above what a person can do in a day, and keeps a slip of the
// keyboard from reaching the database.
const maxLimit = 1_000_000

// maxRequests a minute are more than a node answers.
const maxRequests = 100_000_000

// maxWindow is a hundred years in seconds: past it a window means nothing, and
// well under what a time.Duration can hold.
const maxWindow = 100 * 365 * 24 * 60 * 60

// catalogue lists the tunables in the order in which people see them.
func catalogue() []spec {
	return []spec{
		limit("rewinds_per_day", "3", func(r *social.Rules) *social.Limit { return &r.RewindsPerDay }),
		{"rewind_window", "null", applyWindow},
		limit("likes_per_day", "null", func(r *social.Rules) *social.Limit { return &r.LikesPerDay }),
		limit("superlikes_per_day", "null", func(r *social.Rules) *social.Limit { return &r.SuperlikesPerDay }),
		{"deck_size", "20", applyDeckSize},
		{"quota_timezone", `"Asia/Shanghai"`, applyZone},
		{"login_code_interval", "60", applyCodeInterval},
		limitTo("login_codes_per_day", "5", 0, 1000, func(r *social.Rules) *social.Limit { return &r.LoginCodesPerDay }),
		limit("login_codes_per_address", "200", func(r *social.Rules) *social.Limit { return &r.LoginCodesPerAddress }),
		limit("login_codes_per_prefix", "1000", func(r *social.Rules) *social.Limit { return &r.LoginCodesPerPrefix }),
		limit("login_tries_per_address", "1000", func(r *social.Rules) *social.Limit { return &r.LoginTriesPerAddress }),
		limitTo("requests_per_address", "60000", 1, maxRequests, func(r *social.Rules) *social.Limit { return &r.RequestsPerAddress }),
		limitTo("requests_per_user", "6000", 1, maxRequests, func(r *social.Rules) *social.Limit { return &r.RequestsPerUser }),
		{"task_result_ttl", "3600", applyResultTTL},
		{"hot_days", "7", applyHotDays},
		{"demo_answers", "true", applyDemoAnswers},
	}
}

// limit is a tunable that counts: null for no limit, 0 for not allowed.
func limit(key, standard string, field func(*social.Rules) *social.Limit) spec {
	return limitTo(key, standard, 0, maxLimit, field)
}

// limitTo is limit with bounds of its own.
func limitTo(key, standard string, least, most int, field func(*social.Rules) *social.Limit) spec {
	return spec{key, standard, func(value json.RawMessage, r *social.Rules) error {
		if isNull(value) {
			*field(r) = social.NoLimit
			return nil
		}
		n, err := whole(value, least, most)
		if err != nil {
			return fmt.Errorf("%w, or null for no limit", err)
		}
		*field(r) = social.Limit(n)
		return nil
	}}
}

func applyWindow(value json.RawMessage, r *social.Rules) error {
	if isNull(value) {
		r.RewindWindow = 0
		return nil
	}
	seconds, err := whole(value, 1, maxWindow)
	if err != nil {
		return fmt.Errorf("%w seconds, or null for any age", err)
	}
	r.RewindWindow = time.Duration(seconds) * time.Second
	return nil
}

func applyCodeInterval(value json.RawMessage, r *social.Rules) error {
	seconds, err := whole(value, 1, 60*60)
	if err != nil {
		return fmt.Errorf("%w, of seconds", err)
	}
	r.LoginCodeInterval = time.Duration(seconds) * time.Second
	return nil
}

func applyResultTTL(value json.RawMessage, r *social.Rules) error {
	seconds, err := whole(value, 60, 30*24*60*60)
	if err != nil {
		return fmt.Errorf("%w, of seconds", err)
	}
	r.TaskResultTTL = time.Duration(seconds) * time.Second
	return nil
}

func applyDemoAnswers(value json.RawMessage, r *social.Rules) error {
	if isNull(value) || json.Unmarshal(value, &r.DemoAnswers) != nil {
		return errors.New("the value must be true or false")
	}
	return nil
}

func applyDeckSize(value json.RawMessage, r *social.Rules) error {
	n, err := whole(value, 1, 100)
	if err != nil {
		return err
	}
	r.DeckSize = n
	return nil
}

func applyHotDays(value json.RawMessage, r *social.Rules) error {
	n, err := whole(value, 1, 30)
	if err != nil {
		return fmt.Errorf("%w, of days", err)
	}
	r.HotDays = n
	return nil
}

func applyZone(value json.RawMessage, r *social.Rules) error {
	var name string
	// "" and "Local" would be UTC and whatever zone each machine is in.
	if isNull(value) || json.Unmarshal(value, &name) != nil || name == "" || name == "Local" {
		return errors.New(`the value must be the name of a time zone such as "Asia/Shanghai" or "UTC"`)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return errors.New(`the value must be the name of a time zone such as "Asia/Shanghai" or "UTC"; this one is unknown`)
	}
	r.Zone = zone
	return nil
}

func isNull(value json.RawMessage) bool { return bytes.Equal(bytes.TrimSpace(value), []byte("null")) }

// whole reads a whole number within bounds.
func whole(value json.RawMessage, least, most int) (int, error) {
	var n int
	if isNull(value) || json.Unmarshal(value, &n) != nil || n < least || n > most {
		return 0, fmt.Errorf("the value must be a whole number, %d to %d", least, most)
	}
	return n, nil
}
