package config

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// AuthKey gives the key that signs access tokens: the setting, or else the one
// kept in the data folder as auth.key, which is generated the first time and
// readable by its owner only.
func (s *Settings) AuthKey() ([]byte, error) {
	if s.Auth.Key != "" {
		return []byte(s.Auth.Key), nil
	}
	return keyFile(s.Data.Dir, "auth.key")
}

// PhoneKeys gives the keys that phone numbers are sealed with, the current one
// first: the setting, or else what is kept in the data folder as phone.key,
// which is generated the first time and readable by its owner only.
func (s *Settings) PhoneKeys() ([][]byte, error) {
	text := s.Phone.Key
	if text == "" {
		kept, err := keyFile(s.Data.Dir, "phone.key")
		if err != nil {
			return nil, err
		}
		text = string(kept)
	}
	var keys [][]byte
	for _, key := range list(text) {
		keys = append(keys, []byte(key))
	}
	return keys, nil
}

// keyFile reads the key kept under name in dir. Several processes may ask at
// once: each writes a key of its own aside, and the first to link it wins.
func keyFile(dir, name string) ([]byte, error) {
	path := filepath.Join(dir, name)
	key, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	aside, err := os.CreateTemp(dir, name+".*") // made with mode 0600
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	defer os.Remove(aside.Name()) //nolint:errcheck // a leftover file harms nobody
	// 26 characters of base32 carry 128 bits: two of them 256.
	_, err = aside.WriteString(rand.Text() + rand.Text() + "\n")
	if err := errors.Join(err, aside.Sync(), aside.Close()); err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if err := os.Link(aside.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("key file: %w", err)
	}
	return readKey(path)
}

func readKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path) //nolint:gosec // inside the operator's data folder
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	key := strings.TrimSpace(string(text))
	if len(key) < minKeyBytes {
		return nil, fmt.Errorf("key file %s holds fewer than %d bytes; remove it to have a new one generated", path, minKeyBytes)
	}
	return []byte(key), nil
}

// ErrInUse says that another process has the embedded database open.
var ErrInUse = errors.New("the embedded database is in use by another process")

// LockData keeps other processes away from the embedded database until release
// is called, and makes its folder when missing. With another store there is
// nothing to lock. ErrInUse when another process holds it.
func (s *Settings) LockData() (release func() error, err error) {
	path, ok := s.SQLitePath()
	if !ok {
		return func() error { return nil }, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	// The lock is the kernel's and ends with the process; the file stays, since
	// removing it would let two processes lock two files of one name.
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	got, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	if !got {
		return nil, fmt.Errorf("%w: %s", ErrInUse, path)
	}
	return lock.Unlock, nil
}
