package nodetls_test

import (
	"crypto/x509"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/nodetls"
)

func TestCheckNamesEveryMistake(t *testing.T) {
	t.Parallel()
	ca, other := newIssuer(t, "ca"), newIssuer(t, "other")
	good := ca.issue(t)
	bad := other.issue(t, named("localhost"), usable(), until(now.Add(-time.Minute)))
	early := ca.issue(t, func(c *x509.Certificate) { c.NotBefore = now.Add(time.Hour) })
	write := func(path func(*node) string, text string) func(*testing.T, *node) {
		return func(t *testing.T, n *node) { t.Helper(); put(t, path(n), text) }
	}
	caFile, cert, key := func(n *node) string { return n.CA }, func(n *node) string { return n.Cert }, func(n *node) string { return n.Key }
	for name, tt := range map[string]struct {
		spoil func(*testing.T, *node)
		want  []string
	}{
		"good":     {func(*testing.T, *node) {}, nil},
		"no files": {func(_ *testing.T, n *node) { n.CA, n.Cert, n.Key = "", "", "" }, []string{"no CA file is named", "no certificate file is named", "no key file is named"}},
		"missing": {func(t *testing.T, n *node) {
			t.Helper()
			require.NoError(t, errors.Join(os.Remove(n.CA), os.Remove(n.Cert), os.Remove(n.Key)))
		}, []string{"read CA file: ", "read certificate file: ", "read key file: "}},
		"no PEM": {func(t *testing.T, n *node) {
			t.Helper()
			put(t, n.CA, "x")
			put(t, n.Cert, "y")
			put(t, n.Key, "z")
		}, []string{"ca.pem is not PEM", "node.pem is not PEM", "node-key.pem is not PEM"}},
		"all of it": {func(t *testing.T, n *node) {
			t.Helper()
			n.Name = "Swiper"
			put(t, n.Cert, bad.cert)
		}, []string{
			`"Swiper" is no name of a cluster`, "node-key.pem does not fit", "node.pem expired on ", "node.pem lacks the DNS name",
			"node.pem lacks the extended key usage of servers", "node.pem lacks the extended key usage of clients", "node.pem is not issued by a CA in",
		}},
		"another cluster":    {func(_ *testing.T, n *node) { n.Name = "blue" }, []string{"node.pem is of another cluster: it carries the DNS name swiper.swiper.internal, not blue."}},
		"too early":          {func(t *testing.T, n *node) { t.Helper(); put(t, n.Cert, early.cert); put(t, n.Key, early.key) }, []string{"node.pem is good from "}},
		"no CA":              {write(caFile, good.cert), []string{`ca.pem holds the certificate of "node", which is no CA`}},
		"key in the CA file": {write(caFile, ca.pem+good.key), []string{`ca.pem holds a PEM block "PRIVATE KEY" where only certificates belong`}},
		"garbage in PEM":     {write(cert, encode("CERTIFICATE", []byte("x"))), []string{"node.pem holds a certificate that cannot be read"}},
		"garbage as key":     {write(key, encode("PRIVATE KEY", []byte("x"))), []string{"node-key.pem holds a key that cannot be read"}},
		"encrypted key":      {write(key, encode("ENCRYPTED PRIVATE KEY", []byte("x"))), []string{"node-key.pem is encrypted"}},
		"certificate as key": {write(key, good.cert), []string{"node-key.pem holds no private key"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNode(t, ca.pem, good)
			tt.spoil(t, n)
			errs := nodetls.Check(n.Options)
			require.Len(t, errs, len(tt.want), "%v", errs)
			all := errors.Join(errs...)
			for _, w := range tt.want {
				require.ErrorContains(t, all, w)
			}
			_, err := nodetls.Load(t.Context(), n.Options)
			if len(tt.want) == 0 {
				require.NoError(t, err)
				return
			}
			for _, w := range tt.want {
				require.ErrorContains(t, err, w, "the start fails of the same")
			}
		})
	}
}

// A CA that ends before the certificate is what counts.
func TestExpiredCA(t *testing.T) {
	t.Parallel()
	ca := newIssuer(t, "ca")
	n := newNode(t, ca.pem, ca.issue(t, until(now.AddDate(20, 0, 0))))
	creds := n.load(t)
	n.pass(10*365*24*time.Hour - 24*time.Hour)
	creds.Look(t.Context())
	require.Equal(t, 1, n.log.count("expires soon"))
	n.pass(10 * 24 * time.Hour)
	require.ErrorContains(t, errors.Join(nodetls.Check(n.Options)...), "is not good under")
}
