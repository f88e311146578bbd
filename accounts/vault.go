package accounts

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"

	"github.com/swiperhq/swiper/persistence"
)

const (
	minVaultKey  = 32 // bytes
	sealVersion  = 1
	keyIDBytes   = 4
	headerBytes  = 1 + keyIDBytes // of a sealed text: version, id of the key
	derivedBytes = 32
)

// Vault keeps phone numbers: sealed with AES-256-GCM for those who hold the key
// and indexed by HMAC-SHA-256. The text carries the id of its key, so that keys
// can be replaced: put the new one in front and keep the former ones as long as
// anything is sealed with them.
type Vault struct {
	keys []vaultKey // the first seals, all open
	macs []byte     // of codes and limits, under the first key
}

type vaultKey struct {
	id    [keyIDBytes]byte
	aead  cipher.AEAD
	index []byte
}

// NewVault takes the current key and any former ones, at least 32 bytes each.
func NewVault(keys [][]byte) (*Vault, error) {
	if len(keys) == 0 {
		return nil, errors.New("accounts: a phone key is required")
	}
	v := &Vault{}
	for i, secret := range keys {
		key, err := deriveKey(secret)
		if err != nil {
			return nil, fmt.Errorf("accounts: phone key %d: %w", i+1, err)
		}
		if v.byID(key.id[:]) != nil {
			return nil, fmt.Errorf("accounts: phone key %d is given twice", i+1)
		}
		v.keys = append(v.keys, key)
	}
	var err error
	if v.macs, err = derive(keys[0], "codes"); err != nil {
		return nil, err
	}
	return v, nil
}

func deriveKey(secret []byte) (vaultKey, error) {
	var key vaultKey
	if len(secret) < minVaultKey {
		return key, fmt.Errorf("at least %d bytes are needed, not %d", minVaultKey, len(secret))
	}
	id, err := derive(secret, "id")
	if err != nil {
		return key, err
	}
	copy(key.id[:], id)
	if key.index, err = derive(secret, "index"); err != nil {
		return key, err
	}
	seal, err := derive(secret, "seal")
	if err != nil {
		return key, err
	}
	block, err := aes.NewCipher(seal)
	if err != nil {
		return key, err
	}
	key.aead, err = cipher.NewGCMWithRandomNonce(block)
	return key, err
}

func derive(secret []byte, purpose string) ([]byte, error) {
	return hkdf.Key(sha256.New, secret, nil, "swiper phone "+purpose, derivedBytes)
}

// Seal gives text as it is stored, under the current key. Sealing the same text
// again gives the same index and another ciphertext.
func (v *Vault) Seal(text string) persistence.SealedPhone {
	key := &v.keys[0]
	header := append([]byte{sealVersion}, key.id[:]...)
	sealed := key.aead.Seal(header, nil, []byte(text), header) //nolint:gosec // the AEAD draws the nonce itself
	return persistence.SealedPhone{Index: mac(key.index, text), Sealed: sealed}
}

// Former gives the indexes of text under the keys that are being replaced.
func (v *Vault) Former(text string) [][]byte {
	var out [][]byte
	for i := range v.keys[1:] {
		out = append(out, mac(v.keys[i+1].index, text))
	}
	return out
}

// Open gives what was sealed, under whichever of the keys.
func (v *Vault) Open(sealed []byte) (string, error) {
	if len(sealed) < headerBytes || sealed[0] != sealVersion {
		return "", errors.New("accounts: not a sealed text of this version")
	}
	header, rest := sealed[:headerBytes], sealed[headerBytes:]
	key := v.byID(header[1:])
	if key == nil {
		return "", fmt.Errorf("accounts: sealed with a key that is not given (id %s)", hex.EncodeToString(header[1:]))
	}
	text, err := key.aead.Open(nil, nil, rest, header)
	if err != nil {
		return "", fmt.Errorf("accounts: open a sealed text: %w", err)
	}
	return string(text), nil
}

func (v *Vault) byID(id []byte) *vaultKey {
	for i := range v.keys {
		if hmac.Equal(v.keys[i].id[:], id) {
			return &v.keys[i]
		}
	}
	return nil
}

// hashOf gives the keyed hash of texts for a purpose. It is for what may be
// lost: another current key makes other hashes.
func (v *Vault) hashOf(purpose string, texts ...string) []byte {
	return mac(v.macs, append([]string{purpose}, texts...)...)
}

// mac authenticates texts, each with its length: "a", "bc" is not "ab", "c".
func mac(key []byte, texts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, text := range texts {
		writeText(h, text)
	}
	return h.Sum(nil)
}

func writeText(h hash.Hash, text string) {
	fmt.Fprintf(h, "%d:%s", len(text), text)
}
