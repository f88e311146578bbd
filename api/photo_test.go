package api_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func (b *bundle) post(t *testing.T, uid social.UserID, key string, body io.Reader) answer {
	t.Helper()
	req := b.request(t, uid, http.MethodPost, "/v1/me/photos", "")
	sent, err := http.NewRequest(http.MethodPost, req.URL.String(), body)
	require.NoError(t, err)
	sent.Header = req.Header
	if key != "" {
		sent.Header.Set("Idempotency-Key", key)
	}
	return b.send(t, sent)
}

func TestPhotosKeepTheContract(t *testing.T) {
	t.Parallel()
	b := setup(t, withAlbum)
	docs := []contract{loadContract(t, b), loadDocument(t, b, "/openapi-3.0.json")}
	check := func(a answer, status int, want string) {
		t.Helper()
		for _, doc := range docs {
			doc.require(t, a.Request, a)
		}
		require.Equal(t, status, a.StatusCode, "%s", a.body)
		if want != "" {
			require.JSONEq(t, want, string(a.body))
		}
	}
	const at = "https://media.example.com/"
	const one = `"photo_id":1,"url":"` + at + `m1","large_url":"` + at + `l1","small_url":"` + at + `s1","blurhash":"b1"`
	const two = `"photo_id":2,"url":"` + at + `m2","large_url":"` + at + `l2","small_url":"` + at + `s2","blurhash":"b2"`
	const three = `"photo_id":3,"url":"` + at + `m3","large_url":"` + at + `l3","small_url":"` + at + `s3","blurhash":"b3"`
	const own = `{"photos":[{` + three + `,"main":false,"state":"pending","replaced":false},{` + one +
		`,"main":true,"state":"approved","replaced":true},{` + two + `,"main":false,"state":"approved","replaced":false}]}`

	check(b.call(t, ada, "GET", "/v1/me/photos", ""), 200, own)
	check(b.call(t, bob, "GET", "/v1/me/photos", ""), 200, `{"photos":[]}`)
	check(b.call(t, bob, "GET", "/v1/users/1/photos", ""), 200, `{"photos":[{`+one+`,"main":true},{`+two+`,"main":false}]}`)
	check(b.call(t, ada, "GET", "/v1/users/99/photos", ""), 404, "")
	check(b.call(t, ada, "PUT", "/v1/me/photos", `{"photo_ids":[2,1,3]}`), 200, own)
	check(b.call(t, ada, "PUT", "/v1/me/photos", `{"photo_ids":[2,1]}`), 422, "")
	check(b.call(t, ada, "DELETE", "/v1/me/photos/2", ""), 204, "")
	check(b.call(t, ada, "DELETE", "/v1/me/photos/4", ""), 404, "")
	a := b.post(t, ada, "k", bytes.NewReader(aPNG(t)))
	check(a, 202, `{"task_id":"`+someTask+`"}`)
	require.Equal(t, "/v1/tasks/"+someTask, a.Header.Get("Location"))
	check(b.call(t, ada, "POST", "/v1/uploads", `{"purpose":"photo"}`), 201, "")
	require.Equal(t, []any{[]persistence.PhotoID{2, 1, 3}, persistence.PhotoID(2), "photo k", len(aPNG(t)), "open "}, b.fake.all())

	b.fake.err = social.Errorf(social.CodeTooManyPhotos, "There is room for 9 photos.")
	check(b.post(t, ada, "", bytes.NewReader(aPNG(t))), 409, "")
	check(b.call(t, ada, "POST", "/v1/uploads", `{"purpose":"photo"}`), 409, "")
}

func TestBadPhotoRequests(t *testing.T) {
	t.Parallel()
	b := setup(t, withAlbum)
	b.call(t, ada, "DELETE", "/v1/me/photos/4", "").requireProblem(t, 404, social.CodePhotoNotFound)
	b.call(t, bob, "DELETE", "/v1/me/photos/1", "").requireProblem(t, 404, social.CodePhotoNotFound)
	for _, id := range []string{"0", "-1", "x", "99999999999999999999"} {
		b.call(t, ada, "DELETE", "/v1/me/photos/"+id, "").requireProblem(t, 422, social.CodeInvalidRequest)
		b.call(t, ada, "GET", "/v1/users/"+id+"/photos", "").requireProblem(t, 422, social.CodeInvalidRequest)
	}
	for _, body := range []string{`{}`, `{"photo_ids":1}`, `{"photo_ids":["1"]}`, `{"photo_ids":[1,2,3,4,5,6,7,8,9,10,11]}`, `{"photo_ids":[1,2,3],"main":1}`} {
		b.call(t, ada, "PUT", "/v1/me/photos", body).requireProblem(t, 422, social.CodeInvalidRequest)
	}
	b.call(t, ada, "PUT", "/v1/me/photos", `{"photo_ids":null}`).requireProblem(t, 400, social.CodeInvalidRequest)
	b.call(t, ada, "PUT", "/v1/me/photos", `{"photo_ids":[]}`).requireProblem(t, 422, social.CodeInvalidRequest)
	b.call(t, 0, "GET", "/v1/users/1/photos", "").requireProblem(t, 401, social.CodeUnauthenticated)
	b.call(t, nobody, "GET", "/v1/users/99/photos", "").requireProblem(t, 401, social.CodeUnauthenticated)
	b.call(t, nobody, "GET", "/v1/me/photos", "").requireProblem(t, 401, social.CodeUnauthenticated)

	b.post(t, 0, "", bytes.NewReader(aPNG(t))).requireProblem(t, 401, social.CodeUnauthenticated)
	b.post(t, nobody, "", bytes.NewReader(aPNG(t))).requireProblem(t, 401, social.CodeUnauthenticated)
	b.post(t, ada, "", strings.NewReader("text")).requireProblem(t, 415, social.CodeUnsupportedMedia)
	b.post(t, ada, "", nil).requireProblem(t, 422, social.CodeImageInvalid)
	b.post(t, ada, "", bytes.NewReader(make([]byte, 11<<20))).requireProblem(t, 413, social.CodeUploadTooLarge)
	b.post(t, ada, strings.Repeat("k", 201), bytes.NewReader(aPNG(t))).requireProblem(t, 400, social.CodeInvalidRequest)
	require.Empty(t, b.fake.all())
}
