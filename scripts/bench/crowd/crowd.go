// Package crowd sets up a server of a command's own and people who are signed in to
// it, for benches that look at one thing.
//
// It does not know what they do.
package crowd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/internal/ending"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/scripts/loadtest/server"
	"github.com/swiperhq/swiper/social"
)

const tokensLast = time.Hour

// Options of Open. People is required.
type Options struct {
	People    int
	Flags     []string // of the server
	Unlimited []string // tunables that are set to null besides requests_per_address
}

// Crowd is the server and its people.
type Crowd struct {
	Server  *server.Server
	Client  *client.Client
	Admin   *client.Admin
	Tokens  client.Keyring
	History checker.History
	Epoch   time.Time // when it began
	People  []social.UserID
}

// Open starts the server. The caller has to Close what Open has given.
func Open(ctx context.Context, haste *ending.Haste, o Options) (_ *Crowd, err error) {
	c := &Crowd{Epoch: time.Now()}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	if c.Server, err = server.Start(ctx, server.Options{Users: int64(o.People), Flags: o.Flags}); err != nil {
		return nil, err
	}
	haste.On(func() {
		c.Server.Kill()
		_ = c.Server.Stop() // nobody is left to tell
	})
	for uid := range o.People {
		c.People = append(c.People, social.UserID(uid+1))
	}
	c.Client, err = client.New(client.Options{Targets: []string{c.Server.HTTP}, Epoch: c.Epoch, Tokens: &c.Tokens, History: &c.History})
	if err != nil {
		return nil, err
	}
	if c.Admin, err = client.NewAdmin(c.Server.Admin, ""); err != nil {
		return nil, err
	}
	for _, tunable := range append([]string{"requests_per_address"}, o.Unlimited...) {
		if err := c.Admin.Set(ctx, tunable, []byte("null")); err != nil {
			return nil, err
		}
	}
	return c, c.Admin.Tokens(ctx, c.People, tokensLast, &c.Tokens)
}

// Close stops the server.
func (c *Crowd) Close() error {
	if c.Client != nil {
		c.Client.Close()
	}
	if c.Admin != nil {
		c.Admin.Close()
	}
	if c.Server != nil {
		return c.Server.Stop()
	}
	return nil
}

// Run runs the command of the given name as ending.Run does, and tells why it failed.
func Run(name string, run func(ctx context.Context, haste *ending.Haste, args []string, out io.Writer) error, exit func(int)) int {
	return ending.Run(func(ctx context.Context, haste *ending.Haste) int {
		if err := run(ctx, haste, os.Args[1:], os.Stdout); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			return ending.CannotRun
		}
		return ending.Clean
	}, exit)
}
