package nodetls

import (
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// domain is below which clusters have their names. Nobody can resolve it.
const domain = ".swiper.internal"

var label = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// CheckName tells whether a cluster's name can stand in a certificate: 1 to 63
// lower-case letters, digits and inner hyphens.
func CheckName(cluster string) error {
	if !label.MatchString(cluster) {
		return fmt.Errorf("%q is no name of a cluster: it takes 1 to 63 lower-case letters, digits and hyphens", cluster)
	}
	return nil
}

// HostName is the DNS name that every certificate of the cluster carries,
// whatever the addresses of its node.
func HostName(cluster string) string { return cluster + domain }

// carriesName looks for the name itself: a wildcard would open every cluster.
func carriesName(c *x509.Certificate, cluster string) error {
	if slices.Contains(c.DNSNames, HostName(cluster)) {
		return nil
	}
	var others []string
	for _, n := range c.DNSNames {
		if strings.HasSuffix(n, domain) {
			others = append(others, n)
		}
	}
	if len(others) > 0 {
		return fmt.Errorf("is of another cluster: it carries the DNS name %s, not %s", strings.Join(others, ", "), HostName(cluster))
	}
	return fmt.Errorf("lacks the DNS name %s", HostName(cluster))
}

var (
	errNoServerUse = errors.New("lacks the extended key usage of servers (serverAuth)")
	errNoClientUse = errors.New("lacks the extended key usage of clients (clientAuth)")
)

// fitFor tells whether the certificate says that it is for use. One that says
// nothing is for nothing here.
func fitFor(c *x509.Certificate, use x509.ExtKeyUsage) error {
	if slices.Contains(c.ExtKeyUsage, use) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny) {
		return nil
	}
	if use == x509.ExtKeyUsageServerAuth {
		return errNoServerUse
	}
	return errNoClientUse
}
