package qiniu

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/qiniu/go-sdk/v7/media/apis"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/video"
	"github.com/swiperhq/swiper/social"
)

const (
	defaultWork  = 5 * time.Minute
	defaultPoll  = 2 * time.Second
	clearTimeout = 30 * time.Second
	maxPoster    = 10 << 20 // bytes of a frame, as PNG

	firstFrame = "vframe/png/offset/0"
)

// States of persistent processing, from Qiniu's documentation of prefop.
const (
	workDone   = 0
	workWaits  = 1
	workGoesOn = 2
	workFailed = 3
	workUntold = 4 // done, but nobody could be notified; we ask for none
)

// TranscoderOptions of Store.Transcoder.
type TranscoderOptions struct {
	Pipeline string        // a queue of one's own; "": the one all customers share
	Timeout  time.Duration // of the work at one video; 0: 5 min
	Poll     time.Duration // between two looks whether it is done; 0: 2 s
}

// Transcoder has Qiniu make videos fit to be published (persistent processing,
// pfop). What it works at lies in the private bucket meanwhile.
type Transcoder struct {
	store *Store
	o     TranscoderOptions
}

// Transcoder gives one that works in the store's account.
func (s *Store) Transcoder(o TranscoderOptions) *Transcoder {
	if o.Timeout <= 0 {
		o.Timeout = defaultWork
	}
	if o.Poll <= 0 {
		o.Poll = defaultPoll
	}
	return &Transcoder{s, o}
}

// Transcode makes a clip of b, whose owner its key is derived from. The errors of
// video.Measure, CodeImageInvalid when Qiniu cannot read it, and those of a Store.
func (t *Transcoder) Transcode(ctx context.Context, owner string, b []byte) (*video.Clip, error) {
	header, err := video.Measure(b)
	if err != nil {
		return nil, err
	}
	// Whoever comes back after a crash finds what is there by the same names.
	sum := sha256.Sum256(append([]byte(owner+"\n"), b...))
	id := hex.EncodeToString(sum[:])
	original, film, poster := media.Working(id), media.Working(id+".mp4"), media.Working(id+".png")
	ctx, cancel := context.WithTimeout(ctx, t.o.Timeout)
	defer cancel()
	defer t.clear(ctx, original, film, poster)
	if err := t.store.Put(ctx, original, bytes.NewReader(b), int64(len(b)), string(header.Format)); err != nil {
		return nil, err
	}
	if err := t.work(ctx, original, film, transcoding(header)); err != nil {
		return nil, err
	}
	if err := t.work(ctx, film, poster, firstFrame); err != nil {
		return nil, err
	}
	data, err := t.read(ctx, film, video.MaxBytes)
	if err != nil {
		return nil, err
	}
	frame, err := t.read(ctx, poster, maxPoster)
	if err != nil {
		return nil, err
	}
	return video.NewClip(owner, data, frame)
}

// transcoding is what Qiniu is told to do with a video.
func transcoding(h video.Header) string {
	fop := "avthumb/mp4/vcodec/libx264/vb/2500k/ab/96k/stripmeta/1"
	if max(h.Width, h.Height) > video.Side {
		side := strconv.Itoa(video.Side)
		fop += "/s/" + side + "x" + side + "/autoscale/1"
	}
	return fop
}

// errNotMade is what Qiniu could not do.
var errNotMade = errors.New("qiniu: not made")

// work has fop made of one object another one. What fails is tried once more from
// scratch; then it is the fault of the video, if that is still there.
func (t *Transcoder) work(ctx context.Context, from, to media.Key, fop string) error {
	err := t.once(ctx, from, to, fop, 0)
	if errors.Is(err, errNotMade) {
		err = t.once(ctx, from, to, fop, 1)
	}
	if !errors.Is(err, errNotMade) {
		return err
	}
	_, gone := t.store.Stat(ctx, from)
	switch {
	case errors.Is(gone, media.ErrNotFound):
		return media.Unavailable(errors.Join(err, gone))
	case gone != nil:
		return gone
	}
	return &social.Error{Code: social.CodeImageInvalid, Message: "The video cannot be read.", Cause: err}
}

// once asks for the work and waits until it is done.
func (t *Transcoder) once(ctx context.Context, from, to media.Key, fop string, force int64) error {
	fop += "|saveas/" + base64.URLEncoding.EncodeToString([]byte(t.store.bucket(to)+":"+string(to)))
	begun, err := t.store.works.Pfop(ctx, &apis.PfopRequest{
		BucketName: t.store.bucket(from), ObjectName: string(from), Fops: fop, Force: force, Pipeline: t.o.Pipeline,
	}, nil)
	if codeOf(err) == codeNotFound {
		return media.Unavailable(err) // somebody who was at the same work has cleared it away
	}
	if err != nil {
		return failed(ctx, from, err)
	}
	for {
		is, err := t.store.works.Prefop(ctx, &apis.PrefopRequest{PersistentId: begun.PersistentId}, nil)
		if err != nil {
			return media.Unavailable(err) // also where the work is not known yet
		}
		switch is.Code {
		case workDone, workUntold:
			return nil
		case workFailed:
			return fmt.Errorf("%w: %s of %s", errNotMade, said(is), from)
		case workWaits, workGoesOn:
		default:
			return media.Unavailable(fmt.Errorf("qiniu: work is in the unknown state %d", is.Code))
		}
		if err := t.pause(ctx); err != nil {
			return err
		}
	}
}

func (t *Transcoder) pause(ctx context.Context) error {
	timer := time.NewTimer(t.o.Poll)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return media.Unavailable(ctx.Err())
	}
}

// said is why something was not made.
func said(is *apis.PrefopResponse) string {
	for _, item := range is.Items {
		if item.Error != "" {
			return item.Error
		}
	}
	return is.Description
}

func (t *Transcoder) read(ctx context.Context, key media.Key, most int64) ([]byte, error) {
	object, _, err := t.store.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(object, most+1))
	if err != nil {
		err = media.Unavailable(err)
	} else if int64(len(data)) > most {
		err = video.TooLarge()
	}
	return data, errors.Join(err, object.Close())
}

// clear removes what was worked at. What cannot be removed just now stays for the
// rule that the operator's manual asks for.
func (t *Transcoder) clear(ctx context.Context, keys ...media.Key) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), clearTimeout)
	defer cancel()
	for _, key := range keys {
		_ = t.store.Delete(ctx, key)
	}
}
