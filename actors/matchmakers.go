package actors

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/swiperhq/swiper/actors/cluster"
	"github.com/swiperhq/swiper/social"
)

// matchmakers finds the matchmaker of a pair: one small table for all users of a node.
type matchmakers struct {
	node *cluster.Node
	pids []atomic.Pointer[actor.PID] // by shard; nil: to be looked up
}

func newMatchmakers(node *cluster.Node, shards int) *matchmakers {
	return &matchmakers{node: node, pids: make([]atomic.Pointer[actor.PID], shards)}
}

// shardOf gives the shard of a pair: both directions, and all pairs of a slot, go
// to one matchmaker.
func (m *matchmakers) shardOf(a, b social.UserID) int {
	return int(social.PairOf(a, b).Slot()) % len(m.pids)
}

// pid gives the matchmaker's address; nil if there is none to be had within a second.
func (m *matchmakers) pid(shard int) *actor.PID {
	if pid := m.pids[shard].Load(); pid != nil {
		return pid
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	pid := m.node.PID(ctx, kindMatchmaker, strconv.Itoa(shard))
	if pid != nil {
		m.pids[shard].Store(pid)
	}
	return pid
}

// forget makes the next pid look again, if gone is still what the table says.
func (m *matchmakers) forget(shard int, gone *actor.PID) {
	if pid := m.pids[shard].Load(); pid != nil && pid.Equal(gone) {
		m.pids[shard].CompareAndSwap(pid, nil)
	}
	m.node.Forget(kindMatchmaker, strconv.Itoa(shard), gone)
}
