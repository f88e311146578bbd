package s3

import (
	"context"
	"errors"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/swiperhq/swiper/media"
)

const fieldType = "Content-Type"

// Ticket implements media.Store.
func (s *Store) Ticket(ctx context.Context, r media.TicketRequest) (media.Ticket, error) {
	if err := r.Check(s.o.Now()); err != nil {
		return media.Ticket{}, err
	}
	p := minio.NewPostPolicy()
	err := errors.Join(
		p.SetBucket(s.bucket(r.Key)), p.SetKey(string(r.Key)), p.SetExpires(r.Expires.UTC()), p.SetContentLengthRange(1, r.MaxSize),
		p.SetContentTypeStartsWith(commonStart(r.Types)),
	)
	if r.EndUser != "" {
		err = errors.Join(err, p.SetUserMetadata("end-user", r.EndUser))
	}
	if err != nil {
		return media.Ticket{}, media.Permanent(err)
	}
	u, fields, err := s.client.PresignedPostPolicy(ctx, p)
	if err != nil {
		return media.Ticket{}, media.Permanent(err)
	}
	delete(fields, fieldType) // it holds how the type must begin: the client says which it is
	delete(fields, "bucket")  // in the URL
	return media.Ticket{URL: u.String(), Fields: fields, Expires: r.Expires}, nil
}

// commonStart is what all types begin with: one condition is all a policy can
// have for them.
func commonStart(types []string) string {
	start := types[0]
	for _, t := range types[1:] {
		for !strings.HasPrefix(t, start) {
			start = start[:len(start)-1]
		}
	}
	return start
}
