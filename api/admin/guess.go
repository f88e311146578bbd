package admin

import (
	"net/netip"
	"sync"
	"time"
)

const (
	guessesAtOnce   = 10              // wrong tokens that an address may show at once
	guessesEvery    = 6 * time.Second // and one more after each of these
	maxGuessers     = 4096            // addresses that are told apart; the others count as one
	otherGuessers   = "others"
	ipv6NetworkBits = 64 // an IPv6 client has as many addresses as it likes below these
)

// guesses bounds how fast tokens can be tried. It counts wrong ones only, in
// memory, on this node.
type guesses struct {
	now func() time.Time

	mu sync.Mutex
	// free is when everything an address did will have been forgotten; each wrong
	// token moves it on by guessesEvery.
	free  map[string]time.Time
	swept time.Time
}

func newGuesses(now func() time.Time) *guesses {
	return &guesses{now: now, free: map[string]time.Time{}}
}

// wait tells how long an address is not listened to; 0: it is.
func (g *guesses) wait(addr string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	free, known := g.free[guesserOf(addr)]
	if !known && len(g.free) >= maxGuessers {
		free = g.free[otherGuessers]
	}
	// Not below zero first: what is long past is too far away to be computed with.
	return max(0, max(0, free.Sub(g.now()))-(guessesAtOnce-1)*guessesEvery)
}

// wrong counts a wrong token.
func (g *guesses) wrong(addr string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now, key := g.now(), guesserOf(addr)
	if _, known := g.free[key]; !known && len(g.free) >= maxGuessers {
		g.sweep(now)
		if len(g.free) >= maxGuessers {
			key = otherGuessers
		}
	}
	free := g.free[key]
	if free.Before(now) {
		free = now
	}
	g.free[key] = free.Add(guessesEvery)
}

// sweep forgets those who have behaved, not more often than it can free any: a
// crowd of guessers must not make each wrong token dear.
func (g *guesses) sweep(now time.Time) {
	if now.Sub(g.swept) < guessesEvery {
		return
	}
	g.swept = now
	for k, free := range g.free {
		if !free.After(now) {
			delete(g.free, k)
		}
	}
}

// guesserOf is what counts as one address.
func guesserOf(text string) string {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return otherGuessers
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if network, err := addr.Prefix(ipv6NetworkBits); err == nil {
			return network.String()
		}
	}
	return addr.String()
}
