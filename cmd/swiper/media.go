package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/config"
	"github.com/swiperhq/swiper/internal/hints"
	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/disk"
	"github.com/swiperhq/swiper/media/picture"
	"github.com/swiperhq/swiper/media/qiniu"
	"github.com/swiperhq/swiper/media/s3"
	"github.com/swiperhq/swiper/media/video"
	"github.com/swiperhq/swiper/tasks"
	"github.com/swiperhq/swiper/uploads"
)

// Where the pictures of a disk are read and received.
const (
	mediaPath  = "/media"
	uploadPath = "/media-upload"
)

// gallery is what a node has to do with pictures.
type gallery struct {
	service    *uploads.Service
	store      media.Store
	transfers  *actors.Uploaders
	routes     map[string]http.Handler // of the public listener
	callback   func(*http.Request) (media.Key, string, error)
	transcoder uploads.Transcoder // the store's own; nil: it has none
	origin     string             // scheme, host and port where pictures are read; "": here
}

// openGallery opens the store of media and starts the actors that work for it.
func (n *node) openGallery(ctx context.Context, db database, system *actors.System, bus *hints.Bus) (*gallery, error) {
	g := &gallery{}
	store, err := n.openMedia(g)
	if err != nil {
		return nil, err
	}
	store = mortal[media.Store](store, mortalStore{store})
	// As many as there are tasks, and as many again for those who wait.
	transfers, err := system.Uploaders(store, 2*n.settings.Tasks.Uploads)
	if err != nil {
		return nil, err
	}
	n.onStop("uploaders", transfers.Stop)
	g.store, g.transfers = store, transfers
	transcoder, err := n.transcoder(ctx, g)
	if err != nil {
		return nil, err
	}
	g.service, err = uploads.New(uploads.Options{
		Store: mortal[uploads.Store](db, mortalRows{db}), Media: store, Transfers: transfers, Cleaner: picture.NewCleaner(picture.Options{}),
		Transcoder: transcoder, Reviewer: reviewer(n.settings.Media.Review), Hint: bus.Hint, Now: sabotage.Now, Logger: n.logger,
	})
	return g, err
}

// transcoder is what works at videos: the store, or else the machine's ffmpeg; nil
// where there is neither.
func (n *node) transcoder(ctx context.Context, g *gallery) (uploads.Transcoder, error) {
	if g.transcoder != nil {
		return g.transcoder, nil
	}
	t, err := video.NewTranscoder(ctx, video.Options{Program: n.settings.Media.FFmpeg, Dir: filepath.Join(n.settings.Data.Dir, "tmp", "video")})
	if errors.Is(err, video.ErrNoProgram) {
		n.logger.InfoContext(ctx, "videos are not taken", slog.Any("why", err))
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// reviewer is who looks at pictures before others see them.
func reviewer(setting string) uploads.Reviewer {
	if setting == config.OperatorsReview {
		return uploads.LeaveToOperators()
	}
	return uploads.ApproveAll()
}

func (n *node) openMedia(g *gallery) (media.Store, error) {
	m, err := n.settings.MediaStore()
	if err != nil {
		return nil, err
	}
	switch m.Kind {
	case config.QiniuMedia:
		g.origin = originOf(m.Domain)
		store, err := qiniu.New(qiniu.Options{
			AccessKey: m.AccessKey, SecretKey: m.SecretKey, Region: m.Region, Bucket: m.Bucket, Domain: m.Domain,
			PrivateBucket: m.PrivateBucket, PrivateDomain: m.PrivateDomain, CallbackURL: m.Callback, Endpoint: m.Endpoint,
		})
		if err != nil {
			return nil, err
		}
		g.transcoder = store.Transcoder(qiniu.TranscoderOptions{Pipeline: m.Pipeline})
		if m.Callback != "" {
			g.callback = func(r *http.Request) (media.Key, string, error) {
				a, err := store.Callback(r)
				return a.Key, a.EndUser, err
			}
		}
		return store, nil
	case config.S3Media:
		g.origin = originOf(m.Domain)
		return s3.New(s3.Options{
			Endpoint: m.Endpoint, Region: m.Region, AccessKey: m.AccessKey, SecretKey: m.SecretKey, Bucket: m.Bucket, Domain: m.Domain,
			PrivateBucket: m.PrivateBucket, PathStyle: m.PathStyle,
		})
	}
	return n.openDisk(g, m.Dir)
}

func (n *node) openDisk(g *gallery, dir string) (media.Store, error) {
	key, err := n.settings.AuthKey()
	if err != nil {
		return nil, err
	}
	ticketKey, err := hkdf.Key(sha256.New, key, nil, "swiper upload tickets", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the key of tickets: %w", err)
	}
	at := n.settings.Media.URL
	g.origin = originOf(at)
	if at == "" {
		at = mediaPath
	}
	store, err := disk.New(disk.Options{
		Dir: dir, PublicURL: at, UploadURL: uploadPath, TicketKey: ticketKey,
		Fail: func(w http.ResponseWriter, r *http.Request, err error) {
			problem.Write(w, problem.Report(r.Context(), n.logger, err))
		},
	})
	if err != nil {
		return nil, fmt.Errorf("media.store: %w", err)
	}
	n.onStop("store of media", func(context.Context) error { return store.Close() })
	g.routes = map[string]http.Handler{mediaPath + "/*key": http.StripPrefix(mediaPath, store.Public()), uploadPath: store.Receiver()}
	return store, nil
}

// originOf cuts a URL down to what a page's policy names; "" for none.
func originOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// handle adds the kinds of tasks that make pictures.
func (g *gallery) handle(h *tasks.Handlers) error {
	return errors.Join(
		tasks.Handle(h, uploads.PublishKind(), g.service.Publish),
		tasks.Handle(h, uploads.VideoKind(), g.service.Publish),
		tasks.Handle(h, uploads.PrefetchKind(), g.service.Prefetch),
		tasks.Handle(h, uploads.SweepKind(), func(ctx context.Context, _ *tasks.Run, _ struct{}) (any, error) {
			return nil, g.service.Sweep(ctx)
		}),
	)
}
