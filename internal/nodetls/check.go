package nodetls

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Options name the files of a node and the cluster it belongs to.
type Options struct {
	// CA holds whose certificates are believed, one or several, in PEM. Cert is
	// the node's own, with what stands between it and the CA behind it; Key is its key.
	CA, Cert, Key string
	// Name is the cluster's.
	Name string
	// Logger hears of peers refused, of files replaced or broken, and of
	// certificates that are about to expire; nil: nobody does.
	Logger *slog.Logger
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

func (o Options) filled() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Check names every mistake in the files of o; none: a node can start with them.
func Check(o Options) []error {
	o = o.filled()
	c, errs := read(o)
	_, more := o.parse(c)
	return append(errs, more...)
}

// parse makes an identity of the contents, or tells all that is wrong with
// them. What could not be read is nil and has been told.
func (o Options) parse(c contents) (*identity, []error) {
	var errs []error
	fail := func(path string, err error) { errs = append(errs, fmt.Errorf("%s %w", path, err)) }
	if err := CheckName(o.Name); err != nil {
		errs = append(errs, err)
	}
	roots, err := authorities(c.ca)
	if err != nil {
		fail(o.CA, err)
	}
	chain, err := o.chain(c.cert)
	if err != nil {
		fail(o.Cert, err)
	}
	id := &identity{roots: roots, sum: c.sum()}
	if c.key != nil {
		key, err := PrivateKey(c.key)
		switch {
		case err != nil:
			fail(o.Key, err)
		case len(chain) > 0 && !Fits(key, chain[0]):
			fail(o.Key, fmt.Errorf("does not fit the certificate in %s", o.Cert))
		default:
			id.pair.PrivateKey = key
		}
	}
	if len(chain) > 0 {
		leaf := chain[0]
		for _, err := range o.shortcomings(leaf) {
			fail(o.Cert, err)
		}
		if roots != nil {
			if id.until, err = o.issued(chain, roots); err != nil {
				fail(o.Cert, err)
			}
		}
		id.pair.Leaf = leaf
		for _, c := range chain {
			id.pair.Certificate = append(id.pair.Certificate, c.Raw)
		}
	}
	return id, errs
}

// authorities reads the CA file; nil for one that was not read.
func authorities(text []byte) (*x509.CertPool, error) {
	if text == nil {
		return nil, nil
	}
	cs, err := Certificates(text)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	for _, c := range cs {
		if !c.IsCA {
			return nil, fmt.Errorf("holds the certificate of %q, which is no CA", c.Subject.CommonName)
		}
		pool.AddCert(c)
	}
	return pool, nil
}

func (o Options) chain(text []byte) ([]*x509.Certificate, error) {
	if text == nil {
		return nil, nil
	}
	return Certificates(text)
}

// shortcomings are those of a certificate by itself.
func (o Options) shortcomings(leaf *x509.Certificate) (errs []error) {
	now := o.Now()
	if now.After(leaf.NotAfter) {
		errs = append(errs, fmt.Errorf("expired on %s", leaf.NotAfter.Format(time.RFC3339)))
	}
	if now.Before(leaf.NotBefore) {
		errs = append(errs, fmt.Errorf("is good from %s only, by this machine's clock", leaf.NotBefore.Format(time.RFC3339)))
	}
	for _, err := range []error{
		carriesName(leaf, o.Name),
		fitFor(leaf, x509.ExtKeyUsageServerAuth),
		fitFor(leaf, x509.ExtKeyUsageClientAuth),
	} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// issued tells who stands behind the certificate, and until when.
func (o Options) issued(chain []*x509.Certificate, roots *x509.CertPool) (until time.Time, err error) {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	// Its own times have been looked at: here they are not to hide who issued it.
	at, leaf := o.Now(), chain[0]
	if at.After(leaf.NotAfter) {
		at = leaf.NotAfter
	}
	if at.Before(leaf.NotBefore) {
		at = leaf.NotBefore
	}
	paths, err := leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if _, stranger := errors.AsType[x509.UnknownAuthorityError](err); stranger {
		return until, fmt.Errorf("is not issued by a CA in %s", o.CA)
	}
	if err != nil {
		return until, fmt.Errorf("is not good under %s: %w", o.CA, err)
	}
	for _, path := range paths {
		end := leaf.NotAfter
		for _, c := range path {
			if c.NotAfter.Before(end) {
				end = c.NotAfter
			}
		}
		if end.After(until) {
			until = end
		}
	}
	return until, nil
}

// config makes the settings of TLS for either end. Resumption is off: every
// connection shows its certificates.
func (id *identity) config(o Options, peer x509.ExtKeyUsage) *tls.Config {
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Time:         o.Now,
		Certificates: []tls.Certificate{id.pair},
		// Also to servers that believe other CAs: their refusal then says so.
		GetClientCertificate:   func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &id.pair, nil },
		RootCAs:                id.roots,
		ClientCAs:              id.roots,
		ClientAuth:             tls.RequireAndVerifyClientCert,
		ServerName:             HostName(o.Name),
		SessionTicketsDisabled: true,
		// Runs after the chain, the times and, for servers, the name are verified.
		VerifyConnection: func(s tls.ConnectionState) error {
			leaf := s.PeerCertificates[0]
			if err := errors.Join(carriesName(leaf, o.Name), fitFor(leaf, peer)); err != nil {
				return fmt.Errorf("the peer's certificate %w", err)
			}
			return nil
		},
	}
}
