//go:build linux

package main

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/swiperhq/swiper/scripts/bench/rig"
	"github.com/swiperhq/swiper/scripts/chaos/judge"
	"github.com/swiperhq/swiper/scripts/chaos/stage"
)

// watchEvery is how often memory and views are looked at.
const watchEvery = 500 * time.Millisecond

// watch takes note of the nodes' memory and of what they say of the members.
func (b *bout) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		for node := range b.record.Nodes {
			n := b.stage.Nodes[node]
			bytes, err := rig.ResidentOf(n.PID())
			at := time.Now()
			var view *judge.View
			if stage.Provider(b.o.provider) != stage.None {
				view = &judge.View{Node: node, At: at}
				view.Hash, view.Members = members(ctx, n.Admin)
			}
			b.mu.Lock()
			if err == nil { // else it has just ended
				b.record.Memory = append(b.record.Memory, judge.Memory{Node: node, At: at, Bytes: bytes})
			}
			if view != nil {
				b.record.Views = append(b.record.Views, *view)
			}
			b.mu.Unlock()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// stallTick is how often whoever watches for stalls wants to be woken.
const stallTick = 20 * time.Millisecond

// watchStalls takes note of the longest that nobody woke us.
func (b *bout) watchStalls(ctx context.Context) {
	tick := time.NewTicker(stallTick)
	defer tick.Stop()
	for last := time.Now(); ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		now := time.Now()
		b.mu.Lock()
		b.record.Stall = max(b.record.Stall, now.Sub(last)-stallTick)
		b.mu.Unlock()
		last = now
	}
}

// members asks a node whom it knows; the hash is empty if it does not answer.
func members(ctx context.Context, admin string) (view string, n int) {
	ctx, cancel := context.WithTimeout(ctx, watchEvery)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, admin+"/admin/members", nil)
	if err != nil {
		return "", 0
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", 0
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end or not needed
	var got struct {
		View    string            `json:"view"`
		Members []json.RawMessage `json:"members"`
	}
	if resp.StatusCode != http.StatusOK || json.NewDecoder(resp.Body).Decode(&got) != nil {
		return "", 0
	}
	return got.View, len(got.Members)
}
