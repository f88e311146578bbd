package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// Dealer is one user who asks for decks.
type Dealer struct {
	client     *http.Client
	url, token string
	cards      []int64 // of the last deck
}

// NewDealer makes the client of the bearer of a token.
func NewDealer(url, token string) *Dealer {
	return &Dealer{client: &http.Client{Transport: &http.Transport{}, Timeout: requestTimeout}, url: url, token: token}
}

// Dealing is how people ask for decks.
type Dealing struct {
	Clients int // people at a time
	Deals   int // of each
	Swipes  int // cards of the last deck that are swiped away before each
}

// Dealt is what came of it.
type Dealt struct {
	Millis []float64 // each deal
	Cards  int       // all together
	Swipes int64     // answered
}

// Run deals to each of people. Any refusal is an error.
func (d Dealing) Run(ctx context.Context, people []*Dealer) (all Dealt, err error) {
	results := make([]Dealt, len(people))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(d.Clients)
	for i, p := range people {
		work.Go(func() error {
			defer p.client.CloseIdleConnections()
			for range d.Deals {
				swiped, err := p.swipeAway(ctx, d.Swipes)
				if err != nil {
					return err
				}
				results[i].Swipes += swiped
				begun := time.Now()
				if err := p.deal(ctx); err != nil {
					return err
				}
				results[i].Millis = append(results[i].Millis, float64(time.Since(begun).Microseconds())/1000)
				results[i].Cards += len(p.cards)
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return all, err
	}
	for _, r := range results {
		all.Millis, all.Cards = append(all.Millis, r.Millis...), all.Cards+r.Cards
		all.Swipes += r.Swipes
	}
	return all, nil
}

// swipeAway gives how many of the n first cards there were to swipe.
func (d *Dealer) swipeAway(ctx context.Context, n int) (swiped int64, err error) {
	for _, id := range d.cards[:min(n, len(d.cards))] {
		if err := d.call(ctx, http.MethodPost, "/v1/swipes", fmt.Sprintf(`{"user_id":%d,"mark":"dislike"}`, id), nil); err != nil {
			return swiped, err
		}
		swiped++
	}
	return swiped, nil
}

func (d *Dealer) deal(ctx context.Context) error {
	var deck struct {
		Cards []struct {
			UserID int64 `json:"user_id"`
		} `json:"cards"`
	}
	if err := d.call(ctx, http.MethodGet, "/v1/deck", "", &deck); err != nil {
		return err
	}
	d.cards = d.cards[:0]
	for _, c := range deck.Cards {
		d.cards = append(d.cards, c.UserID)
	}
	return nil
}

func (d *Dealer) call(ctx context.Context, method, path, body string, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, d.url+path, bytes.NewBufferString(body))
	if err != nil {
		return err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Authorization", "Bearer "+d.token)
	resp, err := d.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	said, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, said)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(said, into)
}
