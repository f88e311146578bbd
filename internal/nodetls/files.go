package nodetls

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// identity is what one reading of the three files gave.
type identity struct {
	pair  tls.Certificate
	roots *x509.CertPool
	// until is when the certificate, or the CA above it, ceases to be good.
	until time.Time
	sum   [sha256.Size]byte
}

// contents are the three files as read together.
type contents struct{ ca, cert, key []byte }

func (c contents) sum() [sha256.Size]byte {
	h := sha256.New()
	for _, b := range [][]byte{c.ca, c.cert, c.key} {
		part := sha256.Sum256(b)
		h.Write(part[:])
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// read reads all files and gives every reason why one cannot be.
func read(o Options) (c contents, errs []error) {
	for _, f := range []struct {
		path, what string
		to         *[]byte
	}{{o.CA, "CA", &c.ca}, {o.Cert, "certificate", &c.cert}, {o.Key, "key", &c.key}} {
		if f.path == "" {
			errs = append(errs, fmt.Errorf("no %s file is named", f.what))
			continue
		}
		b, err := os.ReadFile(f.path)
		if err != nil {
			errs = append(errs, fmt.Errorf("read %s file: %w", f.what, err))
			continue
		}
		*f.to = b
	}
	return c, errs
}

var begin = []byte("-----BEGIN")

// blocks splits PEM text. A file cut off within a block is refused: the blocks
// before it alone could be one CA of two.
func blocks(text []byte) ([]*pem.Block, error) {
	var out []*pem.Block
	for {
		b, rest := pem.Decode(text)
		if b == nil {
			if bytes.Contains(rest, begin) {
				return nil, errors.New("is not whole: it ends within a PEM block")
			}
			if len(out) == 0 {
				return nil, errors.New("is not PEM")
			}
			return out, nil
		}
		if bytes.Count(text[:len(text)-len(rest)], begin) > 1 {
			return nil, errors.New("is not whole: a PEM block before its last is damaged")
		}
		out, text = append(out, b), rest
	}
}

// Certificates reads a file that holds nothing but certificates.
func Certificates(text []byte) ([]*x509.Certificate, error) {
	bs, err := blocks(text)
	if err != nil {
		return nil, err
	}
	var out []*x509.Certificate
	for _, b := range bs {
		if b.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("holds a PEM block %q where only certificates belong", b.Type)
		}
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, fmt.Errorf("holds a certificate that cannot be read: %w", err)
		}
		out = append(out, c)
	}
	return out, nil
}

// PrivateKey reads a key in PEM: PKCS #8, SEC 1 or PKCS #1, not encrypted.
func PrivateKey(text []byte) (crypto.Signer, error) {
	bs, err := blocks(text)
	if err != nil {
		return nil, err
	}
	for _, b := range bs {
		if strings.Contains(b.Type, "ENCRYPTED") || b.Headers["DEK-Info"] != "" {
			return nil, errors.New("is encrypted; a node has nobody to ask for the password")
		}
		if !strings.HasSuffix(b.Type, "PRIVATE KEY") {
			continue // openssl writes the curve's parameters before the key
		}
		var signer crypto.Signer
		k, err := x509.ParsePKCS8PrivateKey(b.Bytes)
		if err == nil {
			signer, _ = k.(crypto.Signer) // a key that only agrees on secrets is told below
		} else if ec, e := x509.ParseECPrivateKey(b.Bytes); e == nil {
			signer = ec
		} else if rsa, e := x509.ParsePKCS1PrivateKey(b.Bytes); e == nil {
			signer = rsa
		}
		if signer == nil {
			return nil, errors.New("holds a key that cannot be read")
		}
		return signer, nil
	}
	return nil, errors.New("holds no private key")
}

// Fits tells whether the key is that of the certificate.
func Fits(k crypto.Signer, c *x509.Certificate) bool {
	// Every public key of the standard library has Equal.
	pub, ok := k.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && pub.Equal(c.PublicKey)
}
