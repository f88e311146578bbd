package nodetls_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/peer"

	"github.com/swiperhq/swiper/internal/nodetls"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// now is when the tests' certificates are made.
var now = time.Now()

var (
	server = x509.ExtKeyUsageServerAuth
	client = x509.ExtKeyUsageClientAuth
)

// issuer is a CA of a test.
type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  string
}

// issued is a certificate with its key.
type issued struct {
	tls       tls.Certificate
	cert, key string // PEM
}

func newIssuer(t *testing.T, name string) issuer {
	t.Helper()
	tmpl := &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return issuer{cert, key, encode("CERTIFICATE", der)}
}

func encode(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// issue makes a good certificate of the cluster "swiper", changed by edits.
func (ca issuer) issue(t *testing.T, edits ...func(*x509.Certificate)) issued {
	t.Helper()
	tmpl := &x509.Certificate{
		Subject: pkix.Name{CommonName: "node"}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0),
		DNSNames: []string{"swiper.swiper.internal"}, ExtKeyUsage: []x509.ExtKeyUsage{server, client},
	}
	for _, edit := range edits {
		edit(tmpl)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, tmpl, ca.cert, key.Public(), ca.key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return issued{
		tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf},
		encode("CERTIFICATE", der), encode("PRIVATE KEY", keyDER),
	}
}

func named(names ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.DNSNames = names }
}

func usable(as ...x509.ExtKeyUsage) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.ExtKeyUsage = as }
}

func until(end time.Time) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.NotAfter = end }
}

// node is the files of one, its clock and its log.
type node struct {
	nodetls.Options
	time atomic.Int64 // in ns since now
	log  lines
}

func newNode(t *testing.T, ca string, c issued) *node {
	t.Helper()
	dir := t.TempDir()
	n := &node{Options: nodetls.Options{
		CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, "node.pem"), Key: filepath.Join(dir, "node-key.pem"), Name: "swiper",
	}}
	n.Logger = slog.New(slog.NewTextHandler(&n.log, nil))
	n.Now = func() time.Time { return now.Add(time.Duration(n.time.Load())) }
	put(t, n.CA, ca)
	put(t, n.Cert, c.cert)
	put(t, n.Key, c.key)
	return n
}

// put replaces a file whole.
func put(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path+".new", []byte(text), 0o600))
	require.NoError(t, os.Rename(path+".new", path))
}

func (n *node) load(t *testing.T) *nodetls.Credentials {
	t.Helper()
	c, err := nodetls.Load(t.Context(), n.Options)
	require.NoError(t, err)
	return c
}

func (n *node) pass(d time.Duration) { n.time.Add(int64(d)) }

// lines is a log that can be read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.buf.String(), text)
}

func (l *lines) requireSoon(t *testing.T, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return l.count(text) > 0 }, 30*time.Second, 5*time.Millisecond, "%q in the log:\n%s", text, &l.buf)
}

// serve runs a server that answers health checks behind c and gives its address.
func serve(t *testing.T, c credentials.TransportCredentials) string {
	t.Helper()
	lis, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := grpc.NewServer(grpc.Creds(c))
	grpc_health_v1.RegisterHealthServer(s, health.NewServer())
	done := make(chan error, 1)
	go func() { done <- s.Serve(lis) }()
	t.Cleanup(func() {
		s.Stop()
		require.NoError(t, <-done)
	})
	return lis.Addr().String()
}

func dial(t *testing.T, addr string, c credentials.TransportCredentials) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(c))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

// ask makes one call and gives the certificate of who answered.
func ask(t *testing.T, conn *grpc.ClientConn) (*x509.Certificate, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var p peer.Peer
	_, err := grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{}, grpc.Peer(&p))
	if err != nil {
		return nil, err
	}
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	require.True(t, ok)
	return info.State.PeerCertificates[0], nil
}

// requireTalk makes a new connection, on which a call must succeed.
func requireTalk(t *testing.T, addr string, c credentials.TransportCredentials) *x509.Certificate {
	t.Helper()
	cert, err := ask(t, dial(t, addr, c))
	require.NoError(t, err)
	return cert
}
