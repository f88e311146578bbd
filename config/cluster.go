package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Ways for nodes to find each other.
const (
	NoCluster     = "none"
	StaticCluster = "static"
	EtcdCluster   = "etcd"
)

// Cluster says how nodes find each other.
type Cluster struct {
	// Provider is "none" (this process is alone), "static:" with the addresses of
	// all members behind it, or "etcd:" with those of etcd, separated by commas.
	Provider string `koanf:"provider"`
	// Name tells clusters apart: members of other names are strangers.
	Name string `koanf:"name"`
	// Listen is where other members reach this one, host:port; port 0 picks a free one.
	Listen string `koanf:"listen"`
	// Advertise is the host:port that the others use instead; empty: the same.
	Advertise string `koanf:"advertise"`
	// TLS guards what members say to each other.
	TLS ClusterTLS `koanf:"tls"`
	// LeaveAfter is how long a node that is told to stop serves on while it says
	// that it is not ready, at most 5 min.
	LeaveAfter time.Duration `koanf:"leave_after"`
}

// ClusterTLS names PEM files, all or none; they are read again when they change.
type ClusterTLS struct {
	CA   string `koanf:"ca"`   // who signs members
	Cert string `koanf:"cert"` // this member's certificate
	Key  string `koanf:"key"`  // and its key
}

// Given tells whether files are named.
func (t ClusterTLS) Given() bool { return t.CA != "" || t.Cert != "" || t.Key != "" }

// Find gives the way for nodes to find each other and the addresses that belong to it.
func (c *Cluster) Find() (way string, addresses []string) {
	way, rest, _ := strings.Cut(c.Provider, ":")
	return way, list(rest)
}

// Alone tells that this process is no member of a cluster.
func (c *Cluster) Alone() bool { return c.Provider == NoCluster }

// maxLeaveAfter is more than any balancer needs to notice.
const maxLeaveAfter = 5 * time.Minute

var clusterName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func (s *Settings) validateCluster(m *mistakes) {
	c := &s.Cluster
	m.check(clusterName.MatchString(c.Name), "cluster.name must be 1–63 small letters, digits and hyphens, not %q", c.Name)
	m.check(c.LeaveAfter >= 0 && c.LeaveAfter <= maxLeaveAfter, "cluster.leave_after must be 0s–5m, not %s", c.LeaveAfter)
	m.check(!c.TLS.Given() || c.TLS.CA != "" && c.TLS.Cert != "" && c.TLS.Key != "",
		"cluster.tls.ca, cluster.tls.cert and cluster.tls.key go together: all three or none")
	c.validateAddresses(m)
	way, addresses := c.Find()
	switch {
	case c.Alone():
		return
	case way == StaticCluster:
		c.validateStatic(m, addresses)
	case way == EtcdCluster:
		m.check(len(addresses) > 0, "cluster.provider must name addresses of etcd behind etcd:")
		for _, a := range addresses {
			m.check(isEndpoint(a), "cluster.provider: %q is neither host:port nor http://… nor https://…", a)
		}
	default:
		m.check(false, "cluster.provider must be none, static:HOST:PORT,… or etcd:HOST:PORT,…, not %q", c.Provider)
		return
	}
	_, embedded := s.SQLitePath()
	m.check(!embedded, "cluster.provider %s needs a database that its members share: database.url postgres://…", way)
	m.check(s.Redis.URL != EmbeddedRedis, "cluster.provider %s needs a Redis that its members share: redis.url redis://… or rediss://…", way)
	m.check(s.Auth.Key != "", "cluster.provider %s needs auth.key, the same for every member", way)
	m.check(s.Phone.Key != "", "cluster.provider %s needs phone.key, the same for every member", way)
}

func (c *Cluster) validateAddresses(m *mistakes) {
	inside, err := isLoopback(c.Listen)
	m.check(err == nil, "cluster.listen: %v", err)
	if err == nil {
		host, _, _ := net.SplitHostPort(c.Listen) // read above
		addr, err := netip.ParseAddr(host)
		m.check(err == nil || host == "" || host == "localhost", "cluster.listen: %q must be an IP address", host)
		m.check(c.Advertise != "" || host != "" && !addr.IsUnspecified(),
			"cluster.advertise is needed while cluster.listen (%s) names no single address", c.Listen)
		m.check(inside || c.TLS.Given(), "cluster.tls.* are needed while cluster.listen (%s) is not a loopback address", c.Listen)
	}
	m.check(c.Advertise == "" || isDialable(c.Advertise), "cluster.advertise: %q is not host:port", c.Advertise)
}

func (c *Cluster) validateStatic(m *mistakes, addresses []string) {
	m.check(len(addresses) > 0, "cluster.provider must name the addresses of all members behind static:")
	for i, a := range addresses {
		m.check(isDialable(a), "cluster.provider: %q is not host:port", a)
		m.check(!slices.Contains(addresses[:i], a), "cluster.provider names %s twice", a)
	}
}

// CheckOwn tells whether this process can be a member at the address it has. It is
// not asked of commands that only talk to members: with a fixed list each
// process has another cluster.listen, and their settings are the same otherwise.
func (c *Cluster) CheckOwn() error {
	way, addresses := c.Find()
	own, setting := c.Listen, "cluster.listen"
	if c.Advertise != "" {
		own, setting = c.Advertise, "cluster.advertise"
	}
	if way == StaticCluster && !slices.Contains(addresses, own) {
		return fmt.Errorf("%s (%s) must be one of the addresses that static: names", setting, own)
	}
	return nil
}

// isDialable tells whether address is host:port with both given.
func isDialable(address string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && host != ""
}

// isEndpoint tells whether etcd's client takes a as an address.
func isEndpoint(a string) bool {
	if isDialable(a) {
		return true
	}
	u, err := url.Parse(a)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && isDialable(u.Host)
}
