package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/swiperhq/swiper/social"
)

// minKeyBytes is the length of an HMAC-SHA256 key: a shorter one is weaker
// than the signature.
const minKeyBytes = 32

// maxGrace is a year: what people asked to have deleted is not kept for good.
const maxGrace = 365 * 24 * time.Hour

// validate gives every mistake.
func (s *Settings) validate() []error {
	var m mistakes
	m.check(s.Data.Dir != "", "data.dir must name a folder")
	m.check(s.Auth.Key == "" || len(s.Auth.Key) >= minKeyBytes, "auth.key must have at least %d bytes", minKeyBytes)
	for i, key := range list(s.Phone.Key) {
		m.check(len(key) >= minKeyBytes, "phone.key: key %d must have at least %d bytes", i+1, minKeyBytes)
	}
	m.check(s.Phone.Key == "" || len(list(s.Phone.Key)) > 0, "phone.key must hold a key")
	m.check(s.Accounts.Grace >= 0 && s.Accounts.Grace <= maxGrace, "accounts.grace must be 0s–%s, not %s", maxGrace, s.Accounts.Grace)
	m.check(s.Matchmaker.Shards > 0 && social.Slots%s.Matchmaker.Shards == 0,
		"matchmaker.shards must be a divisor of %d, not %d", social.Slots, s.Matchmaker.Shards)
	m.check(s.Database.MaxConns >= 2 && s.Database.MaxConns <= 1000, "database.max_conns must be 2–1000, not %d", s.Database.MaxConns)
	m.check(s.User.IdleAfter >= time.Second, "user.idle_after must be at least 1s, not %s", s.User.IdleAfter)
	for _, limit := range []struct {
		name string
		n    int
	}{{"uploads", s.Tasks.Uploads}, {"messages", s.Tasks.Messages}, {"reports", s.Tasks.Reports}, {"cdn", s.Tasks.CDN}} {
		m.check(limit.n >= 1 && limit.n <= 1000, "tasks.%s must be 1–1000, not %d", limit.name, limit.n)
	}
	m.check(s.HTTP.RequestTimeout >= 100*time.Millisecond && s.HTTP.RequestTimeout <= time.Minute,
		"http.request_timeout must be 100ms–1m, not %s", s.HTTP.RequestTimeout)
	m.check(slices.Contains([]string{"debug", "info", "warn", "error"}, s.Log.Level),
		"log.level must be debug, info, warn or error, not %q", s.Log.Level)
	m.check(s.Log.Format == "text" || s.Log.Format == "json", "log.format must be text or json, not %q", s.Log.Format)
	m.check(s.Trace.Endpoint == "" || hasScheme(s.Trace.Endpoint, "http", "https"), "trace.endpoint must be http://… or https://…")
	m.check(s.Trace.Ratio > 0 && s.Trace.Ratio <= 1, "trace.ratio must be above 0 and at most 1, not %v", s.Trace.Ratio)
	s.validateStores(&m)
	s.validateMedia(&m)
	s.validateSMS(&m)
	s.validateMail(&m)
	s.validateListeners(&m)
	s.validateCluster(&m)
	return m
}

func (s *Settings) validateStores(m *mistakes) {
	if path, ok := s.SQLitePath(); ok {
		m.check(path != "" && !strings.Contains(path, ":memory:"), "database.url must name a file behind sqlite:")
	} else {
		m.check(hasScheme(s.Database.URL, "postgres", "postgresql"), "database.url must be sqlite:PATH or postgres://…")
	}
	m.check(s.Redis.URL == EmbeddedRedis || hasScheme(s.Redis.URL, "redis", "rediss"),
		"redis.url must be embedded, redis://… or rediss://…")
}

func (s *Settings) validateListeners(m *mistakes) {
	loopback, err := isLoopback(s.HTTP.Listen)
	m.check(err == nil, "http.listen: %v", err)
	m.check(err != nil || loopback || !s.Demo, "demo is refused while http.listen (%s) is not a loopback address", s.HTTP.Listen)

	admin, err := isLoopback(s.Admin.Listen)
	m.check(err == nil, "admin.listen: %v", err)
	m.check(err != nil || admin || s.Admin.Token != "", "admin.token is needed while admin.listen (%s) is not a loopback address", s.Admin.Listen)
	m.check(s.Admin.ViewerToken == "" || s.Admin.Token != "" && s.Admin.Token != s.Admin.ViewerToken,
		"admin.viewer_token needs an admin.token, and must be another")

	for _, proxy := range s.HTTP.TrustedProxies {
		_, asAddr := netip.ParseAddr(proxy)
		_, asRange := netip.ParsePrefix(proxy)
		m.check(asAddr == nil || asRange == nil, "http.trusted_proxies: %q is neither an address nor a CIDR range", proxy)
	}
	m.check(s.Realtime.MaxConnections >= 1 && s.Realtime.MaxConnections <= 1_000_000,
		"realtime.max_connections must be 1–1000000, not %d", s.Realtime.MaxConnections)
	for _, origin := range s.Realtime.Origins {
		u, err := url.Parse(origin)
		m.check(err == nil && hasScheme(origin, "http", "https") && origin == u.Scheme+"://"+u.Host && origin == strings.ToLower(origin),
			"realtime.origins: %q is not https://HOST, or http://HOST:PORT", origin)
	}
}

type mistakes []error

func (m *mistakes) check(ok bool, format string, args ...any) {
	if !ok {
		*m = append(*m, fmt.Errorf(format, args...))
	}
}

func hasScheme(raw string, schemes ...string) bool {
	u, err := url.Parse(raw)
	return err == nil && slices.Contains(schemes, u.Scheme)
}

// isLoopback tells whether only this machine can reach a listen address.
func isLoopback(listen string) (bool, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return false, fmt.Errorf("%q is not host:port", listen)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return false, fmt.Errorf("%q has no port number", listen)
	}
	if host == "localhost" {
		return true, nil
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback(), nil
}
