package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func photoCases() []testCase {
	return []testCase{
		{"photo/nine, and no tenth", photoBound},
		{"photo/nine and one at once", photoBoundAtOnce},
		{"photo/more than nine that arrive at once", photoBoundAtTheEnd},
		{"photo/in the order that is given", photoOrder},
		{"photo/an avatar takes the first one's place", photoAvatar},
		{"photo/one upload is one photo", photoOnce},
		{"photo/objects that two photos show", photoShared},
		{"photo/pending ones are their owner's", photoPending},
		{"photo/a pending avatar waits beside the one it replaces", photoReplaced},
		{"photo/rejected ones", photoRejected},
		{"photo/decided by several at once", photoDecidedAtOnce},
		{"photo/nobody's, and of who is gone", photoNobody},
		{"photo/random histories keep places and objects", photoHistories},
	}
}

// add makes a photo, approved, of an object of its own, all under one name.
func add(t *testing.T, s persistence.Store, uid social.UserID, id string) persistence.PhotoID {
	t.Helper()
	return addAs(t, s, uid, persistence.UploadPhoto, persistence.PhotoApproved, id)
}

func addAs(
	t *testing.T, s persistence.Store, uid social.UserID, purpose persistence.UploadPurpose, state persistence.PhotoState, id string,
) persistence.PhotoID {
	t.Helper()
	photo, err := tryAdd(s, uid, purpose, state, id)
	require.NoError(t, err)
	return photo
}

// tryAdd is addAs for goroutines.
func tryAdd(
	s persistence.Store, uid social.UserID, purpose persistence.UploadPurpose, state persistence.PhotoState, id string,
) (persistence.PhotoID, error) {
	if _, err := s.OpenUpload(background(), uploadOf(uid, id, purpose), everything); err != nil {
		return 0, err
	}
	if _, err := acceptUpload(s, uid, id, nil); err != nil {
		return 0, err
	}
	if state != persistence.PhotoRejected {
		if err := s.ClaimObjects(background(), persistence.UploadID(id), []string{id}, noon); err != nil {
			return 0, err
		}
	}
	u, err := publishAs(s, state, id, id)
	return u.Photo, err
}

// busyPhotos gives somebody photos in every state.
func busyPhotos(t *testing.T, s persistence.Store, uid social.UserID) {
	t.Helper()
	add(t, s, uid, "busysecond")
	addAs(t, s, uid, persistence.UploadPhoto, persistence.PhotoPending, "busythird")
	addAs(t, s, uid, persistence.UploadPhoto, persistence.PhotoRejected, "busyfourth")
}

// seen tells what somebody's photos show, in order, with a mark behind those that
// are pending (?) or replaced (-).
func seen(t require.TestingT, s persistence.Store, uid social.UserID) (out []string) {
	all, err := s.PhotosOf(background(), uid)
	require.NoError(t, err)
	for _, p := range all {
		name := p.Medium
		if p.State == persistence.PhotoPending {
			name += "?"
		}
		if p.Replaced {
			name += "-"
		}
		out = append(out, name)
	}
	return out
}

func order(t *testing.T, s persistence.Store, uid social.UserID, ids ...persistence.PhotoID) {
	t.Helper()
	_, err := s.OrderPhotos(background(), uid, ids)
	require.NoError(t, err)
}

func photoBound(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	var last persistence.PhotoID
	for i := range persistence.MaxPhotos {
		last = add(t, db.A, 1, fmt.Sprint("p", i))
	}
	_, err := db.B.OpenUpload(background(), uploadOf(1, "late", persistence.UploadPhoto), everything)
	requireCode(t, social.CodeTooManyPhotos, err)
	add(t, db.A, 2, "another's")
	addAs(t, db.A, 1, persistence.UploadAvatar, persistence.PhotoApproved, "face")
	require.Len(t, seen(t, db.A, 1), persistence.MaxPhotos, "an avatar takes a place that is taken")
	require.NoError(t, db.B.DeletePhoto(background(), 1, last, noon))

	// Those on their way count, as long as they are.
	_, err = db.A.OpenUpload(background(), uploadOf(1, "underway", persistence.UploadPhoto), everything)
	require.NoError(t, err)
	_, err = db.B.OpenUpload(background(), uploadOf(1, "late", persistence.UploadPhoto), everything)
	requireCode(t, social.CodeTooManyPhotos, err)
	late := uploadOf(1, "late", persistence.UploadPhoto)
	late.CreatedAt, late.ExpiresAt = noon.Add(2*time.Minute), noon.Add(3*time.Minute)
	_, err = db.B.OpenUpload(background(), late, everything)
	require.NoError(t, err)

	// And if it arrives after all, there is no room at the end.
	for i, id := range []string{"underway", "late"} {
		_, err := acceptUpload(db.A, 1, id, nil)
		require.NoError(t, err)
		claim(t, db.A, id, id)
		_, err = publish(db.A, id, id)
		if i == 0 {
			require.NoError(t, err)
		} else {
			requireCode(t, social.CodeTooManyPhotos, err)
		}
	}
	u, err := db.A.Upload(background(), "late")
	require.NoError(t, err)
	require.Equal(t, persistence.UploadAccepted, u.State, "nothing has changed")
	require.NoError(t, db.A.FailUpload(background(), "late", noon, nil))
	require.Contains(t, drop(t, db.A, noon), "late")
}

func photoBoundAtOnce(t *testing.T, db Database) {
	const rounds, extra = 5, 7
	people(t, db.A, 1, rounds)
	for round := range rounds {
		uid := social.UserID(round + 1)
		var errs [persistence.MaxPhotos + extra]error
		var calls []func()
		for i := range errs {
			s := []persistence.Store{db.A, db.B}[i%2]
			calls = append(calls, func() {
				_, errs[i] = tryAdd(s, uid, persistence.UploadPhoto, persistence.PhotoApproved, fmt.Sprintf("r%dn%d", round, i))
			})
		}
		together(calls...)
		added := 0
		for _, err := range errs {
			if err == nil {
				added++
			} else {
				requireCode(t, social.CodeTooManyPhotos, err)
			}
		}
		require.Equal(t, persistence.MaxPhotos, added)
		names := seen(t, db.A, uid)
		require.Len(t, names, persistence.MaxPhotos)
		requireAvatar(t, db.A, uid, names[0], "of "+names[0])
	}
}

// Uploads that count no more when the next begins may all arrive in the end.
func photoBoundAtTheEnd(t *testing.T, db Database) {
	const extra = 5
	people(t, db.A, 1, 1)
	var errs [persistence.MaxPhotos + extra]error
	var calls []func()
	for i := range errs {
		id := fmt.Sprint("n", i)
		u := uploadOf(1, id, persistence.UploadPhoto)
		u.CreatedAt = noon.Add(time.Duration(i) * time.Hour)
		u.ExpiresAt = u.CreatedAt.Add(time.Minute)
		_, err := db.A.OpenUpload(background(), u, everything)
		require.NoError(t, err)
		s := []persistence.Store{db.A, db.B}[i%2]
		calls = append(calls, func() {
			if _, errs[i] = acceptUpload(s, 1, id, nil); errs[i] == nil {
				errs[i] = s.ClaimObjects(background(), persistence.UploadID(id), []string{id}, noon)
			}
			if errs[i] == nil {
				_, errs[i] = publish(s, id, id)
			}
		})
	}
	together(calls...)
	refused := 0
	for _, err := range errs {
		if err != nil {
			requireCode(t, social.CodeTooManyPhotos, err)
			refused++
		}
	}
	require.Equal(t, extra, refused)
	require.Len(t, seen(t, db.A, 1), persistence.MaxPhotos)
}

func photoOrder(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	a, b, c := add(t, db.A, 1, "a"), add(t, db.B, 1, "b"), add(t, db.A, 1, "c")
	other := add(t, db.A, 2, "another's")
	require.Equal(t, []string{"a", "b", "c"}, seen(t, db.B, 1), "as they came")
	requireAvatar(t, db.A, 1, "a", "of a")
	order(t, db.B, 1, c, a, b)
	require.Equal(t, []string{"c", "a", "b"}, seen(t, db.A, 1))
	requireAvatar(t, db.A, 1, "c", "of c")
	for _, wrong := range [][]persistence.PhotoID{nil, {c, a}, {c, a, b, b}, {c, a, a}, {c, a, other}, {c, a, b, other}, {0, 0, 0}} {
		_, err := db.A.OrderPhotos(background(), 1, wrong)
		requireCode(t, social.CodeInvalidRequest, err)
	}
	require.Equal(t, []string{"c", "a", "b"}, seen(t, db.A, 1))
	d := add(t, db.A, 1, "d")
	require.NoError(t, db.A.DeletePhoto(background(), 1, c, noon.Add(time.Hour)))
	requireCode(t, social.CodePhotoNotFound, db.A.DeletePhoto(background(), 1, c, noon))
	require.Equal(t, []string{"a", "b", "d"}, seen(t, db.A, 1))
	requireAvatar(t, db.A, 1, "a", "of a")
	require.Empty(t, drop(t, db.A, noon), "cards still name it")
	require.Equal(t, []string{"c"}, drop(t, db.A, noon.Add(time.Hour)))
	for _, id := range []persistence.PhotoID{a, b, d} {
		require.NoError(t, db.B.DeletePhoto(background(), 1, id, noon))
	}
	requireAvatar(t, db.A, 1, "", "")
	order(t, db.A, 1)
	require.ElementsMatch(t, []string{"a", "b", "d"}, drop(t, db.A, noon))
	require.Equal(t, []string{"another's"}, seen(t, db.A, 2))
}

func photoAvatar(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	first := addAs(t, db.A, 1, persistence.UploadAvatar, persistence.PhotoApproved, "face")
	second := add(t, db.A, 1, "second")
	addAs(t, db.B, 1, persistence.UploadAvatar, persistence.PhotoApproved, "newface")
	require.Equal(t, []string{"newface", "second"}, seen(t, db.A, 1))
	requireAvatar(t, db.A, 1, "newface", "of newface")
	_, err := db.A.Photo(background(), first)
	requireCode(t, social.CodePhotoNotFound, err)
	require.Equal(t, []string{"face"}, drop(t, db.A, noon.Add(time.Hour)))
	own, err := db.A.PhotosOf(background(), 1)
	require.NoError(t, err)
	order(t, db.A, 1, second, own[0].ID)
	addAs(t, db.B, 1, persistence.UploadAvatar, persistence.PhotoApproved, "again")
	require.Equal(t, []string{"again", "newface"}, seen(t, db.A, 1), "the main one is the first, whichever that is")
}

func photoOnce(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	_, err := db.A.OpenUpload(background(), uploadOf(1, "u", persistence.UploadPhoto), uploadsEach)
	require.NoError(t, err)
	_, err = acceptUpload(db.A, 1, "u", nil)
	require.NoError(t, err)
	claim(t, db.A, "u", "m", "l")
	var got [8]persistence.Upload
	var errs [8]error
	var calls []func()
	for i := range got {
		s := []persistence.Store{db.A, db.B}[i%2]
		calls = append(calls, func() { got[i], errs[i] = publishAs(s, persistence.PhotoApproved, "u", "m", "l") })
	}
	together(calls...)
	for i := range got {
		require.NoError(t, errs[i])
		require.Equal(t, got[0], got[i])
		require.NotZero(t, got[i].Photo)
	}
	require.Equal(t, []string{"m"}, seen(t, db.A, 1))
	p, err := db.B.Photo(background(), got[0].Photo)
	require.NoError(t, err)
	require.Equal(t, persistence.Picture{Large: "l", Medium: "m", Small: "m", BlurHash: "of u"}, p.Picture)
	events, err := db.A.EventsOf(background(), 1, 0, everything)
	require.NoError(t, err)
	require.Len(t, events, 1)
	require.NoError(t, db.A.DeletePhoto(background(), 1, p.ID, noon))
	again, err := publishAs(db.A, persistence.PhotoApproved, "u", "m", "l")
	require.NoError(t, err)
	require.Equal(t, p.ID, again.Photo)
	require.Empty(t, seen(t, db.A, 1), "a task that comes again brings nothing back")
}

func photoShared(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	same := func(id string) persistence.PhotoID {
		t.Helper()
		_, err := db.A.OpenUpload(background(), uploadOf(1, id, persistence.UploadPhoto), uploadsEach)
		require.NoError(t, err)
		_, err = acceptUpload(db.A, 1, id, nil)
		require.NoError(t, err)
		claim(t, db.A, id, "m", "l")
		u, err := publishAs(db.B, persistence.PhotoApproved, id, "m", "l")
		require.NoError(t, err)
		return u.Photo
	}
	a, b := same("a"), same("b")
	require.NotEqual(t, a, b)
	require.NoError(t, db.A.DeletePhoto(background(), 1, a, noon))
	require.Empty(t, drop(t, db.A, noon.Add(24*time.Hour)))
	require.NoError(t, db.A.DeletePhoto(background(), 1, b, noon))
	same("c") // wanted again before it was deleted
	require.Empty(t, drop(t, db.A, noon.Add(24*time.Hour)))
	require.Equal(t, []string{"m"}, seen(t, db.A, 1))
}
