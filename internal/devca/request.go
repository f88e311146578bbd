package devca

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/swiperhq/swiper/internal/nodetls"
)

// maxDays is how long a node's certificate may be good.
const maxDays = 3650

// Request says which certificates are wanted.
type Request struct {
	// Dir holds the CA, ca.pem and ca-key.pem, which is made if there is none,
	// and NODE.pem and NODE-key.pem of each node.
	Dir string
	// Cluster is the name that the certificates are good for.
	Cluster string
	// Nodes are the names of files; a node that has a certificate gets a new one.
	Nodes []string
	// Hosts are names and addresses that stand in every certificate besides
	// localhost, 127.0.0.1 and ::1.
	Hosts []string
	// Days is how long the certificates are good, 1 to 3650; that of the CA is
	// ten years.
	Days int
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

var (
	nodeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)
	hostName = regexp.MustCompile(`^(\*\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$`)
)

// Check names every mistake in r that can be seen without touching a file.
func (r Request) Check() error {
	var errs []error
	if r.Dir == "" {
		errs = append(errs, errors.New("no folder is named"))
	}
	if err := nodetls.CheckName(r.Cluster); err != nil {
		errs = append(errs, err)
	}
	if r.Days < 1 || r.Days > maxDays {
		errs = append(errs, fmt.Errorf("certificates are good for 1 to %d days, not %d", maxDays, r.Days))
	}
	if len(r.Nodes) == 0 {
		errs = append(errs, errors.New("no node is named"))
	}
	seen := map[string]bool{}
	for _, n := range r.Nodes {
		if seen[n] {
			errs = append(errs, fmt.Errorf("node %q is named twice", n))
		}
		seen[n] = true
		if err := checkNode(n); err != nil {
			errs = append(errs, err)
		}
	}
	for _, h := range r.Hosts {
		if _, err := netip.ParseAddr(h); err != nil && (len(h) > 253 || !hostName.MatchString(h)) {
			errs = append(errs, fmt.Errorf("%q is neither a host name nor an address, without a port", h))
		}
	}
	return errors.Join(errs...)
}

// checkNode keeps a node's files in the folder and apart from those of the CA
// and of other nodes.
func checkNode(n string) error {
	switch {
	case !nodeName.MatchString(n):
		return fmt.Errorf("%q is no name of a node: it names files, and takes up to 63 letters, digits, dots, hyphens and underscores", n)
	case strings.EqualFold(n, authorityName), strings.HasSuffix(strings.ToLower(n), keySuffix):
		return fmt.Errorf("%q is no name of a node: its files would be those of something else", n)
	}
	return nil
}
