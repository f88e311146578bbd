package media

import (
	"context"
	"io"
	"time"
)

// Store keeps objects: bytes of a content type under a key. Nothing is ever
// changed in place, since what is published is cached for ever.
//
// Every method heeds its context, has a deadline of its own besides, and may be
// called from any goroutine. Errors are *social.Error: those a method names, and
// besides them what Passing reports (worth trying again) and CodeInternal
// (trying again will not help).
type Store interface {
	// Put stores size bytes of body under key. It may read the body more than
	// once; a body of another length is refused and nothing is stored. Storing
	// the same bytes again succeeds, so a Put whose answer was lost is repeated;
	// other bytes under a key that is taken are refused with ErrExists.
	Put(ctx context.Context, key Key, body io.ReadSeeker, size int64, contentType string) error
	// Open reads an object; the caller closes it. ErrNotFound: no such object.
	Open(ctx context.Context, key Key) (io.ReadCloser, Info, error)
	// Stat tells of an object without reading it. ErrNotFound: no such object.
	Stat(ctx context.Context, key Key) (Info, error)
	// Delete removes an object. One that is not there is removed already.
	Delete(ctx context.Context, key Key) error

	// URL is where everybody reads a public object, "" for a private key. It
	// asks nobody, and does not say that the object exists.
	URL(key Key) string
	// Link is where whoever has it reads a private object until expires, an hour
	// from now at most, as a file of the given name (of letters, digits, '-', '_'
	// and '.'). "": the store has no such links, and the object is to be opened. It
	// asks nobody, and does not say that the object exists. A public key and other
	// times are refused with CodeInternal.
	Link(ctx context.Context, key Key, name string, expires time.Time) (string, error)
	// Ticket permits a client to send one object to the store without passing
	// through us. The key must be private. What arrives is untrusted: Stat it,
	// Open it, and publish only what was made of it.
	Ticket(ctx context.Context, r TicketRequest) (Ticket, error)

	// Prefetch makes the CDN fetch public objects before anybody asks for them.
	// Where there is no CDN it does nothing.
	Prefetch(ctx context.Context, keys ...Key) error
	// Refresh makes the CDN forget objects that were deleted. Where there is no
	// CDN it does nothing.
	Refresh(ctx context.Context, keys ...Key) error
}

// Info describes a stored object.
type Info struct {
	Size int64  // in bytes
	Type string // the content type, without parameters
	// Hash names the content: equal for equal bytes, made by the store in its
	// own way. Do not compare the hashes of two stores.
	Hash string
}

// TicketRequest bounds one client-direct upload.
type TicketRequest struct {
	Key     Key      // private; the only key the ticket is good for
	MaxSize int64    // in bytes, at least 1
	Types   []string // content types accepted, at least one, such as image/jpeg
	EndUser string   // who uploads, for the store's log and its callback
	Expires time.Time
}

// Ticket is what a client needs to upload: a POST of multipart/form-data to URL
// with every field, then the object as the last field, named "file". Where
// Fields has no Content-Type the client adds one: the type of the object.
type Ticket struct {
	URL     string
	Fields  map[string]string
	Expires time.Time
}

// CacheControl is what public objects are served with: their keys are made of
// their content, so they never change.
const CacheControl = "public, max-age=31536000, immutable"
