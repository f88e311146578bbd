package media

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// MaxTicketLife bounds how long a ticket is good for, and MaxLinkLife a link.
const (
	MaxTicketLife = time.Hour
	MaxLinkLife   = time.Hour
)

// CheckLink gives CodeInternal for a link that no store may give.
func CheckLink(key Key, expires, now time.Time) error {
	switch {
	case key.Check() != nil:
		return key.Check()
	case !key.Private():
		return Permanent(fmt.Errorf("media: a link to the public key %s", key))
	case !expires.After(now) || expires.After(now.Add(MaxLinkLife)):
		return Permanent(fmt.Errorf("media: a link until %s, asked at %s", expires.Format(time.RFC3339), now.Format(time.RFC3339)))
	}
	return nil
}

// Check gives CodeInternal for a request that no store may grant.
func (r TicketRequest) Check(now time.Time) error {
	switch {
	case r.Key.Check() != nil:
		return r.Key.Check()
	case !r.Key.Private():
		return Permanent(fmt.Errorf("media: a ticket for the public key %s", r.Key))
	case r.MaxSize < 1 || len(r.Types) == 0:
		return Permanent(errors.New("media: a ticket without bounds"))
	case !r.Expires.After(now) || r.Expires.After(now.Add(MaxTicketLife)):
		return Permanent(fmt.Errorf("media: a ticket until %s, asked at %s", r.Expires.Format(time.RFC3339), now.Format(time.RFC3339)))
	}
	return nil
}

// CheckBody gives CodeInternal unless body has exactly size bytes from where it
// stands, and leaves it there.
func CheckBody(body io.ReadSeeker, size int64) error {
	start, err := body.Seek(0, io.SeekCurrent)
	if err != nil {
		return Permanent(err)
	}
	end, err := body.Seek(0, io.SeekEnd)
	if err != nil {
		return Permanent(err)
	}
	if _, err := body.Seek(start, io.SeekStart); err != nil {
		return Permanent(err)
	}
	if end-start != size {
		return Permanent(fmt.Errorf("media: a body of %d bytes, announced as %d", end-start, size))
	}
	return nil
}
