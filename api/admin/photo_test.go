package admin_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api/admin"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func TestPhotosAreListedAndDecided(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const at = `"2026-11-22T12:00:00Z"`
	rec := b.do("GET", "/admin/photos?limit=1", "")
	require.Equal(t, 200, rec.Code)
	require.JSONEq(t, `{"photos":[{"photo_id":5,"user_id":1,"kind":"photo","state":"pending","url":"/media/m","large_url":"/media/l","video_url":null,"created_at":`+at+`,"decided_at":null}],"next":5}`,
		rec.Body.String())
	rec = b.do("GET", "/admin/photos?state=rejected&before=9", "")
	require.Contains(t, rec.Body.String(), `"url":null`)
	require.Contains(t, rec.Body.String(), `"next":null`)
	require.Equal(t, []int64{0, 1, 9, 50}, b.fake.pages)
	requireProblem(t, b.do("GET", "/admin/photos?state=lost", ""), 422, social.CodeInvalidRequest)
	requireProblem(t, b.do("GET", "/admin/photos?limit=0", ""), 422, social.CodeInvalidRequest)

	rec = b.do("PUT", "/admin/photos/5", `{"state":"rejected"}`, "Authorization", "Basic YW5uOg==")
	require.Equal(t, 200, rec.Code)
	require.JSONEq(t, `{"photo_id":5,"user_id":1,"kind":"photo","state":"rejected","url":null,"large_url":null,"video_url":null,"created_at":`+at+`,"decided_at":`+at+`}`, rec.Body.String())
	require.Equal(t, []persistence.AuditEntry{{By: "ann", Action: "photo", Target: "rejected"}}, b.fake.changes)
	requireProblem(t, b.do("PUT", "/admin/photos/6", `{"state":"approved"}`), 404, social.CodePhotoNotFound)
	for _, path := range []string{"/admin/photos/0", "/admin/photos/x"} {
		requireProblem(t, b.do("PUT", path, `{"state":"approved"}`), 422, social.CodeInvalidRequest)
	}
	for _, state := range []string{"pending", "", "Approved"} {
		requireProblem(t, b.do("PUT", "/admin/photos/5", `{"state":"`+state+`"}`), 422, social.CodeInvalidRequest)
	}
	requireProblem(t, b.do("PUT", "/admin/photos/5", `{"state":"approved","by":"me"}`), 400, social.CodeInvalidRequest)
	require.Len(t, b.fake.changes, 1)

	none := setup(t, func(o *admin.Options) { o.Photos = nil })
	requireProblem(t, none.do("GET", "/admin/photos", ""), 404, social.CodeNotFound)
}
