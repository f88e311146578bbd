package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/swiperhq/swiper/scripts/bench/world"
)

// Pacer sends the swipes of a sequence at a constant rate, whether they are
// answered or not: what a server keeps waiting is counted from when it was to be sent.
type Pacer struct {
	client   *http.Client
	sequence world.Sequence
	tokens   Tokens
	clients  int
}

// NewPacer has at most so many requests under way at a time; what cannot be sent
// in time is sent late, and its wait counted.
func NewPacer(s world.Sequence, tokens Tokens, clients int) *Pacer {
	transport := &http.Transport{MaxIdleConnsPerHost: clients, MaxConnsPerHost: clients}
	return &Pacer{&http.Client{Transport: transport, Timeout: requestTimeout}, s, tokens, clients}
}

// Paced is what came of it.
type Paced struct {
	OK     int64 // answers 2xx, those left out below included
	Sent   int
	Errors int       // answers that were not 2xx, and none
	Millis []float64 // from when each was to be sent until it was answered
}

// Run sends from swipe number first on, rate a second, to the server at url, and
// gives the number to go on with. What is sent in the first part, skip, is left out.
func (p *Pacer) Run(ctx context.Context, url string, first int64, rate float64, skip, d time.Duration) (Paced, int64, error) {
	tokens, err := os.Open(p.tokens.Path)
	if err != nil {
		return Paced{}, first, err
	}
	defer tokens.Close() //nolint:errcheck // only read
	defer p.client.CloseIdleConnections()
	total := int64(rate * (skip + d).Seconds())
	var (
		all   Paced
		mu    sync.Mutex
		begun = time.Now()
		work  sync.WaitGroup
	)
	for c := range int64(p.clients) {
		work.Go(func() {
			var own Paced
			timer := time.NewTimer(0)
			defer timer.Stop()
			<-timer.C
			for n := c; n < total; n += int64(p.clients) {
				after := time.Duration(float64(n) / rate * float64(time.Second))
				due := begun.Add(after)
				timer.Reset(time.Until(due))
				select {
				case <-ctx.Done():
					return
				case <-timer.C:
				}
				sent, err := p.send(ctx, tokens, url, first+n)
				if sent && err == nil {
					own.OK++
				}
				if !sent || after < skip {
					continue
				}
				own.Sent++
				own.Millis = append(own.Millis, float64(time.Since(due).Microseconds())/1000)
				if err != nil {
					own.Errors++
				}
			}
			mu.Lock()
			defer mu.Unlock()
			all.OK, all.Sent, all.Errors, all.Millis = all.OK+own.OK, all.Sent+own.Sent, all.Errors+own.Errors, append(all.Millis, own.Millis...)
		})
	}
	work.Wait()
	return all, first + total, ctx.Err()
}

// send makes swipe number n; sent is false for a number that is passed over.
func (p *Pacer) send(ctx context.Context, tokens io.ReaderAt, url string, n int64) (sent bool, err error) {
	i, sid, ok := p.sequence.Swipe(n)
	if !ok {
		return false, nil
	}
	token := make([]byte, p.tokens.Width)
	if _, err := tokens.ReadAt(token, i*int64(p.tokens.Width)); err != nil {
		return true, err
	}
	body := fmt.Sprintf(`{"user_id":%d,"mark":"%s"}`, sid, world.MarkOf(p.sequence.User(i), sid))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/swipes", strings.NewReader(body))
	if err != nil {
		return true, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+strings.TrimRight(string(token), " "))
	resp, err := p.client.Do(req)
	if err != nil {
		return true, err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return true, err
	}
	if resp.StatusCode != http.StatusOK {
		return true, errors.New(resp.Status)
	}
	return true, nil
}
