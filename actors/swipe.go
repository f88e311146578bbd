package actors

import (
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/swiperhq/swiper/actors/actorspb"
	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/social"
)

// flight is a swipe on its way to a matchmaker and back.
type flight struct {
	*command
	record *actorspb.Record
	shard  int
	at     *actor.PID // the matchmaker's activation it was sent to
	resent bool
}

// swipe sends r to the matchmaker of the pair. Nothing is decided from memory:
// a swipe needs none of it.
func (u *user) swipe(c *command, r *actorspb.Swipe) {
	now, rules := u.world.Now(), u.world.Rules()
	s := social.Swipe{UID: u.id, SID: social.UserID(r.Sid), Mark: markFromWire(r.Mark), Time: now}
	if err := s.Validate(); err != nil {
		u.refuse(c, err)
		return
	}
	shard := u.world.matchmakers.shardOf(s.UID, s.SID)
	at := u.world.matchmakers.pid(shard)
	if at == nil {
		u.refuse(c, errUnavailable())
		return
	}
	u.seq++
	record := &actorspb.Record{
		Ask: u.onward(c), Seq: u.seq, Uid: int64(s.UID), Sid: r.Sid, Mark: r.Mark, TimeUnixUs: now.UnixMicro(), Key: r.Key,
	}
	if meter := rules.MeterOf(s.Mark, now); meter != nil {
		record.Meter = meterToWire(meter, rules.ResetsAt(now))
	}
	u.flights = append(u.flights, flight{command: c, record: record, shard: shard, at: at})
	u.ctx.Request(at, record)
}

// land answers the swipe that m tells of; one that has expired or belongs to an
// earlier incarnation is nobody's.
func (u *user) land(m *actorspb.Recorded) {
	i := slices.IndexFunc(u.flights, func(f flight) bool { return f.record.Seq == m.Seq })
	if i < 0 {
		return
	}
	f := u.flights[i]
	u.flights = slices.Delete(u.flights, i, i+1)
	sid := social.UserID(f.record.Sid)
	if err := errorOf(m.Refusal); err != nil {
		if social.CodeOf(err) == social.CodeAlreadySwiped {
			u.hide(sid)
		}
		u.refuse(f.command, err)
		return
	}
	if !m.Replayed { // what was stored then may have been taken back since
		u.hide(sid)
	}
	u.reply(f.command, &actorspb.SwipeReply{
		Sid: m.Sid, Mark: m.Mark, Matched: m.Matched, Repeated: m.Repeated, Replayed: m.Replayed,
	})
}

// hide keeps someone who is swiped from being dealt.
func (u *user) hide(sid social.UserID) {
	if sabotage.Forgotten(int64(u.id), int64(sid)) {
		return
	}
	if u.swiped != nil {
		u.swiped.add(sid)
	}
	u.deck.drop(sid)
}

// flying tells whether a swipe on sid is on its way.
func (u *user) flying(sid social.UserID) bool {
	return slices.ContainsFunc(u.flights, func(f flight) bool { return f.record.Sid == int64(sid) })
}

// redirect sends what flew to a matchmaker that is gone to its next activation,
// once. Storing twice is the same as storing once, so it does not matter what
// became of it there.
func (u *user) redirect(gone *actor.PID) {
	kept := u.flights[:0]
	for _, f := range u.flights {
		if f.at.Equal(gone) {
			u.world.matchmakers.forget(f.shard, gone)
			next := u.world.matchmakers.pid(f.shard)
			if f.resent || next == nil {
				u.refuse(f.command, errUnavailable())
				continue
			}
			f.at, f.resent = next, true
			u.ctx.Request(next, f.record)
		}
		kept = append(kept, f)
	}
	clear(u.flights[len(kept):])
	u.flights = kept
}

// expire ends the flights whose askers have stopped waiting.
func (u *user) expire() {
	if len(u.flights) == 0 {
		return
	}
	now := time.Now()
	u.flights = slices.DeleteFunc(u.flights, func(f flight) bool {
		late := !now.Before(f.deadline)
		if late {
			u.refuse(f.command, errTimeout())
		}
		return late
	})
}
