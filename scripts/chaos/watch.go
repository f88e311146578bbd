//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

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
			bytes := resident(n.PID())
			at := time.Now()
			var view *judge.View
			if stage.Provider(b.o.provider) != stage.None {
				view = &judge.View{Node: node, At: at}
				view.Hash, view.Members = members(ctx, n.Admin)
			}
			b.mu.Lock()
			if bytes > 0 {
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

// resident gives how much memory of a process is in RAM, in bytes; 0: there is none.
func resident(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
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
