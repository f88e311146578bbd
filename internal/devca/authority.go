package devca

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/swiperhq/swiper/internal/nodetls"
)

const (
	authorityName = "ca"
	keySuffix     = "-key"
	authorityLife = 10 * 365 * 24 * time.Hour
	// skew is how far back certificates are good, for machines whose clocks differ.
	skew = time.Hour
)

// authority is a CA that can issue.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
	made bool // just now
}

// paths are where a name's certificate and key are.
func paths(dir, name string) (cert, key string) {
	return filepath.Join(dir, name+".pem"), filepath.Join(dir, name+keySuffix+".pem")
}

// open takes the CA in the folder, or makes one where there is none.
func open(r Request, now time.Time) (*authority, error) {
	certPath, keyPath := paths(r.Dir, authorityName)
	certPEM, certErr := os.ReadFile(certPath) //nolint:gosec // the folder is the caller's
	keyPEM, keyErr := os.ReadFile(keyPath)    //nolint:gosec // the folder is the caller's
	switch {
	case errors.Is(certErr, fs.ErrNotExist) && errors.Is(keyErr, fs.ErrNotExist):
		return create(r, now)
	case errors.Is(certErr, fs.ErrNotExist):
		return nil, fmt.Errorf("%s is there without %s: bring the certificate back, or name another folder", keyPath, certPath)
	case errors.Is(keyErr, fs.ErrNotExist):
		return nil, fmt.Errorf("%s is there without its key, %s: nothing can be issued; bring the key back, or name another folder", certPath, keyPath)
	}
	if err := errors.Join(certErr, keyErr); err != nil {
		return nil, fmt.Errorf("read the CA: %w", err)
	}
	return parse(certPath, keyPath, certPEM, keyPEM)
}

// parse finds, in a file that may hold several CAs, the one that the key is of.
func parse(certPath, keyPath string, certPEM, keyPEM []byte) (*authority, error) {
	key, err := nodetls.PrivateKey(keyPEM)
	if err != nil {
		return nil, fmt.Errorf("%s %w", keyPath, err)
	}
	certs, err := nodetls.Certificates(certPEM)
	if err != nil {
		return nil, fmt.Errorf("%s %w", certPath, err)
	}
	for _, c := range certs {
		if nodetls.Fits(key, c) {
			if !c.IsCA {
				return nil, fmt.Errorf("%s is no CA", certPath)
			}
			return &authority{cert: c, key: key}, nil
		}
	}
	return nil, fmt.Errorf("%s does not fit %s", keyPath, certPath)
}

func create(r Request, now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	tmpl := &x509.Certificate{
		// Two CAs of one cluster, as during a rotation, must not share a name.
		Subject:               pkix.Name{CommonName: "Swiper development CA " + now.UTC().Format("2006-01-02 15:04:05")},
		NotBefore:             now.Add(-skew),
		NotAfter:              now.Add(authorityLife),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make the CA: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make the CA: %w", err)
	}
	certPath, keyPath := paths(r.Dir, authorityName)
	keyPEM, err := encodeKey(key)
	if err != nil {
		return nil, err
	}
	// The key first: it is what another run must not have made meanwhile.
	if err := writeNew(keyPath, keyPEM, 0o600); err != nil {
		return nil, fmt.Errorf("write the CA's key: %w", err)
	}
	if err := writeNew(certPath, encodeCert(der), 0o644); err != nil {
		return nil, fmt.Errorf("write the CA: %w", err)
	}
	return &authority{cert: cert, key: key, made: true}, nil
}
