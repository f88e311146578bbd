package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

// shot is a photo as its owner, or somebody else, is told of it.
type shot struct {
	PhotoID  int64  `json:"photo_id"`
	URL      string `json:"url"`
	LargeURL string `json:"large_url"`
	SmallURL string `json:"small_url"`
	Main     bool   `json:"main"`
	State    string `json:"state"`
	Replaced bool   `json:"replaced"`
}

func (c *client) shots(t *testing.T, path string) []shot {
	t.Helper()
	var got struct{ Photos []shot }
	say(t, c, http.MethodGet, path, nil).into(t, &got)
	return got.Photos
}

const mine = "/v1/me/photos"

// add sends a photo and waits until it is one.
func (c *client) add(t *testing.T, shade uint8) ended {
	t.Helper()
	a := c.sendTo(t, http.MethodPost, mine, "image/jpeg", bytes.NewReader(photo(t, shade)))
	require.NoError(t, a.sound())
	state, failure, result := c.end(t, a)
	require.Equal(t, "done", state, failure)
	require.NotZero(t, result.PhotoID)
	return result
}

func idsOf(shots []shot) (ids []int64) {
	for _, s := range shots {
		ids = append(ids, s.PhotoID)
	}
	return ids
}

// TestPhotos is one user's album: sent, seen by others, put into another order,
// taken away, and never more than nine.
func TestPhotos(t *testing.T) {
	t.Parallel()
	for _, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, startOptions{flags: append(s.flags(t), "--demo")})
			c, other := uploader(t, p, 1), uploader(t, p, 2)
			require.Empty(t, c.shots(t, mine))
			first, second := c.add(t, 1), c.add(t, 2)
			require.Equal(t, "approved", first.State)
			own := c.shots(t, mine)
			require.Equal(t, []int64{first.PhotoID, second.PhotoID}, idsOf(own))
			require.True(t, own[0].Main)
			require.False(t, own[1].Main)
			require.Equal(t, own[0].URL, c.me(t).URL, "the first is the avatar")
			for _, url := range []string{own[1].URL, own[1].LargeURL, own[1].SmallURL} {
				got := c.get(t, url)
				require.Equal(t, http.StatusOK, got.status)
				require.NotContains(t, string(got.body), "GPS-SECRET-PLACE")
			}
			seen := other.shots(t, "/v1/users/1/photos")
			require.Equal(t, idsOf(own), idsOf(seen))
			require.Empty(t, other.shots(t, "/v1/users/3/photos"))
			require.Equal(t, social.CodeUserNotFound, say(t, other, http.MethodGet, "/v1/users/987654321/photos", nil).code())

			a := say(t, c, http.MethodPut, mine, map[string]any{"photo_ids": []int64{second.PhotoID, first.PhotoID}})
			require.Equal(t, http.StatusOK, a.status, string(a.body))
			require.Equal(t, own[1].URL, c.me(t).URL)
			for _, wrong := range [][]int64{{}, {first.PhotoID}, {first.PhotoID, first.PhotoID}, {first.PhotoID, 987654321}} {
				a := say(t, c, http.MethodPut, mine, map[string]any{"photo_ids": wrong})
				require.Equal(t, social.CodeInvalidRequest, a.code(), string(a.body))
			}
			mineToDelete := fmt.Sprintf("%s/%d", mine, second.PhotoID)
			require.Equal(t, social.CodePhotoNotFound, say(t, other, http.MethodDelete, mineToDelete, nil).code(), "another's")
			require.Equal(t, http.StatusNoContent, say(t, c, http.MethodDelete, mineToDelete, nil).status)
			require.Equal(t, social.CodePhotoNotFound, say(t, c, http.MethodDelete, mineToDelete, nil).code())
			require.Equal(t, own[0].URL, c.me(t).URL)

			// An avatar takes the first one's place; the rest stay.
			c.add(t, 3)
			state, failure, face := c.task(t, c.send(t, "image/jpeg", bytes.NewReader(photo(t, 4))))
			require.Equal(t, "done", state, failure)
			own = c.shots(t, mine)
			require.Len(t, own, 2)
			require.Equal(t, face.URL, own[0].URL)
			require.Equal(t, face, c.me(t))

			// The same key is the same photo.
			c.key = "once"
			again := c.add(t, 5)
			require.Equal(t, again, c.add(t, 5))
			require.Equal(t, social.CodeIdempotencyMismatch, c.sendTo(t, http.MethodPost, mine, "image/jpeg", bytes.NewReader(photo(t, 6))).code())
			c.key = ""
			for i := range 6 {
				c.add(t, uint8(10+i))
			}
			require.Len(t, c.shots(t, mine), 9)
			a = c.sendTo(t, http.MethodPost, mine, "image/jpeg", bytes.NewReader(photo(t, 20)))
			require.NoError(t, a.sound())
			require.Equal(t, http.StatusConflict, a.status)
			require.Equal(t, social.CodeTooManyPhotos, a.code())
			a = say(t, c, http.MethodPost, "/v1/uploads", map[string]any{"purpose": "photo"})
			require.Equal(t, social.CodeTooManyPhotos, a.code(), string(a.body))
		})
	}
}

// TestOperatorsDecideAboutPhotos has nobody see a photo before an operator has.
func TestOperatorsDecideAboutPhotos(t *testing.T) {
	t.Parallel()
	p := start(t, startOptions{flags: []string{"--data.dir", t.TempDir(), "--demo", "--media.review", "operators"}})
	c, other := uploader(t, p, 1), uploader(t, p, 2)
	decide := func(id int64, state string) {
		t.Helper()
		a := admin(t, p, http.MethodPut, fmt.Sprintf("/admin/photos/%d", id), map[string]any{"state": state})
		require.Equal(t, http.StatusOK, a.status, string(a.body))
	}
	state, failure, face := c.end(t, c.send(t, "image/jpeg", bytes.NewReader(photo(t, 1))))
	require.Equal(t, "done", state, failure)
	require.Equal(t, "pending", face.State)
	require.Empty(t, c.me(t).URL)
	own := c.shots(t, mine)
	require.Len(t, own, 1)
	require.Equal(t, "pending", own[0].State)
	require.False(t, own[0].Main)
	require.Equal(t, http.StatusOK, c.get(t, own[0].URL).status, "its owner sees it")
	require.Empty(t, other.shots(t, "/v1/users/1/photos"))
	var waiting struct {
		Photos []struct {
			PhotoID int64 `json:"photo_id"`
			UserID  int64 `json:"user_id"`
		}
	}
	admin(t, p, http.MethodGet, "/admin/photos?state=pending", nil).into(t, &waiting)
	require.Len(t, waiting.Photos, 1)
	require.Equal(t, face.PhotoID, waiting.Photos[0].PhotoID)
	require.EqualValues(t, 1, waiting.Photos[0].UserID)

	decide(face.PhotoID, "approved")
	require.Equal(t, own[0].URL, c.me(t).URL)
	require.Len(t, other.shots(t, "/v1/users/1/photos"), 1)

	// The next avatar waits; the one before is shown until it is decided about.
	_, _, next := c.end(t, c.send(t, "image/jpeg", bytes.NewReader(photo(t, 2))))
	require.Equal(t, own[0].URL, c.me(t).URL)
	require.Equal(t, []int64{next.PhotoID, face.PhotoID}, idsOf(c.shots(t, mine)))
	require.True(t, c.shots(t, mine)[1].Replaced)
	decide(next.PhotoID, "approved")
	require.Equal(t, []int64{next.PhotoID}, idsOf(other.shots(t, "/v1/users/1/photos")))

	decide(next.PhotoID, "rejected")
	require.Empty(t, c.me(t).URL)
	require.Empty(t, c.shots(t, mine))
	var heard struct {
		Events []struct {
			Kind string
			Data struct {
				PhotoID int64 `json:"photo_id"`
				State   string
			}
		}
	}
	say(t, c, http.MethodGet, "/v1/events", nil).into(t, &heard)
	last := heard.Events[len(heard.Events)-1]
	require.Equal(t, "photo", last.Kind)
	require.Equal(t, next.PhotoID, last.Data.PhotoID)
	require.Equal(t, "rejected", last.Data.State)
	audit := admin(t, p, http.MethodGet, "/admin/audit", nil)
	require.Contains(t, string(audit.body), fmt.Sprintf("photo %d of user 1", next.PhotoID))
	require.Contains(t, string(audit.body), "photo.reject")
}

// TestAPhotoIsPublishedOnceThroughAKill kills the process while photos are on their way.
func TestAPhotoIsPublishedOnceThroughAKill(t *testing.T) {
	t.Parallel()
	for _, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			flags := s.flags(t)
			p := start(t, startOptions{flags: append(flags, "--demo")})
			c := uploader(t, p, 3)
			var sent []answer
			for i := range 3 {
				a := c.sendTo(t, http.MethodPost, mine, "image/jpeg", bytes.NewReader(photo(t, uint8(50+i))))
				require.Equal(t, http.StatusAccepted, a.status, string(a.body))
				sent = append(sent, a)
			}
			p.kill()
			p = start(t, startOptions{flags: flags})
			c = uploader(t, p, 3)
			for _, a := range sent {
				state, failure, _ := c.end(t, a)
				require.Equal(t, "done", state, failure)
			}
			require.Len(t, c.shots(t, mine), 3)
			require.Equal(t, c.shots(t, mine)[0].URL, c.me(t).URL)
		})
	}
}
