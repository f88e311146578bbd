package actors

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/swiperhq/swiper/actors/actorspb"
	"github.com/swiperhq/swiper/actors/cluster"
	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	// maxBatch is how many swipes one transaction stores.
	maxBatch = 512
	// maxQueue is how many wait for the next transactions before more are refused.
	maxQueue = 4096
	// maxLoggedIDs is how many requests the log of a failed batch names.
	maxLoggedIDs = 16
)

// matchmaker stores the swipes of its shard in batches: it gathers while its
// previous transaction is in flight and commits what has gathered as the next.
// There is no timer: when idle it commits at once.
type matchmaker struct {
	world      *world
	queue      []entry
	committing bool
	draining   bool
}

// entry is one record to be stored and whom to tell.
type entry struct {
	record   persistence.Record
	seq      uint64
	sender   *actor.PID
	deadline time.Time
	ask      *actorspb.Ask
}

// committed tells the matchmaker that its transaction has ended.
type committed struct{}

func newMatchmaker(w *world) *matchmaker { return &matchmaker{world: w} }

// Receive implements actor.Actor.
func (m *matchmaker) Receive(ctx actor.Context) {
	switch msg := ctx.Message().(type) {
	case *actorspb.Record:
		m.gather(ctx, msg)
	case committed:
		m.committing = false
	case *cluster.Drain:
		m.draining = true
	case *actor.Restarting, *actor.Stopping:
		m.abandon()
		return
	default:
		return
	}
	m.flush(ctx)
	if m.draining && !m.committing {
		ctx.Stop(ctx.Self())
	}
}

func (m *matchmaker) gather(ctx actor.Context, r *actorspb.Record) {
	if m.draining {
		ctx.Respond(cluster.NotDelivered(ctx.Self()))
		return
	}
	e := entry{seq: r.Seq, sender: ctx.Sender(), deadline: deadlineOf(r.Ask, m.world.Timeout), ask: r.Ask}
	var err error
	e.record, err = recordFromWire(r)
	switch {
	case err != nil:
		m.refuse(e, err)
	case past(e.deadline):
		m.refuse(e, errTimeout())
	case len(m.queue) >= maxQueue:
		m.refuse(e, errOverloaded())
	default:
		m.queue = append(m.queue, e)
	}
}

// flush commits the next batch unless one is in flight.
func (m *matchmaker) flush(ctx actor.Context) {
	if m.committing {
		return
	}
	batch := m.take()
	if len(batch) == 0 {
		return
	}
	m.committing = true
	self := ctx.Self()
	go m.commit(batch, func() { m.world.node.Root().Send(self, committed{}) })
}

// take gives the next batch in order of arrival, without those whose askers have
// stopped waiting.
func (m *matchmaker) take() []entry {
	batch := make([]entry, 0, min(len(m.queue), maxBatch))
	taken := 0
	for _, e := range m.queue {
		if len(batch) == maxBatch {
			break
		}
		taken++
		if past(e.deadline) {
			m.refuse(e, errTimeout())
			continue
		}
		batch = append(batch, e)
	}
	left := copy(m.queue, m.queue[taken:])
	clear(m.queue[left:])
	m.queue = m.queue[:left]
	return batch
}

// commit stores a batch, calls stored, so that the next one is under way, and
// answers each of it. It runs beside the actor and touches none of its state.
func (m *matchmaker) commit(batch []entry, stored func()) {
	if sabotage.On(sabotage.AckBeforeCommit) {
		m.answer(batch, asIfStored(batch))
		_, _ = m.store(batch)
		stored()
		return
	}
	answers, err := m.store(batch)
	stored()
	if err != nil {
		for _, e := range batch {
			m.refuse(e, err)
		}
		return
	}
	m.answer(batch, answers)
}

// store makes the transaction, which ends at the latest deadline of the batch. A
// panic in it is an error like another: nobody waits in vain.
func (m *matchmaker) store(batch []entry) (answers []persistence.Recorded, err error) {
	records := make([]persistence.Record, len(batch))
	latest := batch[0].deadline
	for i, e := range batch {
		records[i] = e.record
		if e.deadline.After(latest) {
			latest = e.deadline
		}
	}
	ctx, cancel := context.WithDeadline(context.Background(), latest)
	defer cancel()
	ctx, span := m.world.commitSpan(ctx, batch)
	defer func() {
		if r := recover(); r != nil {
			err = &social.Error{Code: social.CodeInternal, Message: "Something went wrong on our side.", Cause: fmt.Errorf("panic: %v\n%s", r, debug.Stack())}
		}
		if err != nil {
			m.world.Logger.LogAttrs(ctx, slog.LevelError, "batch of swipes not stored", slog.Int("size", len(batch)),
				slog.Any("request_ids", requestIDs(batch)), slog.Any("error", err))
		}
		endSpan(span, err)
	}()
	if !m.world.node.Serving() {
		return nil, errUnavailable()
	}
	begun := time.Now()
	answers, err = m.world.Store.RecordSwipes(ctx, records)
	m.world.metrics.committed(len(batch), time.Since(begun))
	if err == nil && len(answers) != len(batch) {
		err = fmt.Errorf("%d answers to %d records", len(answers), len(batch))
	}
	return answers, err
}

func (m *matchmaker) answer(batch []entry, answers []persistence.Recorded) {
	matched := map[social.Pair]bool{}
	for i, e := range batch {
		a := answers[i]
		if a.Err != nil {
			if isFault(a.Err) {
				m.world.Logger.LogAttrs(context.Background(), slog.LevelError, "swipe not stored",
					slog.String("request_id", e.ask.GetRequestId()), slog.Any("error", a.Err))
			}
			m.refuse(e, a.Err)
			continue
		}
		outcome := "stored"
		switch {
		case a.Replayed:
			outcome = "replayed"
		case a.Repeated:
			outcome = "repeated"
		}
		m.world.metrics.swiped(e.record.Mark, outcome)
		// Both directions of a pair may be in one batch: one match.
		isNew := false
		if pair := social.PairOf(e.record.UID, e.record.SID); a.Matched && outcome == "stored" && !matched[pair] {
			matched[pair], isNew = true, true
			m.world.metrics.matches.Inc()
		}
		m.send(e, &actorspb.Recorded{
			Seq: e.seq, Sid: int64(a.SID), Mark: int32(a.Mark), Matched: a.Matched, Repeated: a.Repeated, Replayed: a.Replayed,
		})
		if outcome == "stored" {
			m.hint(&e.record.Swipe, a.Matched, isNew)
		}
	}
}

// hint tells whom a new swipe concerns that there is something to see.
func (m *matchmaker) hint(s *social.Swipe, matched, isNew bool) {
	switch {
	case isNew:
		m.world.Hint(s.UID, social.EventMatch)
		m.world.Hint(s.SID, social.EventMatch)
	case matched: // told with the other direction
	case s.Mark == social.MarkLike:
		m.world.Hint(s.SID, social.HintLiked)
	case s.Mark == social.MarkSuperlike:
		m.world.Hint(s.SID, social.HintSuperliked)
	}
}

func (m *matchmaker) refuse(e entry, err error) {
	m.world.metrics.swiped(e.record.Mark, string(social.CodeOf(err)))
	m.send(e, &actorspb.Recorded{
		Seq: e.seq, Sid: int64(e.record.SID), Mark: int32(e.record.Mark), Refusal: refusalOf(err),
	})
}

func (m *matchmaker) send(e entry, r *actorspb.Recorded) {
	if e.sender != nil {
		m.world.node.Root().Send(e.sender, r)
	}
}

// abandon answers those who wait; the batch in flight is answered by its commit.
func (m *matchmaker) abandon() {
	for _, e := range m.queue {
		m.refuse(e, errUnavailable())
	}
	m.queue = nil
}

// requestIDs gives the first few ids of the requests in a batch.
func requestIDs(batch []entry) []string {
	var ids []string
	for _, e := range batch {
		if id := e.ask.GetRequestId(); id != "" && len(ids) < maxLoggedIDs {
			ids = append(ids, id)
		}
	}
	return ids
}

// asIfStored is the lie of sabotage.AckBeforeCommit.
func asIfStored(batch []entry) []persistence.Recorded {
	out := make([]persistence.Recorded, len(batch))
	for i, e := range batch {
		out[i].SwipeResult = social.SwipeResult{SID: e.record.SID, Mark: e.record.Mark}
	}
	return out
}
