package mediatest

import (
	"bytes"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/social"
)

func ticketCases() []testCase {
	return []testCase{
		{"a ticket brings one object in", ticketBringsIn},
		{"a ticket bounds size and type", ticketBounds},
		{"a ticket is good for its key only", ticketKey},
		{"a ticket expires", ticketExpires},
		{"a ticket cannot be changed", ticketForged},
		{"a ticket replaces nothing", ticketInsertOnly},
		{"tickets without bounds are not given", ticketRefused},
	}
}

const ticketLife = 10 * time.Minute

func request(b Backend) media.TicketRequest {
	return media.TicketRequest{
		Key: media.Staged("upload_1"), MaxSize: 2000, Types: []string{"image/jpeg", pngType, "image/webp"},
		EndUser: "42", Expires: b.Now().Add(ticketLife),
	}
}

func ticket(t *testing.T, b Backend, r media.TicketRequest) media.Ticket {
	t.Helper()
	ticket, err := b.Store.Ticket(t.Context(), r)
	require.NoError(t, err)
	return ticket
}

// Upload sends data as a client would that was given the ticket, and gives the
// answer's status.
func Upload(t *testing.T, ticket media.Ticket, contentType string, data []byte) int {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	fields := maps.Clone(ticket.Fields)
	if fields["Content-Type"] == "" {
		fields["Content-Type"] = contentType
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		require.NoError(t, form.WriteField(name, fields[name]))
	}
	part, err := form.CreatePart(map[string][]string{
		"Content-Disposition": {`form-data; name="file"; filename="../../me.png"`}, "Content-Type": {contentType},
	})
	require.NoError(t, err)
	_, err = part.Write(data)
	require.NoError(t, err)
	require.NoError(t, form.Close())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, ticket.URL, &body)
	require.NoError(t, err)
	r.Header.Set("Content-Type", form.FormDataContentType())
	resp, err := client().Do(r)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }() // read, and done with
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	return resp.StatusCode
}

func refused(t *testing.T, b Backend, ticket media.Ticket, contentType string, data []byte) {
	t.Helper()
	status := Upload(t, ticket, contentType, data)
	require.True(t, status >= 400 && status < 500 || status == 614, "answered %d", status) // 614: Qiniu's "exists"
	_, err := b.Store.Stat(t.Context(), media.Staged("upload_1"))
	require.ErrorIs(t, err, media.ErrNotFound, "what was refused is not kept")
}

func ticketBringsIn(t *testing.T, b Backend) {
	given := ticket(t, b, request(b))
	require.Equal(t, b.Now().Add(ticketLife).Unix(), given.Expires.Unix())
	require.Less(t, Upload(t, given, pngType, Picture(1, 2000)), 300)
	holds(t, b, media.Staged("upload_1"), Picture(1, 2000))
}

func ticketBounds(t *testing.T, b Backend) {
	given := ticket(t, b, request(b))
	refused(t, b, given, pngType, Picture(1, 2001))
	refused(t, b, given, pngType, Picture(1, 3<<20))
	refused(t, b, given, "text/html", []byte("<html><script>alert(1)</script>"))
	if !b.Unsniffed {
		refused(t, b, given, pngType, []byte("<html><script>alert(1)</script>"))
		refused(t, b, given, pngType, []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`))
		refused(t, b, given, pngType, []byte("PK\x03\x04\x14\x00\x00\x00\x08\x00"))
	}
	require.Less(t, Upload(t, given, pngType, Picture(1, 100)), 300, "a refusal does not use the ticket up")
}

func ticketKey(t *testing.T, b Backend) {
	for _, other := range []string{string(media.Staged("upload_2")), "pictures/aa/one.png", "../x", ""} {
		given := ticket(t, b, request(b))
		given.Fields["key"] = other
		status := Upload(t, given, pngType, Picture(1, 100))
		for _, key := range []media.Key{media.Staged("upload_2"), "pictures/aa/one.png"} {
			_, err := b.Store.Stat(t.Context(), key)
			require.ErrorIs(t, err, media.ErrNotFound, "%q, answered %d", other, status)
		}
	}
}

func ticketExpires(t *testing.T, b Backend) {
	given := ticket(t, b, request(b))
	b.Advance(ticketLife + time.Second)
	refused(t, b, given, pngType, Picture(1, 100))
}

func ticketForged(t *testing.T, b Backend) {
	given := ticket(t, b, request(b))
	for name, value := range given.Fields {
		if len(value) < 16 || name == "key" {
			continue // no signature, nor what is signed
		}
		for _, forged := range []string{"", value[:len(value)/2], strings.Repeat("A", len(value)), flip(value, len(value)/3), flip(value, 5)} {
			bad := given
			bad.Fields = maps.Clone(given.Fields)
			bad.Fields[name] = forged
			refused(t, b, bad, pngType, Picture(1, 100))
		}
	}
}

func flip(s string, at int) string {
	b := []byte(s)
	if b[at]++; b[at] == ':' || b[at] == '.' {
		b[at]++
	}
	return string(b)
}

func ticketInsertOnly(t *testing.T, b Backend) {
	given := ticket(t, b, request(b))
	require.Less(t, Upload(t, given, pngType, Picture(1, 100)), 300)
	require.Less(t, Upload(t, given, pngType, Picture(1, 100)), 300, "a client that missed its answer sends the same again")
	status := Upload(t, given, pngType, Picture(2, 100))
	if b.Replaceable {
		return
	}
	require.GreaterOrEqual(t, status, 400)
	holds(t, b, media.Staged("upload_1"), Picture(1, 100))
}

func ticketRefused(t *testing.T, b Backend) {
	for name, spoil := range map[string]func(*media.TicketRequest){
		"public":  func(r *media.TicketRequest) { r.Key = "pictures/aa/one.png" },
		"no key":  func(r *media.TicketRequest) { r.Key = "" },
		"no size": func(r *media.TicketRequest) { r.MaxSize = 0 },
		"no type": func(r *media.TicketRequest) { r.Types = nil },
		"past":    func(r *media.TicketRequest) { r.Expires = b.Now().Add(-time.Second) },
		"for long": func(r *media.TicketRequest) {
			r.Expires = b.Now().Add(2 * media.MaxTicketLife)
		},
	} {
		r := request(b)
		spoil(&r)
		_, err := b.Store.Ticket(t.Context(), r)
		require.Equal(t, social.CodeInternal, social.CodeOf(err), name)
	}
}
