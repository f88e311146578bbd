package client

import (
	"strings"
	"sync"

	"github.com/swiperhq/swiper/social"
)

const bearer = "Bearer "

// Keyring holds the access tokens of those who take part.
type Keyring struct {
	mu      sync.RWMutex
	headers map[social.UserID]string
}

// Put gives uid a token, in place of the one it has.
func (k *Keyring) Put(uid social.UserID, token string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.headers == nil {
		k.headers = map[social.UserID]string{}
	}
	k.headers[uid] = bearer + token
}

// Has tells whether uid has a token.
func (k *Keyring) Has(uid social.UserID) bool { return k.header(uid) != "" }

// Token gives uid's token, "" for none.
func (k *Keyring) Token(uid social.UserID) string { return strings.TrimPrefix(k.header(uid), bearer) }

func (k *Keyring) header(uid social.UserID) string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.headers[uid]
}
