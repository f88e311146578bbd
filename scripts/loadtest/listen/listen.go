package listen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/social"
)

// Options of Start. All are required but the last two.
type Options struct {
	Targets []string // base URLs of public listeners
	People  []social.UserID
	Tokens  *client.Keyring
	// After gives the cursor behind which uid listens.
	After   func(uid social.UserID) string
	History *checker.History
	Clock   func() int64 // as the history's
	// Within is how long the first connections may take; 0: 10 s.
	Within time.Duration
	// HTTP makes the connections; nil: http.DefaultClient does.
	HTTP *http.Client
}

// Listeners listen until they are stopped.
type Listeners struct {
	each []*listener
	stop context.CancelFunc
	over sync.WaitGroup
}

// dials is how many connections are opened at a time.
const dials = 64

// Start lets everybody connect. It returns when each has a connection, or has tried
// for o.Within; an error names the target that is no URL of a server.
func Start(ctx context.Context, o Options) (*Listeners, error) {
	if len(o.Targets) == 0 || o.Tokens == nil || o.After == nil || o.History == nil || o.Clock == nil {
		return nil, errors.New("listen: Targets, Tokens, After, History and Clock are required")
	}
	sockets := make([]string, len(o.Targets))
	for i, target := range o.Targets {
		u, err := url.Parse(target)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
			return nil, fmt.Errorf("listen: %q is not the URL of a server", target)
		}
		u.Scheme, u.Path = "ws"+u.Scheme[len("http"):], "/v1/realtime"
		sockets[i] = u.String()
	}
	lasting, stop := context.WithCancel(context.WithoutCancel(ctx))
	all := &Listeners{stop: stop}
	places := make(chan struct{}, dials)
	for i, uid := range o.People {
		l := &listener{o: &o, uid: uid, after: o.After(uid), sockets: sockets, node: i, dials: places, connected: make(chan struct{})}
		all.each = append(all.each, l)
		all.over.Go(func() { l.run(lasting) })
	}
	patience := time.NewTimer(cmp.Or(o.Within, connectTime))
	defer patience.Stop()
	for _, l := range all.each {
		select {
		case <-l.connected:
		case <-patience.C:
			return all, nil
		case <-ctx.Done():
			return all, nil
		}
	}
	return all, nil
}

// Connected counts those who have had a connection.
func (all *Listeners) Connected() (n int) {
	for _, l := range all.each {
		select {
		case <-l.connected:
			n++
		default:
		}
	}
	return n
}

// connectTime is how long is waited for the first connections.
const connectTime = 10 * time.Second

// look is the time between two looks at who has heard what.
const look = 20 * time.Millisecond

// Await waits until everybody has heard as many events as due says, or ctx ends.
func (all *Listeners) Await(ctx context.Context, due func(uid social.UserID) int) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for _, l := range all.each {
		for n := due(l.uid); l.heard() < n; {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}
}

// Stop closes all connections and notes them. It may be called again.
func (all *Listeners) Stop() {
	all.stop()
	all.over.Wait()
}
