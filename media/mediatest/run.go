package mediatest

import (
	"slices"
	"testing"
	"time"

	"github.com/swiperhq/swiper/media"
)

// Backend is a fresh, empty store that belongs to one case.
type Backend struct {
	Store media.Store
	// Now is the store's clock, and Advance moves it, and that of the server
	// behind the store.
	Now     func() time.Time
	Advance func(time.Duration)
	// Guess is where a stranger would look for the bytes of a private key.
	Guess func(media.Key) string
	// Replaceable: until its ticket expires, a client may send other bytes in
	// place of those it has sent. Not every server can refuse that.
	Replaceable bool
	// Unsniffed: the server believes what type a client says it sends.
	Unsniffed bool
	// CachedElsewhere: how long others keep public objects is set at the CDN,
	// not with the object.
	CachedElsewhere bool
}

// Factory makes a Backend and closes with t.Cleanup what it opened.
type Factory func(t *testing.T) Backend

// testCase is one promise of the contract.
type testCase struct {
	name string
	run  func(t *testing.T, b Backend)
}

// Run runs every case against a store from fresh.
func Run(t *testing.T, fresh Factory) {
	t.Helper()
	for _, c := range slices.Concat(objectCases(), publicCases(), ticketCases(), linkCases()) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, fresh(t))
		})
	}
}
