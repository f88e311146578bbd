//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/scripts/bench/load"
	"github.com/swiperhq/swiper/scripts/bench/plain"
	"github.com/swiperhq/swiper/scripts/bench/report"
	"github.com/swiperhq/swiper/scripts/bench/rig"
	"github.com/swiperhq/swiper/scripts/bench/world"
	"github.com/swiperhq/swiper/social"
)

const (
	deckClients = 8  // at a time, besides one alone
	deckSwipes  = 5  // between two deals of a user
	deckDeals   = 10 // further ones of each user
	quickDeals  = 2  // with --quick
)

// decks measures dealing to people who have swiped nobody, many or very many,
// against the query of a course. Each design deals to a part of the people of each
// kind: their swipes would be the others'.
func (b *bench) decks(ctx context.Context) error {
	for part, design := range deckDesigns() {
		// They were here before: their actors have come and gone.
		if _, err := b.dealt(ctx, design, part, false); err != nil {
			return err
		}
		for pass := range b.passes() {
			decks, err := b.dealt(ctx, design, part, pass == 0)
			if err != nil {
				return err
			}
			b.report.Decks = append(b.report.Decks, decks...)
		}
	}
	if err := b.settle(ctx); err != nil {
		return err
	}
	b.report.Decks = report.MergeDecks(b.report.Decks)
	for _, d := range b.report.Decks {
		b.say("%-7s deck after %5d swipes, %d at a time, first %-5v: p50 %.1f, p99 %.1f ms, %.1f cards", d.Design, d.Swiped, d.Clients, d.First, d.P50Ms, d.P99Ms, d.Cards)
	}
	return nil
}

// dealt starts a design anew and deals once to everyone of its part, and then
// further decks if asked to.
func (b *bench) dealt(ctx context.Context, design string, part int, further bool) (decks []report.Deck, err error) {
	s, err := b.start(ctx, design, b.poolOf(design))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	for _, kind := range b.world.Kinds() {
		people, err := b.dealers(s, kind, part)
		if err != nil {
			return nil, err
		}
		runs := []load.Dealing{{Clients: 1, Deals: 1}}
		if further {
			deals := deckDeals
			if b.Quick {
				deals = quickDeals
			}
			runs = append(runs, load.Dealing{Clients: 1, Deals: deals, Swipes: deckSwipes}, load.Dealing{Clients: deckClients, Deals: deals, Swipes: deckSwipes})
		}
		for i, run := range runs {
			r, err := run.Run(ctx, people)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", design, err)
			}
			b.ledger.add(design, r.Swipes, 0, 0)
			decks = append(decks, report.Deck{
				Design: design, Swiped: kind.Swiped, Clients: run.Clients, First: i == 0, Millis: r.Millis, CardsSeen: r.Cards,
			})
		}
	}
	return decks, nil
}

func deckDesigns() []string { return []string{plain.Course, plain.CourseORM, swiper} }

// dealers gives clients of one part of the people of a kind.
func (b *bench) dealers(s *rig.Server, kind world.Kind, part int) ([]*load.Dealer, error) {
	tokens := accounts.NewTokens([]byte(b.key), time.Now)
	var out []*load.Dealer
	for i := int64(part); i < kind.People; i += int64(len(deckDesigns())) {
		token, err := tokens.Mint(social.UserID(kind.First+i), time.Hour)
		if err != nil {
			return nil, err
		}
		out = append(out, load.NewDealer(s.URL, token))
	}
	return out, nil
}
