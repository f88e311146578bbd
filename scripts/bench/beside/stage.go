package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/internal/ending"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/scripts/loadtest/server"
	"github.com/swiperhq/swiper/social"
)

const (
	people     = 5000
	tokensLast = time.Hour
)

// stage is a server and those who use it.
type stage struct {
	server  *server.Server
	client  *client.Client
	admin   *client.Admin
	ring    client.Keyring
	history checker.History
	http    *http.Client
	picture []byte

	swiped, sent int      // so many, in all rounds
	pending      []string // where the tasks of pictures are, and whose they are
	owners       []social.UserID
}

func open(ctx context.Context, haste *ending.Haste, o *options) (_ *stage, err error) {
	s := &stage{http: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: people}}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.picture, err = photo(); err != nil {
		return nil, err
	}
	if s.server, err = server.Start(ctx, server.Options{Users: people, Flags: o.flags}); err != nil {
		return nil, err
	}
	haste.On(func() {
		s.server.Kill()
		_ = s.server.Stop() // nobody is left to tell
	})
	s.client, err = client.New(client.Options{Targets: []string{s.server.HTTP}, Tokens: &s.ring, History: &s.history})
	if err != nil {
		return nil, err
	}
	if s.admin, err = client.NewAdmin(s.server.Admin, ""); err != nil {
		return nil, err
	}
	for _, rule := range []string{"requests_per_address", "likes_per_day"} {
		if err := s.admin.Set(ctx, rule, []byte("null")); err != nil {
			return nil, err
		}
	}
	all := make([]social.UserID, people)
	for i := range all {
		all[i] = social.UserID(i + 1)
	}
	return s, s.admin.Tokens(ctx, all, tokensLast, &s.ring)
}

func (s *stage) close() error {
	s.http.CloseIdleConnections()
	if s.client != nil {
		s.client.Close()
	}
	if s.admin != nil {
		s.admin.Close()
	}
	if s.server != nil {
		return s.server.Stop()
	}
	return nil
}
