package admin_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api/admin"
	"github.com/swiperhq/swiper/api/admin/overview"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func TestTasksAreCounted(t *testing.T) {
	t.Parallel()
	rec := setup(t).do("GET", "/admin/tasks/counts", "")
	require.Equal(t, 200, rec.Code)
	require.JSONEq(t, `{"kinds":[
		{"kind":"account.erase","queued":0,"running":2,"retrying":3,"failed":0},
		{"kind":"picture.publish","queued":7,"running":0,"retrying":0,"failed":1}]}`, rec.Body.String())
}

// Figures are those of pictures and the network before us, and no others.
func TestFigures(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	hits := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "swiper_cdn_hits_total", Help: "Hits."}, []string{"domain", "area"})
	seconds := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "swiper_upload_seconds", Help: "Time."})
	depth := prometheus.NewGauge(prometheus.GaugeOpts{Name: "swiper_media_moving", Help: "Moving."})
	other := prometheus.NewGauge(prometheus.GaugeOpts{Name: "swiper_http_places"})
	registry.MustRegister(hits, seconds, depth, other)
	hits.WithLabelValues("static.example.com", "china").Add(5)
	seconds.Observe(1)
	seconds.Observe(2)
	depth.Set(3)
	b := setup(t, func(o *admin.Options) { o.Gatherer = registry })
	rec := b.do("GET", "/admin/figures", "")
	require.Equal(t, 200, rec.Code)
	require.JSONEq(t, `{"figures":[
		{"name":"swiper_cdn_hits_total","labels":"area=china,domain=static.example.com","value":5,"count":0,"help":"Hits."},
		{"name":"swiper_media_moving","labels":"","value":3,"count":0,"help":"Moving."},
		{"name":"swiper_upload_seconds","labels":"","value":1.5,"count":2,"help":"Time."}]}`, rec.Body.String())
}

// ranking is a board on which one location is ranked.
type ranking struct{ built, gone bool }

func (r *ranking) HotState(context.Context) (persistence.HotState, error) {
	if r.gone {
		return persistence.HotState{}, &social.Error{Code: social.CodeUnavailable, Message: "Away.", Cause: errGone, RetryAfter: time.Second}
	}
	if !r.built {
		return persistence.HotState{Building: "x"}, nil
	}
	return persistence.HotState{Shown: "y", Days: 7, BuiltAt: noon}, nil
}

func (r *ranking) HotPlaces(context.Context, int) ([]persistence.HotPlace, error) {
	if !r.built {
		return nil, nil
	}
	return []persistence.HotPlace{{Location: "杭州", Most: 9}, {Location: "Suzhou", Most: 2}}, nil
}

func (r *ranking) TopHot(_ context.Context, location string, from, n int) ([]persistence.HotCount, bool, error) {
	if !r.built || location != "杭州" || from != 0 || n < 2 {
		return nil, r.built, nil
	}
	return []persistence.HotCount{{UID: 2, Location: location, Likes: 9}, {UID: 3, Location: location, Likes: 4}}, true, nil
}

func TestHotIsShown(t *testing.T) {
	t.Parallel()
	requireProblem(t, setup(t).do("GET", "/admin/hot", ""), 404, social.CodeNotFound)
	r := &ranking{}
	b := setup(t, func(o *admin.Options) { o.Hot = r })
	require.JSONEq(t, `{"days":0,"built_at":null,"making":true,"places":[],"location":"","top":[]}`, b.do("GET", "/admin/hot", "").Body.String())
	r.built = true
	const places = `"days":7,"built_at":"2026-11-22T12:00:00Z","making":false,"places":[{"location":"杭州","most":9},{"location":"Suzhou","most":2}],`
	want := `{` + places + `"location":"杭州","top":[{"user_id":2,"nickname":"Ada <2>","likes":9},{"user_id":3,"nickname":null,"likes":4}]}`
	require.JSONEq(t, want, b.do("GET", "/admin/hot", "").Body.String())
	require.JSONEq(t, want, b.do("GET", "/admin/hot?location="+url.QueryEscape("杭州"), "").Body.String())
	require.JSONEq(t, `{`+places+`"location":"Nowhere","top":[]}`, b.do("GET", "/admin/hot?location=Nowhere", "").Body.String())
	requireProblem(t, b.do("GET", "/admin/hot?location="+strings.Repeat("a", 51), ""), 422, social.CodeInvalidRequest)
	r.gone = true
	requireProblem(t, b.do("GET", "/admin/hot", ""), 503, social.CodeUnavailable)
}

func TestOverviewOfAllNodes(t *testing.T) {
	t.Parallel()
	samples, err := overview.New(overview.Options{Gatherer: prometheus.NewRegistry(), Now: func() time.Time { return noon }})
	require.NoError(t, err)
	b := setup(t, func(o *admin.Options) { o.Overview = samples })
	requireProblem(t, b.do("GET", "/admin/overview?of=all", ""), 404, social.CodeNotFound)
	requireProblem(t, b.do("GET", "/admin/overview?of=some", ""), 422, social.CodeInvalidRequest)

	fail := error(nil)
	b = setup(t, func(o *admin.Options) {
		o.Overview = samples
		o.Everywhere = func(_ context.Context, after int64) (int, []overview.Point, error) {
			var points []overview.Point
			for seq := max(10, after+1); seq <= 12; seq++ {
				points = append(points, overview.Point{Seq: seq})
			}
			return 2, points, fail
		}
	})
	for query, want := range map[string][]int64{"": {10, 11, 12}, "&after=10": {11, 12}, "&after=12": {}} {
		var got struct {
			Node   string
			Nodes  int
			Every  float64
			Keep   float64
			Points []struct{ Seq int64 }
		}
		rec := b.do("GET", "/admin/overview?of=all"+query, "")
		require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &got))
		require.Empty(t, got.Node)
		require.Equal(t, 2, got.Nodes)
		require.InDelta(t, 5, got.Every, 0)
		require.InDelta(t, 3600, got.Keep, 0)
		require.NotNil(t, got.Points)
		seqs := []int64{}
		for _, p := range got.Points {
			seqs = append(seqs, p.Seq)
		}
		require.Equal(t, want, seqs, query)
	}
	fail = &social.Error{Code: social.CodeUnavailable, Message: "Away.", Cause: errGone, RetryAfter: time.Second}
	requireProblem(t, b.do("GET", "/admin/overview?of=all", ""), 503, social.CodeUnavailable)
}

func TestWhoIsOnline(t *testing.T) {
	t.Parallel()
	require.Contains(t, setup(t).do("GET", "/admin/actors/user/1", "").Body.String(), `"online":null`)
	b := setup(t, func(o *admin.Options) {
		o.Online = func(_ context.Context, uid social.UserID) (bool, error) {
			if uid == 2 {
				return false, errGone
			}
			return true, nil
		}
	})
	require.Contains(t, b.do("GET", "/admin/actors/user/1", "").Body.String(), `"online":true`)
	require.Contains(t, b.do("GET", "/admin/actors/user/2", "").Body.String(), `"online":null`, "what is not known keeps nothing from being shown")
}
