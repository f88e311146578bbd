package etcd

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/swiperhq/swiper/actors/cluster"
)

// errLeaseEnded tells that the others have given this member up.
var errLeaseEnded = errors.New("the lease has ended")

// state is what the loop knows; nobody else touches it while it runs.
type state struct {
	generation string
	revision   int64 // the latest of etcd that was seen
	listed     int64 // that of the last list; the watch may tell what is older once more
	lease      clientv3.LeaseID
	members    map[string]entry // by id
	alive      <-chan *clientv3.LeaseKeepAliveResponse
	endAlive   context.CancelFunc
	watch      clientv3.WatchChan
	endWatch   context.CancelFunc
	away       bool // etcd, as far as was logged
	lost       bool
}

// entry is a member that is known.
type entry struct {
	member cluster.Member
	// until is set for one that is missing after etcd lost its data.
	until time.Time
}

// run follows etcd until ctx ends or the membership is lost.
func (m *Membership) run(ctx context.Context) {
	defer close(m.done)
	defer m.hangUp()
	retry, relist := time.NewTicker(retryEvery), time.NewTicker(relistEvery)
	defer retry.Stop()
	defer relist.Stop()
	due := false // for a look at etcd
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case c := <-m.calls:
			c.done <- m.bounded(c.ctx, c.do)
			continue
		case r, ok := <-m.alive:
			if ok && m.see(r.ResponseHeader) {
				continue
			}
			m.alive, due = nil, true
		case r, ok := <-m.watch:
			if ok && r.Err() == nil {
				err = m.apply(r)
			} else {
				m.watch = nil
			}
			due = m.watch == nil
		case <-relist.C:
			due = true
		case <-retry.C:
			if !due && !m.expire() {
				continue
			}
		}
		if due && err == nil {
			err = m.bounded(ctx, m.check)
			due = err != nil
		}
		if errors.Is(err, errLeaseEnded) {
			m.lost = true
			m.host.Lost("the lease in etcd has ended: the others have gone on without this node")
			m.refuseCalls(ctx)
			return
		}
		m.tell(ctx, err)
	}
}

// refuseCalls answers Confirm and the like until the membership is left.
func (m *Membership) refuseCalls(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-m.calls:
			c.done <- errLeaseEnded
		}
	}
}

// tell logs when etcd goes away and when it comes back.
func (m *Membership) tell(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
	case err != nil && !m.away:
		m.away = true
		m.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "etcd does not answer; the members known stay", slog.Any("error", err))
	case err == nil && m.away:
		m.away = false
		m.opts.Logger.LogAttrs(ctx, slog.LevelInfo, "etcd answers again")
	}
}

func (m *Membership) bounded(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, 2*requestTimeout)
	defer cancel()
	return do(ctx)
}

// enter makes this node a member and gives the first view.
func (m *Membership) enter(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*requestTimeout)
	defer cancel()
	there, err := m.read(ctx)
	if err != nil {
		return err
	}
	for _, e := range there.members {
		if err := m.self.Compatible(e.member); err != nil {
			return &misfitError{err}
		}
	}
	if err := m.register(ctx, there); err != nil {
		return err
	}
	return m.check(ctx)
}

// picture is etcd at one moment.
type picture struct {
	generation string
	revision   int64
	members    map[string]entry
}

// read looks at everything in one transaction.
func (m *Membership) read(ctx context.Context) (*picture, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	r, err := m.client.Txn(ctx).Then(
		clientv3.OpGet(m.generationKey()),
		clientv3.OpGet(m.memberPrefix(), clientv3.WithPrefix()),
	).Commit()
	if err != nil {
		return nil, fmt.Errorf("read the members: %w", err)
	}
	p := &picture{revision: r.Header.Revision, members: map[string]entry{}}
	for _, kv := range r.Responses[0].GetResponseRange().Kvs {
		p.generation = string(kv.Value)
	}
	for _, kv := range r.Responses[1].GetResponseRange().Kvs {
		if e, ok := m.decode(kv); ok {
			p.members[e.member.ID] = e
		}
	}
	return p, nil
}

func (m *Membership) decode(kv *mvccpb.KeyValue) (entry, bool) {
	var e entry
	err := json.Unmarshal(kv.Value, &e.member)
	if err != nil || e.member.ID != m.idOf(kv) {
		m.opts.Logger.LogAttrs(context.Background(), slog.LevelWarn, "a key in etcd is no member", slog.String("key", string(kv.Key)))
		return e, false
	}
	return e, true
}

func (m *Membership) idOf(kv *mvccpb.KeyValue) string {
	return strings.TrimPrefix(string(kv.Key), m.memberPrefix())
}

// register puts this member's key under a new lease, and the generation if there
// is none. Keys of others at its address go: they are those of a process that
// was here before.
func (m *Membership) register(ctx context.Context, there *picture) error {
	ctx, cancel := context.WithTimeout(ctx, 2*requestTimeout)
	defer cancel()
	granted, err := m.client.Grant(ctx, int64(m.opts.TTL/time.Second))
	if err != nil {
		return fmt.Errorf("get a lease: %w", err)
	}
	value, err := m.encoded()
	if err != nil {
		return err
	}
	ops := []clientv3.Op{clientv3.OpPut(m.key(), value, clientv3.WithLease(granted.ID))}
	for id, e := range there.members {
		if e.member.Address == m.self.Address && id != m.self.ID {
			ops = append(ops, clientv3.OpDelete(m.memberPrefix()+id))
		}
	}
	ours := rand.Text()
	if _, err := m.client.Txn(ctx).If(clientv3.Compare(clientv3.CreateRevision(m.generationKey()), "=", 0)).
		Then(clientv3.OpPut(m.generationKey(), ours)).Commit(); err != nil {
		return fmt.Errorf("begin a generation: %w", err)
	}
	r, err := m.client.Txn(ctx).Then(append(ops, clientv3.OpGet(m.generationKey()))...).Commit()
	if err != nil {
		return fmt.Errorf("register: %w", err)
	}
	for _, kv := range r.Responses[len(ops)].GetResponseRange().Kvs {
		m.generation = string(kv.Value)
	}
	m.lease, m.revision = granted.ID, r.Header.Revision
	return nil
}

// put writes this member's key anew under the lease it has.
func (m *Membership) put(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	value, err := m.encoded()
	if err != nil {
		return err
	}
	if _, err := m.client.Put(ctx, m.key(), value, clientv3.WithLease(m.lease)); err != nil {
		return fmt.Errorf("write the member's key: %w", err)
	}
	return nil
}

// see notes etcd's revision; false when it went back: this is another etcd, or
// one that lost data.
func (m *Membership) see(h *pb.ResponseHeader) bool {
	if h == nil {
		return true
	}
	if h.Revision < m.revision {
		return false
	}
	m.revision = h.Revision
	return true
}

// check compares what is known with etcd and mends what is missing: the key, the
// watch, the keep-alive. errLeaseEnded when the others have given this member up.
func (m *Membership) check(ctx context.Context) error {
	there, err := m.read(ctx)
	if err != nil {
		return err
	}
	renewed := there.generation != m.generation || there.revision < m.revision
	_, listed := there.members[m.self.ID]
	if !listed {
		if !renewed {
			return errLeaseEnded
		}
		m.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "etcd has lost its data; this member registers again")
		if err := m.register(ctx, there); err != nil {
			return err
		}
		if there, err = m.read(ctx); err != nil {
			return err
		}
		m.alive = nil
	}
	if renewed {
		m.generation, m.watch = there.generation, nil
		m.keepMissing(there)
	}
	m.revision, m.listed = there.revision, there.revision
	if m.alive == nil {
		if err := m.keepAlive(); err != nil {
			return err
		}
	}
	if m.watch == nil {
		m.follow(there.revision + 1)
	}
	m.adopt(there)
	return nil
}

// keepMissing lets members that are known and have not yet registered in a new
// generation stay for a while.
func (m *Membership) keepMissing(there *picture) {
	until := time.Now().Add(rejoinGrace)
	for id, e := range m.members {
		if _, listed := there.members[id]; !listed && !addressIn(there.members, e.member.Address) {
			e.until = until
			there.members[id] = e
		}
	}
}

func addressIn(members map[string]entry, address string) bool {
	for _, e := range members {
		if e.member.Address == address {
			return true
		}
	}
	return false
}

// adopt takes the members that etcd has, and those that may yet come back.
func (m *Membership) adopt(there *picture) {
	now := time.Now()
	for id, e := range m.members {
		if _, listed := there.members[id]; !listed && e.until.After(now) && !addressIn(there.members, e.member.Address) {
			there.members[id] = e
		}
	}
	if m.self.Retired { // what etcd says may be older
		there.members[m.self.ID] = entry{member: m.self}
	}
	m.members = there.members
	m.show()
}

// expire drops those that did not come back; it tells whether there were any.
func (m *Membership) expire() bool {
	gone, now := false, time.Now()
	for id, e := range m.members {
		if !e.until.IsZero() && now.After(e.until) {
			delete(m.members, id)
			gone = true
		}
	}
	if gone {
		m.show()
	}
	return gone
}

// apply takes what the watch tells.
func (m *Membership) apply(r clientv3.WatchResponse) error {
	for _, ev := range r.Events {
		id := m.idOf(ev.Kv)
		if ev.Kv.ModRevision <= m.listed {
			continue
		}
		if ev.Type == clientv3.EventTypeDelete {
			if id == m.self.ID {
				return errLeaseEnded
			}
			delete(m.members, id)
			continue
		}
		if e, ok := m.decode(ev.Kv); ok && id != m.self.ID {
			m.members[id] = e
		}
	}
	m.revision = max(m.revision, r.Header.Revision)
	if len(r.Events) > 0 {
		m.show()
	}
	return nil
}

// show gives the view.
func (m *Membership) show() {
	view := make([]cluster.Member, 0, len(m.members))
	for _, e := range m.members {
		view = append(view, e.member)
	}
	m.host.View(view)
}

// keepAlive lets the client renew the lease, every third of its time.
func (m *Membership) keepAlive() error {
	if m.endAlive != nil {
		m.endAlive()
	}
	ctx, end := context.WithCancel(context.Background())
	alive, err := m.client.KeepAlive(ctx, m.lease)
	if err != nil {
		end()
		return fmt.Errorf("keep the lease: %w", err)
	}
	m.alive, m.endAlive = alive, end
	return nil
}

func (m *Membership) follow(revision int64) {
	if m.endWatch != nil {
		m.endWatch()
	}
	ctx, end := context.WithCancel(clientv3.WithRequireLeader(context.Background()))
	m.watch, m.endWatch = m.client.Watch(ctx, m.memberPrefix(), clientv3.WithPrefix(), clientv3.WithRev(revision)), end
}

// hangUp ends what the loop has open.
func (m *Membership) hangUp() {
	if m.endAlive != nil {
		m.endAlive()
	}
	if m.endWatch != nil {
		m.endWatch()
	}
}
