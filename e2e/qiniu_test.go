package e2e_test

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media/mediatest/fakeqiniu"
	"github.com/swiperhq/swiper/social"
)

// cloud is a stand-in for Qiniu, and the flags of a program that uses it.
type cloud struct {
	*fakeqiniu.Server

	url   string
	flags []string
}

// newCloud gives one that calls the program back at a port of its own.
func newCloud(t *testing.T, processor fakeqiniu.Processor) cloud {
	t.Helper()
	c := cloud{Server: fakeqiniu.New(fakeqiniu.Options{
		AccessKey: "access", SecretKey: "secret", PrivateBuckets: []string{"private"}, Now: time.Now, Processor: processor,
	})}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.url = server.URL
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	query := url.Values{
		"domain": {c.url + "/io/public"}, "private_bucket": {"private"}, "private_domain": {c.url + "/io/private"},
		"callback": {"http://" + address + "/v1/hooks/qiniu"}, "endpoint": {c.url},
	}
	c.flags = []string{
		"--data.dir", t.TempDir(), "--demo", "--http.listen", address,
		"--media.store", "qiniu://access:secret@z0/public?" + query.Encode(),
	}
	return c
}

func TestAPictureGoesThroughUsToTheCloud(t *testing.T) {
	t.Parallel()
	cloud := newCloud(t, nil)
	p := start(t, startOptions{flags: cloud.flags})
	c := uploader(t, p, 1)
	for name, fault := range map[string]func(){
		"as it should": func() {},
		"5xx": func() {
			cloud.Break(fakeqiniu.Upload, fakeqiniu.Unavailable)
			cloud.Break(fakeqiniu.Stat, fakeqiniu.Unavailable)
		},
		"an answer lost": func() {
			cloud.Break(fakeqiniu.Upload, fakeqiniu.LostAnswer, fakeqiniu.LostAnswer)
		},
	} {
		fault()
		a := c.send(t, "image/jpeg", bytes.NewReader(photo(t, uint8(len(name)))))
		require.Equal(t, http.StatusAccepted, a.status, "%s: %s\n%s", name, a.body, p.logs)
		state, failure, result := c.task(t, a)
		require.Equal(t, "done", state, "%s: %s\n%s", name, failure, p.logs)
		require.Equal(t, result, c.me(t), name)
		require.True(t, strings.HasPrefix(result.URL, cloud.url+"/io/public/pictures/"), result.URL)
		require.Equal(t, http.StatusOK, c.get(t, result.URL).status, name)
		require.Empty(t, cloud.Keys("private"), "nothing stays staged")
	}
	require.Eventually(t, func() bool { return len(cloud.URLs(fakeqiniu.Prefetch)) >= 9 }, 30*time.Second, 50*time.Millisecond, "each size is prefetched")
}

// While the store is down pictures are accepted, and they appear when it is back.
func TestThePictureAppearsWhenTheCloudIsBack(t *testing.T) {
	t.Parallel()
	cloud := newCloud(t, nil)
	p := start(t, startOptions{flags: cloud.flags})
	c := uploader(t, p, 1)
	down := slices.Repeat([]fakeqiniu.Fault{fakeqiniu.Unavailable}, 1000)
	for _, op := range []fakeqiniu.Operation{fakeqiniu.Upload, fakeqiniu.Stat, fakeqiniu.Delete, fakeqiniu.Download} {
		cloud.Break(op, down...)
	}
	a := c.send(t, "image/jpeg", bytes.NewReader(photo(t, 9)))
	require.Equal(t, http.StatusAccepted, a.status, "%s\n%s", a.body, p.logs)
	require.Eventually(t, func() bool {
		var is struct{ State string }
		c.call(t.Context(), http.MethodGet, a.header.Get("Location"), nil).into(t, &is)
		return is.State == "retrying"
	}, 60*time.Second, 50*time.Millisecond)
	require.Empty(t, c.me(t).URL)
	cloud.Mend()
	state, failure, result := c.task(t, a)
	require.Equal(t, "done", state, failure)
	require.Equal(t, result, c.me(t))
}

func TestThePictureGoesToTheCloudByItself(t *testing.T) {
	t.Parallel()
	cloud := newCloud(t, nil)
	p := start(t, startOptions{flags: cloud.flags})
	c := uploader(t, p, 1)
	permit := c.open(t)

	// Whoever says that it has arrived without being the store changes nothing.
	forged := url.Values{"key": {permit.Fields["key"]}, "bucket": {"private"}, "hash": {"x"}, "size": {"10"}, "type": {"image/jpeg"}, "end_user": {"1"}}.Encode()
	for _, authorization := range []string{"", "Qiniu access:c2lnbmF0dXJl", "QBox access:c2lnbmF0dXJl"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.HTTP+"/v1/hooks/qiniu", strings.NewReader(forged))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Authorization", authorization)
		require.Equal(t, social.CodeUnauthenticated, c.do(req).code())
	}
	require.Empty(t, c.me(t).URL)

	require.Equal(t, http.StatusOK, c.post(t, permit, photo(t, 7)), "the store calls us before it answers")
	require.Eventually(t, func() bool { return c.me(t).URL != "" }, 60*time.Second, 50*time.Millisecond, "without the client's word: %s", p.logs)
	a := c.call(t.Context(), http.MethodPost, "/v1/uploads/"+permit.UploadID+"/complete", nil)
	state, failure, result := c.task(t, a)
	require.Equal(t, "done", state, failure)
	require.Equal(t, result, c.me(t))
}

// The CDN is asked how it does, and operators see what it says.
func TestTheFiguresOfTheCDNAreMetrics(t *testing.T) {
	t.Parallel()
	cloud := newCloud(t, nil)
	cloud.Count(fakeqiniu.Figures{Hits: 90, Misses: 10, HitBytes: 9000, MissBytes: 1000, Statuses: map[string]int64{"404": 5}, Bandwidth: []int64{100, 700}})
	p := start(t, startOptions{flags: cloud.flags})
	var metrics string
	require.Eventually(t, func() bool {
		metrics = string(admin(t, p, http.MethodGet, "/metrics", nil).body)
		return strings.Contains(metrics, "swiper_cdn_")
	}, 2*time.Minute, time.Second, "%s", p.logs)
	for _, line := range []string{
		`swiper_cdn_requests{result="hit"} 90`, `swiper_cdn_requests{result="miss"} 10`, `swiper_cdn_bytes{result="miss"} 1000`,
		`swiper_cdn_responses{status="404"} 5`, `swiper_cdn_peak_bits_per_second 700`, `swiper_cdn_figures_timestamp_seconds 1`,
	} {
		require.Contains(t, metrics, line)
	}
}
