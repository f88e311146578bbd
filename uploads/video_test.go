package uploads_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/video"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/tasks"
	"github.com/swiperhq/swiper/uploads"
)

// cutter makes of a video one that names it, and of its owner.
type cutter struct {
	poster []byte
	err    error
}

func (c *cutter) Transcode(_ context.Context, owner string, b []byte) (*video.Clip, error) {
	if c.err != nil {
		return nil, c.err
	}
	sum := binary.BigEndian.Uint32(b[len(b)-4:])
	return &video.Clip{
		Key: media.Key("videos/" + owner + "/" + string('a'+rune(sum)) + ".mp4"), Data: append([]byte("clip of "), b...),
		Duration: time.Second, Width: 720, Height: 1280, Poster: c.poster,
	}, nil
}

// film is the beginning and the index of an MP4 of one second; n tells films apart.
func film(n uint32) []byte {
	words := func(values ...uint32) (b []byte) {
		for _, v := range values {
			b = binary.BigEndian.AppendUint32(b, v)
		}
		return b
	}
	box := func(kind string, parts ...[]byte) []byte {
		body := bytes.Join(parts, nil)
		return append(append(words(uint32(len(body)+8)), kind...), body...)
	}
	tkhd := append(append(words(0, 0, 0, 1, 0, 1000, 0, 0, 0, 0), make([]byte, 36)...), words(720<<16, 1280<<16)...)
	mvhd := append(words(0, 0, 0, 1000, 1000), make([]byte, 80)...)
	return bytes.Join([][]byte{
		box("ftyp", []byte("isom"), words(0), []byte("isom")),
		box("moov", box("mvhd", mvhd), box("trak", box("tkhd", tkhd), box("mdia", box("mdhd", words(0, 0, 0, 30, 30, 0)),
			box("minf", box("stbl", box("stts", words(0, 1, 30, 1))))))),
		box("mdat", words(n)),
	}, nil)
}

func (w *world) show(t *testing.T, n uint32) uploads.Added {
	t.Helper()
	id := w.acceptAs(t, persistence.UploadVideo, film(n))
	result, err := w.Publish(t.Context(), &tasks.Run{ID: "T", Owner: ada, Attempt: 1}, uploads.PublishArgs{Upload: id})
	require.NoError(t, err)
	added, _ := result.(uploads.Added)
	return added
}

func TestAVideoReplacesTheOneBefore(t *testing.T) {
	t.Parallel()
	w := setup(t, func(o *uploads.Options) { o.Transcoder = &cutter{poster: photo(t, 1)} })
	first := w.show(t, 1)
	require.Equal(t, persistence.PhotoApproved, first.State)
	require.NotZero(t, first.VideoID)
	require.Zero(t, first.PhotoID)
	before, err := w.db.VideosOf(t.Context(), ada)
	require.NoError(t, err)
	for _, key := range []string{before[0].Video.Key, before[0].Large, before[0].Small} {
		require.True(t, w.there(t, w.URL(key)), key)
	}
	w.show(t, 2)
	now, err := w.db.VideosOf(t.Context(), ada)
	require.NoError(t, err)
	require.Len(t, now, 1)
	w.pass(2 * time.Hour)
	require.NoError(t, w.Sweep(t.Context()))
	require.False(t, w.there(t, w.URL(before[0].Video.Key)))
	require.True(t, w.there(t, w.URL(now[0].Video.Key)))
	require.True(t, w.there(t, w.URL(now[0].Medium)), "the two begin alike")
	events, err := w.db.EventsOf(t.Context(), ada, 0, 10)
	require.NoError(t, err)
	require.Contains(t, string(events[0].Data), `"kind":"video.publish"`)
	require.NoError(t, w.DeleteVideo(t.Context(), ada))
	w.pass(2 * time.Hour)
	require.NoError(t, w.Sweep(t.Context()))
	require.False(t, w.there(t, w.URL(now[0].Video.Key)))
	me, err := w.db.User(t.Context(), ada)
	require.NoError(t, err)
	require.Empty(t, me.Avatar)
}

func TestAReviewerSeesTheVideo(t *testing.T) {
	t.Parallel()
	j := &judge{state: persistence.PhotoRejected}
	w := setup(t, func(o *uploads.Options) { o.Transcoder, o.Reviewer = &cutter{poster: photo(t, 1)}, j })
	require.Equal(t, persistence.PhotoRejected, w.show(t, 1).State)
	require.NotEmpty(t, j.seen[0].JPEG)
	require.Contains(t, string(j.seen[0].MP4), "clip of ")
	own, err := w.db.VideosOf(t.Context(), ada)
	require.NoError(t, err)
	require.Empty(t, own)
}

func TestVideosAreTakenWhereSomebodyTranscodes(t *testing.T) {
	t.Parallel()
	none := setup(t)
	_, err := none.Accept(t.Context(), ada, persistence.UploadVideo, "", film(1))
	require.Equal(t, social.CodeVideoUnsupported, social.CodeOf(err))
	_, err = none.Open(t.Context(), ada, persistence.UploadVideo, "")
	require.Equal(t, social.CodeVideoUnsupported, social.CodeOf(err))

	c := &cutter{poster: photo(t, 1)}
	w := setup(t, func(o *uploads.Options) { o.Transcoder = c })
	_, err = w.Accept(t.Context(), ada, persistence.UploadVideo, "", photo(t, 1))
	require.Equal(t, social.CodeUnsupportedMedia, social.CodeOf(err))
	_, err = w.Accept(t.Context(), ada, persistence.UploadPhoto, "", film(1))
	require.Equal(t, social.CodeUnsupportedMedia, social.CodeOf(err))
	id := w.acceptAs(t, persistence.UploadVideo, film(1))
	c.err = media.Unavailable(errors.New("no room"))
	_, err = w.publish(t, id)
	require.True(t, media.Passing(err), "%v", err)
	c.err = &social.Error{Code: social.CodeImageInvalid, Message: "The video cannot be read."}
	_, err = w.publish(t, id)
	require.True(t, tasks.IsPermanent(err), "%v", err)

	p, err := w.Open(t.Context(), ada, persistence.UploadVideo, "")
	require.NoError(t, err)
	large := append(film(1), make([]byte, 12<<20)...)
	require.NoError(t, w.media.Store.Put(t.Context(), media.Staged(string(p.ID)), bytes.NewReader(large), int64(len(large)), "video/mp4"))
	_, err = w.Complete(t.Context(), ada, p.ID)
	require.NoError(t, err, "more than a picture may have")
}

// waiting is a store that takes as long as it may, and tells by when that is.
type waiting struct{ until time.Time }

func (w *waiting) Transfer(ctx context.Context, _ func(context.Context, media.Store) error) error {
	w.until, _ = ctx.Deadline()
	return media.Unavailable(context.DeadlineExceeded)
}

func TestTheStoreHasTimeForWhatIsLarge(t *testing.T) {
	t.Parallel()
	slow := &waiting{}
	w := setup(t, func(o *uploads.Options) { o.Transcoder, o.Transfers = &cutter{poster: photo(t, 1)}, slow })
	for mib, limit := range map[int]time.Duration{0: 3 * time.Second, 10: 13 * time.Second, 19: 22 * time.Second} {
		begun := time.Now()
		_, err := w.Accept(t.Context(), ada, persistence.UploadVideo, "", append(film(uint32(mib)), make([]byte, mib<<20)...))
		require.NoError(t, err, "the database keeps it")
		require.False(t, slow.until.Before(begun.Add(limit)), "%d MiB", mib)
		require.False(t, slow.until.After(time.Now().Add(limit)), "%d MiB", mib)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := w.Accept(ctx, bob, persistence.UploadVideo, "", append(film(20), make([]byte, 19<<20)...))
	require.NoError(t, err)
	end, _ := ctx.Deadline()
	require.Less(t, end.Sub(slow.until), 2600*time.Millisecond)
	require.Greater(t, end.Sub(slow.until), 2*time.Second, "something is left for the database")
}
