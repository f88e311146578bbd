package accounts_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// away is what a fake answers that cannot be reached.
func away() error {
	return &social.Error{Code: social.CodeUnavailable, Message: "Away.", RetryAfter: time.Second, Cause: errors.New("dial")}
}

// store is the database in memory, as its contract says.
type store struct {
	mu       sync.Mutex
	err      error
	reads    int // of sessions
	people   map[string]social.UserID
	sealed   map[social.UserID][]byte
	sessions map[string]persistence.Session
	departed map[social.UserID]persistence.Task // and the task that erases them
	letters  []persistence.Task                 // that go with departures
	// opening, if set, is called before the next session is stored.
	opening func()
	// reading, if set, is called inside the next reading of a session, behind what it read.
	reading func()
}

func newStore() *store {
	return &store{
		people: map[string]social.UserID{}, sealed: map[social.UserID][]byte{}, sessions: map[string]persistence.Session{},
		departed: map[social.UserID]persistence.Task{},
	}
}

func (s *store) SignIn(_ context.Context, phone persistence.SealedPhone, former [][]byte, _ time.Time) (social.UserID, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, false, s.err
	}
	for _, index := range append([][]byte{phone.Index}, former...) {
		if uid, ok := s.people[string(index)]; ok {
			delete(s.people, string(index))
			s.people[string(phone.Index)], s.sealed[uid] = uid, phone.Sealed
			delete(s.departed, uid)
			return uid, false, nil
		}
	}
	uid := social.UserID(len(s.people) + 1)
	s.people[string(phone.Index)], s.sealed[uid] = uid, phone.Sealed
	return uid, true, nil
}

func (s *store) SealedPhone(_ context.Context, uid social.UserID) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sealed[uid], s.err
}

// Depart keeps the task by whom it erases.
func (s *store) Depart(_ context.Context, uid social.UserID, at time.Time, erase persistence.Task, also ...persistence.Task) (persistence.Departure, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return persistence.Departure{}, s.err
	}
	if _, gone := s.departed[uid]; gone {
		return persistence.Departure{}, noUser()
	}
	s.departed[uid] = erase
	s.letters = append(s.letters, also...)
	gone := persistence.Departure{Erase: "T"}
	for id, session := range s.sessions {
		if session.UID == uid && session.RevokedAt.IsZero() {
			session.RevokedAt = at
			s.sessions[id] = session
			gone.Sessions = append(gone.Sessions, id)
		}
	}
	return gone, nil
}

func noUser() error { return social.Errorf(social.CodeUserNotFound, "There is no such user.") }

func (s *store) CreateSession(_ context.Context, session persistence.Session) (ended []string, err error) {
	s.mu.Lock()
	opening := s.opening
	s.opening = nil
	s.mu.Unlock()
	if opening != nil {
		opening()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	if _, gone := s.departed[session.UID]; gone {
		return nil, noUser()
	}
	standing, oldest := 0, session
	for _, other := range s.sessions {
		if other.UID == session.UID && other.RevokedAt.IsZero() {
			standing++
			if other.UsedAt.Before(oldest.UsedAt) {
				oldest = other
			}
		}
	}
	if standing >= persistence.MaxSessions {
		oldest.RevokedAt = session.CreatedAt
		s.sessions[oldest.ID] = oldest
		ended = append(ended, oldest.ID)
	}
	s.sessions[session.ID] = session
	return ended, nil
}

func (s *store) Session(_ context.Context, id string) (persistence.Session, error) {
	s.mu.Lock()
	s.reads++
	session, ok := s.sessions[id]
	err, reading := s.err, s.reading
	s.reading = nil
	s.mu.Unlock()
	if reading != nil {
		reading()
	}
	if err == nil && !ok {
		err = social.Errorf(social.CodeUnauthenticated, "No such session.")
	}
	return session, err
}

func (s *store) RotateSession(
	_ context.Context, id string, generation int64, old, next []byte, at, expires time.Time,
) (persistence.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return persistence.Session{}, s.err
	}
	session, ok := s.sessions[id]
	refused := social.Errorf(social.CodeUnauthenticated, "Not good.")
	if !ok || !session.RevokedAt.IsZero() || !at.Before(session.ExpiresAt) {
		return persistence.Session{}, refused
	}
	if generation < session.Generation {
		session.RevokedAt = at
		s.sessions[id] = session
	}
	if generation != session.Generation || !bytes.Equal(old, session.Secret) {
		return persistence.Session{}, refused
	}
	session.Generation++
	session.Secret, session.UsedAt, session.ExpiresAt = next, at, expires
	s.sessions[id] = session
	return session, nil
}

func (s *store) RevokeSession(_ context.Context, id string, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if session, ok := s.sessions[id]; ok && s.err == nil && session.RevokedAt.IsZero() {
		session.RevokedAt = at
		s.sessions[id] = session
	}
	return s.err
}

func (s *store) sessionReads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

// codes is LoginCodes in memory.
type codes struct {
	mu       sync.Mutex
	err      error
	now      func() time.Time
	held     map[string]*held
	compared int
}

type held struct {
	hash  []byte
	left  int
	until time.Time
}

func (c *codes) PutCode(_ context.Context, phone string, hash []byte, tries int, life time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held[phone] = &held{hash: hash, left: tries, until: c.now().Add(life)}
	return c.err
}

func (c *codes) TryCode(_ context.Context, phone string, hash []byte) (persistence.CodeVerdict, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, c.err
	}
	h, ok := c.held[phone]
	switch {
	case !ok || !c.now().Before(h.until):
		return persistence.CodeWrong, nil
	case h.left == 0:
		return persistence.CodeTooMany, nil
	}
	h.left--
	c.compared++
	if !bytes.Equal(h.hash, hash) {
		return persistence.CodeWrong, nil
	}
	delete(c.held, phone)
	return persistence.CodeRight, nil
}

// limits is a Limiter in memory, by the algorithm of the real one (GCRA).
type limits struct {
	mu    sync.Mutex
	err   error
	now   func() time.Time
	until map[string]time.Time // when all of a key's burst is there again
}

func (l *limits) Allow(_ context.Context, key string, rate persistence.Rate) (time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return 0, l.err
	}
	now, each := l.now(), rate.Period/time.Duration(rate.Burst)
	until := l.until[key]
	if until.Before(now) {
		until = now
	}
	until = until.Add(each)
	if wait := until.Add(-rate.Period).Sub(now); wait > 0 {
		return wait, nil
	}
	l.until[key] = until
	return 0, nil
}

// keys tells what is counted.
func (l *limits) keys() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for key := range l.until {
		out = append(out, key)
	}
	return out
}

// radio carries signals between the nodes of a test, and drops them when told.
type radio struct {
	mu     sync.Mutex
	heard  []func(string)
	broken bool // publishing fails
	drop   int  // so many messages get lost unnoticed
}

func (r *radio) Publish(_ context.Context, _, payload string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken {
		return away()
	}
	if r.drop > 0 {
		r.drop--
		return nil
	}
	for _, hear := range r.heard {
		hear(payload)
	}
	return nil
}

func (r *radio) Subscribe(ctx context.Context, _ string, hear func(string)) error {
	r.mu.Lock()
	r.heard = append(r.heard, hear)
	r.mu.Unlock()
	<-ctx.Done()
	return ctx.Err()
}

func (r *radio) set(broken bool, drop int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken, r.drop = broken, drop
}

func (*radio) Ping(context.Context) error { return nil }
func (*radio) Close() error               { return nil }
