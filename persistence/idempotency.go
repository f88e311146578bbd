package persistence

import "time"

// KeyLife is how long an Idempotency-Key is remembered.
const KeyLife = 24 * time.Hour

// IdempotencyKey marks a request that its client may send again. The zero value
// is no key.
//
// A write that carries one stores its answer under (uid, key) in the
// transaction of its effect. The same key again, within KeyLife, gives that
// answer, marked Replayed, and changes nothing, whatever has happened since; with
// another digest it is refused with CodeIdempotencyMismatch. Only successes are
// stored: what was refused had no effect and is decided anew. Requests with the
// same key at the same time: one acts, the others get its answer.
type IdempotencyKey struct {
	Key    string // 1–200 printable ASCII characters, as the client sent it
	Digest []byte // SHA-256 of what was asked for
}

// maxKey bounds Key.
const maxKey = 200

// None tells that there is no key.
func (k IdempotencyKey) None() bool { return k.Key == "" }

// Valid tells whether a store takes k: it is none, or as its fields say.
func (k IdempotencyKey) Valid() bool {
	if k.None() {
		return true
	}
	for i := range len(k.Key) {
		if k.Key[i] < ' ' || k.Key[i] > '~' {
			return false
		}
	}
	return len(k.Key) <= maxKey && len(k.Digest) > 0
}
