package main

import (
	"context"
	"net/http"
	"time"

	"github.com/swiperhq/swiper/scripts/bench/crowd"
	"github.com/swiperhq/swiper/scripts/internal/ending"
	"github.com/swiperhq/swiper/social"
)

const people = 5000

// stage is a server, those who use it and what they send.
type stage struct {
	*crowd.Crowd

	http    *http.Client
	picture []byte

	swiped, sent int      // so many, in all rounds
	pending      []string // where the tasks of pictures are, and whose they are
	owners       []social.UserID
}

func open(ctx context.Context, haste *ending.Haste, o *options) (*stage, error) {
	picture, err := photo()
	if err != nil {
		return nil, err
	}
	c, err := crowd.Open(ctx, haste, crowd.Options{People: people, Flags: o.flags, Unlimited: []string{"likes_per_day"}})
	return &stage{
		Crowd: c, picture: picture,
		http: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: people}},
	}, err
}

func (s *stage) close() error {
	s.http.CloseIdleConnections()
	return s.Close()
}
