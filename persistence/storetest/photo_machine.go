package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// photoHistories lets rapid invent what one person and the operators do to photos
// of few different pictures, and compares a store with plain rules after every step.
func photoHistories(t *testing.T, db Database) {
	uid, uploads := social.UserID(0), 0
	rapid.Check(t, func(t *rapid.T) {
		if rapid.IntRange(0, 2).Draw(t, "one of three is played") != 0 {
			return // each step is several transactions: all would take too long
		}
		uid++
		people(t, db.A, uid, 1)
		m := &photoMachine{stores: []persistence.Store{db.A, db.B}, uid: uid, uploads: &uploads, stored: map[string]bool{}}
		t.Repeat(map[string]func(*rapid.T){
			"":             m.compare,
			"add":          func(t *rapid.T) { m.send(t, persistence.UploadPhoto) },
			"add again":    func(t *rapid.T) { m.send(t, persistence.UploadPhoto) },
			"avatar":       func(t *rapid.T) { m.send(t, persistence.UploadAvatar) },
			"delete":       m.delete,
			"order":        m.order,
			"decide":       m.decide,
			"decide again": m.decide,
		})
	})
}

// shownPhoto is a photo as the rules have it. waits: it goes once that one is approved.
type shownPhoto struct {
	id       persistence.PhotoID
	key      string
	approved bool
	waits    persistence.PhotoID
}

// photoMachine plays one history on a store and on a list.
type photoMachine struct {
	stores  []persistence.Store
	uid     social.UserID
	uploads *int
	list    []shownPhoto
	stored  map[string]bool // the objects that are there
}

func (m *photoMachine) store(t *rapid.T) persistence.Store {
	return m.stores[rapid.IntRange(0, len(m.stores)-1).Draw(t, "store")]
}

func (m *photoMachine) one(t *rapid.T) (shownPhoto, bool) {
	if len(m.list) == 0 {
		return shownPhoto{}, false
	}
	return rapid.SampledFrom(m.list).Draw(t, "photo"), true
}

// drop takes a photo off the list; whoever waited for it stays.
func (m *photoMachine) drop(id persistence.PhotoID) {
	m.list = slices.DeleteFunc(m.list, func(p shownPhoto) bool { return p.id == id })
	for i := range m.list {
		if m.list[i].waits == id {
			m.list[i].waits = 0
		}
	}
}

func (m *photoMachine) counted() (n int) {
	for _, p := range m.list {
		if p.waits == 0 {
			n++
		}
	}
	return n
}

func (m *photoMachine) send(t *rapid.T, purpose persistence.UploadPurpose) {
	s := m.store(t)
	*m.uploads++
	id := fmt.Sprint("u", *m.uploads)
	key := fmt.Sprintf("%d/%s", m.uid, rapid.SampledFrom([]string{"sea", "dog", "hat", "car"}).Draw(t, "picture"))
	state := rapid.SampledFrom([]persistence.PhotoState{persistence.PhotoApproved, persistence.PhotoPending}).Draw(t, "state")
	_, err := s.OpenUpload(background(), uploadOf(m.uid, id, purpose), everything)
	if purpose == persistence.UploadPhoto && m.counted() >= persistence.MaxPhotos {
		requireCode(t, social.CodeTooManyPhotos, err)
		return
	}
	require.NoError(t, err)
	_, err = acceptUpload(s, m.uid, id, nil)
	require.NoError(t, err)
	require.NoError(t, s.ClaimObjects(background(), persistence.UploadID(id), []string{key}, noon))
	u, err := publishAs(s, state, id, key)
	require.NoError(t, err)
	m.stored[key] = true
	p := shownPhoto{id: u.Photo, key: key, approved: state == persistence.PhotoApproved}
	if purpose == persistence.UploadPhoto {
		m.list = append(m.list, p)
		return
	}
	for _, waiting := range slices.Clone(m.list) {
		if waiting.waits != 0 {
			m.drop(waiting.waits)
		}
	}
	if len(m.list) > 0 {
		if first := &m.list[0]; p.approved || !first.approved {
			m.drop(first.id)
		} else {
			first.waits = p.id
		}
	}
	m.list = slices.Insert(m.list, 0, p)
}

func (m *photoMachine) delete(t *rapid.T) {
	if p, ok := m.one(t); ok {
		require.NoError(t, m.store(t).DeletePhoto(background(), m.uid, p.id, noon))
		m.drop(p.id)
	}
}

func (m *photoMachine) order(t *rapid.T) {
	if len(m.list) == 0 {
		return
	}
	m.list = rapid.Permutation(m.list).Draw(t, "order")
	ids := make([]persistence.PhotoID, len(m.list))
	for i, p := range m.list {
		ids[i] = p.id
	}
	_, err := m.store(t).OrderPhotos(background(), m.uid, ids)
	require.NoError(t, err)
}

func (m *photoMachine) decide(t *rapid.T) {
	p, ok := m.one(t)
	if !ok {
		return
	}
	state := rapid.SampledFrom([]persistence.PhotoState{persistence.PhotoApproved, persistence.PhotoRejected}).Draw(t, "decision")
	_, changed, err := decide(m.store(t), p.id, state)
	require.NoError(t, err)
	if state == persistence.PhotoRejected {
		require.True(t, changed)
		m.drop(p.id)
		return
	}
	require.Equal(t, !p.approved, changed)
	for i := range m.list {
		if m.list[i].id == p.id {
			m.list[i].approved = true
		}
	}
	m.list = slices.DeleteFunc(m.list, func(old shownPhoto) bool { return old.waits == p.id })
}

func (m *photoMachine) compare(t *rapid.T) {
	s := m.store(t)
	var want []string
	var avatar string
	for _, p := range m.list {
		name := p.key
		switch {
		case !p.approved:
			name += "?"
		case avatar == "":
			avatar = p.key
		}
		if p.waits != 0 {
			name += "-"
		}
		want = append(want, name)
	}
	require.Equal(t, want, seen(t, s, m.uid))
	require.LessOrEqual(t, m.counted(), persistence.MaxPhotos)
	u, err := s.User(background(), m.uid)
	require.NoError(t, err)
	require.Equal(t, avatar, u.Avatar)
	gone, err := s.BeginDrop(background(), noon.Add(time.Hour), noon.Add(-time.Hour), everything)
	require.NoError(t, err)
	require.NoError(t, s.EndDrop(background(), gone))
	for _, key := range gone {
		delete(m.stored, key)
	}
	shown := map[string]bool{}
	for _, p := range m.list {
		shown[p.key] = true
	}
	require.Equal(t, shown, m.stored, "what is shown is there, and nothing else")
}
