package qiniu_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/mediatest/fakeqiniu"
	"github.com/swiperhq/swiper/media/qiniu"
	"github.com/swiperhq/swiper/social"
)

func TestTheCDNTellsItsFigures(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *qiniu.Options) {
		o.Now = func() time.Time { return time.Date(2026, 3, 4, 16, 0, 0, 0, time.UTC) } // midnight in China
	})
	empty, err := b.store.Figures(t.Context())
	require.NoError(t, err)
	require.Equal(t, media.Figures{Day: "2026-03-05", Statuses: map[string]int64{}}, empty)
	b.fake.Count(fakeqiniu.Figures{
		Hits: 90, Misses: 10, HitBytes: 9000, MissBytes: 1000, Statuses: map[string]int64{"200": 95, "404": 5}, Bandwidth: []int64{100, 700, 300},
	})
	f, err := b.store.Figures(t.Context())
	require.NoError(t, err)
	require.Equal(t, media.Figures{
		Day: "2026-03-05", Hits: 90, Misses: 10, HitBytes: 9000, MissBytes: 1000, Statuses: map[string]int64{"200": 95, "404": 5}, Peak: 700,
	}, f)
}

func TestFiguresThatAreNotTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault fakeqiniu.Fault
		want  social.Code
	}{
		"away":          {fakeqiniu.Unavailable, social.CodeUnavailable},
		"a lost answer": {fakeqiniu.LostAnswer, social.CodeUnavailable},
		"denied":        {fakeqiniu.Denied, social.CodeInternal},
	} {
		b := setup(t)
		b.fake.Break(fakeqiniu.Analyze, c.fault)
		_, err := b.store.Figures(t.Context())
		require.Equal(t, c.want, social.CodeOf(err), "%s: %v", name, err)
	}
}
