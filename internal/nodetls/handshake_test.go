package nodetls_test

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

func TestNodesOfOneClusterTalk(t *testing.T) {
	t.Parallel()
	ca := newIssuer(t, "ca")
	// Neither is issued for the address it is reached at.
	a, b := newNode(t, ca.pem, ca.issue(t)), newNode(t, ca.pem, ca.issue(t))
	conn := dial(t, serve(t, a.load(t)), b.load(t))
	_, err := ask(t, conn)
	require.NoError(t, err)
	require.Zero(t, a.log.count("WARN"))
	require.Zero(t, b.log.count("WARN"))
}

// stranger is a peer that is not to be talked to.
type stranger struct {
	creds credentials.TransportCredentials
	told  string // what the stranger sees
	log   string // what the log of the node says
}

func TestStrangersAreNotLetIn(t *testing.T) {
	t.Parallel()
	ca, other := newIssuer(t, "ca"), newIssuer(t, "other")
	trusting := func(c *tls.Config) credentials.TransportCredentials {
		c.InsecureSkipVerify = true
		return credentials.NewTLS(c)
	}
	// A client offers its certificate whatever CAs the server asks for.
	showing := func(c issued) credentials.TransportCredentials {
		return trusting(&tls.Config{GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c.tls, nil }})
	}
	good := ca.issue(t)
	for name, s := range map[string]stranger{
		"plaintext":     {insecure.NewCredentials(), "error reading server preface", "first record does not look like a TLS handshake"},
		"anonymous":     {trusting(&tls.Config{}), "certificate required", "didn't provide a certificate"},
		"another CA":    {showing(other.issue(t)), "unknown certificate authority", "signed by unknown authority"},
		"another name":  {showing(ca.issue(t, named("blue.swiper.internal"))), "bad certificate", "is of another cluster: it carries the DNS name blue.swiper.internal"},
		"any name":      {showing(ca.issue(t, named("*.swiper.internal"))), "bad certificate", "is of another cluster"},
		"no name":       {showing(ca.issue(t, named("localhost"))), "bad certificate", "lacks the DNS name swiper.swiper.internal"},
		"expired":       {showing(ca.issue(t, until(now.Add(-time.Minute)))), "expired certificate", "certificate has expired"},
		"server's only": {showing(ca.issue(t, usable(server))), "bad certificate", "incompatible key usage"},
		"for no use":    {showing(ca.issue(t, usable())), "bad certificate", "lacks the extended key usage of clients"},
		"TLS 1.2": {
			trusting(&tls.Config{MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{good.tls}}),
			"protocol version not supported", "client offered only unsupported versions",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNode(t, ca.pem, ca.issue(t))
			addr := serve(t, n.load(t))
			_, err := ask(t, dial(t, addr, s.creds))
			require.Equal(t, codes.Unavailable, status.Code(err), "%v", err)
			require.ErrorContains(t, err, s.told)
			n.log.requireSoon(t, s.log)
			n.log.requireSoon(t, "a peer is refused")
			requireTalk(t, addr, newNode(t, ca.pem, good).load(t))
		})
	}
}

func TestStrangersAreNotTalkedTo(t *testing.T) {
	t.Parallel()
	ca, other := newIssuer(t, "ca"), newIssuer(t, "other")
	showing := func(c issued) credentials.TransportCredentials {
		return credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{c.tls}})
	}
	for name, s := range map[string]stranger{
		"plaintext":     {creds: insecure.NewCredentials(), log: "first record does not look like a TLS handshake"},
		"another CA":    {creds: showing(other.issue(t)), log: "signed by unknown authority"},
		"another name":  {creds: showing(ca.issue(t, named("blue.swiper.internal"))), log: "valid for blue.swiper.internal, not swiper.swiper.internal"},
		"any name":      {creds: showing(ca.issue(t, named("*.swiper.internal"))), log: "is of another cluster"},
		"expired":       {creds: showing(ca.issue(t, until(now.Add(-time.Minute)))), log: "certificate has expired"},
		"client's only": {creds: showing(ca.issue(t, usable(client))), log: "incompatible key usage"},
		"for no use":    {creds: showing(ca.issue(t, usable())), log: "lacks the extended key usage of servers"},
		"TLS 1.2": {
			creds: credentials.NewTLS(&tls.Config{MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{ca.issue(t).tls}}),
			log:   "protocol version not supported",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNode(t, ca.pem, ca.issue(t))
			creds := n.load(t)
			_, err := ask(t, dial(t, serve(t, s.creds), creds))
			require.Equal(t, codes.Unavailable, status.Code(err), "%v", err)
			require.ErrorContains(t, err, "refused to talk to 127.0.0.1:")
			require.ErrorContains(t, err, s.log)
			n.log.requireSoon(t, "a peer is not talked to")
			requireTalk(t, serve(t, newNode(t, ca.pem, ca.issue(t)).load(t)), creds)
		})
	}
}

// A certificate is judged by the clock at the handshake, not at the start.
func TestACertificateExpiresWhileItIsUsed(t *testing.T) {
	t.Parallel()
	ca := newIssuer(t, "ca")
	n, short := newNode(t, ca.pem, ca.issue(t)), newNode(t, ca.pem, ca.issue(t, until(now.Add(time.Hour))))
	addr, creds := serve(t, n.load(t)), short.load(t)
	standing := dial(t, addr, creds)
	_, err := ask(t, standing)
	require.NoError(t, err)

	n.pass(2 * time.Hour)
	short.pass(2 * time.Hour)
	_, err = ask(t, dial(t, addr, creds))
	require.ErrorContains(t, err, "expired certificate")
	_, err = ask(t, standing)
	require.NoError(t, err, "what stands is not cut")
}

// Strangers who knock often are not written down each time, and whoever only
// looks whether somebody listens is not at all.
func TestKnockingFillsNoLog(t *testing.T) {
	t.Parallel()
	ca := newIssuer(t, "ca")
	n := newNode(t, ca.pem, ca.issue(t))
	addr := serve(t, n.load(t))
	knock := func(text string) {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
		require.NoError(t, err)
		defer conn.Close()
		if text != "" {
			_, err = conn.Write([]byte(text))
			require.NoError(t, err)
			require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
			_, _ = conn.Read(make([]byte, 100)) // waits for the answer, or the end
		}
	}
	for range 10 {
		knock("")
	}
	for range 10 {
		knock("GET / HTTP/1.1\r\n\r\n")
	}
	n.log.requireSoon(t, "a peer is refused")
	requireTalk(t, addr, newNode(t, ca.pem, ca.issue(t)).load(t))
	require.Equal(t, 1, n.log.count("\n"))
	n.pass(time.Minute)
	knock("GET / HTTP/1.1\r\n\r\n")
	n.log.requireSoon(t, "unlogged_before=9")
}
