package exports

import (
	"context"
	"io"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// FileName is what an export is called where it is saved.
const FileName = "swiper-data.zip"

// ContentType of an export.
const ContentType = "application/zip"

// Download is an export to be read: at Link, by whoever has it and for minutes,
// or else from Object, which the caller closes.
type Download struct {
	Link   string
	Object io.ReadCloser // nil where there is a Link
	Size   int64         // in bytes
}

// Open gives uid an export of uid's. CodeExportNotFound: there is none by this id, it
// is not ready, or it has expired; CodeUserNotFound, also for who has left. The
// errors of media.Store.
func (s *Service) Open(ctx context.Context, uid social.UserID, id persistence.ExportID) (Download, error) {
	if _, err := s.o.Store.User(ctx, uid); err != nil { // an access token may outlive its user
		return Download{}, err
	}
	e, err := s.o.Store.Export(ctx, id)
	if err != nil {
		return Download{}, err
	}
	if e.UID != uid || e.State != persistence.ExportReady || s.expired(&e) {
		return Download{}, notFound()
	}
	d := Download{Size: e.Size}
	if d.Link, err = s.o.Media.Link(ctx, media.Key(e.Key), FileName, s.o.Now().Add(linkLife)); err != nil || d.Link != "" {
		return d, err
	}
	object, info, err := s.o.Media.Open(ctx, media.Key(e.Key))
	if social.CodeOf(err) == social.CodeNotFound {
		err = notFound() // swept a moment ago
	}
	if err != nil {
		return Download{}, err
	}
	d.Object, d.Size = object, info.Size
	return d, nil
}
