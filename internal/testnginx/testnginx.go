//go:build unix

// Package testnginx runs the machine's nginx for tests: on loopback, in a folder
// of the test's own, as the user who runs the test. Where there is none the test is
// skipped with a line that says so; where CI is "true" it fails instead.
//
// It knows no configuration of ours.
package testnginx

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Program gives the path of nginx.
func Program(tb testing.TB) string {
	tb.Helper()
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		tb.Fatal("nginx must be installed in CI: nothing is tested against it otherwise")
	}
	tb.Skip("skipped: there is no nginx here, so nothing was tested against it")
	return ""
}

// Certificate makes a self-signed certificate of name in dir.
func Certificate(tb testing.TB, dir, name string) (certFile, keyFile string) {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(tb, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(tb, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(tb, err)
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(tb, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	return write("cert.pem", "CERTIFICATE", cert), write("key.pem", "PRIVATE KEY", private)
}

// Write writes files into dir, and beside them an nginx.conf whose http block
// includes the one called site.conf, and gives its path.
func Write(tb testing.TB, dir string, files map[string]string) (conf string) {
	tb.Helper()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		require.NoError(tb, os.WriteFile(filepath.Join(dir, name), []byte(files[name]), 0o600))
	}
	me, err := user.Current()
	require.NoError(tb, err)
	as := ""
	if me.Uid == "0" { // its workers would be nobody, who may not read the folder
		as = "user root;\n"
	}
	conf = filepath.Join(dir, "nginx.conf")
	require.NoError(tb, os.WriteFile(conf, fmt.Appendf(nil, `%[2]sdaemon off;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log;
worker_processes 2;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path %[1]s/client_body;
    proxy_temp_path %[1]s/proxy;
    fastcgi_temp_path %[1]s/fastcgi;
    uwsgi_temp_path %[1]s/uwsgi;
    scgi_temp_path %[1]s/scgi;
    include site.conf;
}
`, dir, as), 0o600))
	return conf
}

// Start runs nginx on a configuration that Write made and waits until it listens on
// address; it is stopped when the test ends.
func Start(tb testing.TB, dir, conf, address string) {
	tb.Helper()
	// Not the test's context: it has ended when cleanups run.
	cmd := exec.CommandContext(context.Background(), Program(tb), "-p", dir, "-c", conf, "-e", filepath.Join(dir, "error.log")) //nolint:gosec // the test's own
	require.NoError(tb, cmd.Start())
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	tb.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // its workers end with it
		<-ended
	})
	require.Eventually(tb, func() bool {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(tb.Context(), "tcp", address)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	}, 30*time.Second, 20*time.Millisecond, "nginx does not listen on %s: %s", address, Log(dir))
}

// Log gives what nginx complained of.
func Log(dir string) string {
	text, err := os.ReadFile(filepath.Join(dir, "error.log")) //nolint:gosec // the test's own
	if err != nil {
		return err.Error()
	}
	return string(text)
}
