package devca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/swiperhq/swiper/internal/nodetls"
)

// Result tells what was made, and where.
type Result struct {
	CA string
	// NewCA: the CA was made now; otherwise it was there.
	NewCA bool
	Nodes []Node
}

// Node is where one node's certificate is.
type Node struct {
	Name, Cert, Key string
	Until           time.Time
}

// Make issues the certificates. A CA that is there is used and never replaced.
// It stops at the first failure; what was written before it stays.
func Make(r Request) (Result, error) {
	if err := r.Check(); err != nil {
		return Result{}, err
	}
	if r.Now == nil {
		r.Now = time.Now
	}
	now := r.Now()
	if err := os.MkdirAll(r.Dir, 0o700); err != nil {
		return Result{}, fmt.Errorf("make the folder: %w", err)
	}
	ca, err := open(r, now)
	if err != nil {
		return Result{}, err
	}
	until := now.AddDate(0, 0, r.Days)
	if until.After(ca.cert.NotAfter) {
		return Result{}, fmt.Errorf("the CA in %s is good until %s only: ask for fewer days, or make another in another folder",
			r.Dir, ca.cert.NotAfter.Format(time.RFC3339))
	}
	caPath, _ := paths(r.Dir, authorityName)
	out := Result{CA: caPath, NewCA: ca.made}
	for _, name := range r.Nodes {
		n := Node{Name: name, Until: until}
		n.Cert, n.Key = paths(r.Dir, name)
		if err := ca.issue(n, r, now); err != nil {
			return out, fmt.Errorf("node %s: %w", name, err)
		}
		out.Nodes = append(out.Nodes, n)
	}
	return out, nil
}

// issue makes a node's key and certificate and puts both in place.
func (ca *authority) issue(n Node, r Request, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	tmpl := &x509.Certificate{
		Subject:     pkix.Name{CommonName: n.Name},
		NotBefore:   now.Add(-skew),
		NotAfter:    n.Until,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:    []string{nodetls.HostName(r.Cluster), "localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	for _, h := range r.Hosts {
		if ip := net.ParseIP(h); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
			continue
		}
		tmpl.DNSNames = append(tmpl.DNSNames, h)
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, ca.cert, key.Public(), ca.key)
	if err != nil {
		return fmt.Errorf("issue the certificate: %w", err)
	}
	keyPEM, err := encodeKey(key)
	if err != nil {
		return err
	}
	// A node that reads between the two sees that they do not fit and waits.
	if err := replace(n.Key, keyPEM, 0o600); err != nil {
		return fmt.Errorf("write the key: %w", err)
	}
	if err := replace(n.Cert, encodeCert(der), 0o644); err != nil {
		return fmt.Errorf("write the certificate: %w", err)
	}
	return nil
}
