package disk

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"time"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/social"
)

const (
	// formOverhead is what a form may take besides its file, in bytes.
	formOverhead = 64 << 10
	maxToken     = 8 << 10
	maxFields    = 8
	// uploadTime bounds the sending of one object.
	uploadTime = 2 * time.Minute
	// A client that is still sending must come to read its refusal: so much of
	// the rest is read, for so long.
	drainBytes = 32 << 20
	drainTime  = 2 * time.Second
	// maxComing bounds what is received at a time, and with it the disk that
	// half-written files take.
	maxComing = 32
)

// Receiver takes what clients send with a ticket: POST of multipart/form-data,
// the field token before the field file. It answers 204. What is refused has
// the code forbidden, upload_too_large, unsupported_media or invalid_request, and
// nothing of it is kept; rate_limited while the same ticket is being used, and
// overloaded while many are.
func (s *Store) Receiver() http.Handler { return http.HandlerFunc(s.receive) }

func (s *Store) receive(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(uploadTime)) // the server's own deadline is for small requests
	if err := s.take(w, r); err != nil {
		_ = control.EnableFullDuplex() // or net/http would read on before it answers
		w.Header().Set("Connection", "close")
		s.o.Fail(w, r, err)
		_ = control.Flush()
		_ = control.SetReadDeadline(time.Now().Add(drainTime))
		_, _ = io.CopyN(io.Discard, r.Body, drainBytes)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Store) take(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return social.Errorf(social.CodeMethodNotAllowed, "Uploads are POSTed.")
	}
	form, err := r.MultipartReader()
	if err != nil {
		return invalid("An upload is multipart/form-data.")
	}
	var p permit
	for range maxFields {
		part, err := form.NextPart()
		if err != nil {
			return invalid("The form ends before its field file, or cannot be read.")
		}
		switch part.FormName() {
		case fieldToken:
			token, err := io.ReadAll(io.LimitReader(part, maxToken))
			if err != nil {
				return invalid("The form cannot be read.")
			}
			if p, err = s.permitted(string(token)); err != nil {
				return err
			}
			if r.ContentLength > p.MaxSize+formOverhead {
				return tooLarge()
			}
		case "file":
			if p.Key == "" {
				return social.Errorf(social.CodeForbidden, "The field token comes before the field file.")
			}
			return s.keep(r, p, part)
		}
	}
	return invalid("The form has too many fields.")
}

// keep stores the file of a form under the key its ticket names.
func (s *Store) keep(r *http.Request, p permit, file *multipart.Part) error {
	if err := s.begin(p.Key); err != nil {
		return err
	}
	defer s.end(p.Key)
	temp, err := s.spool(r, p, file)
	if err != nil {
		return err
	}
	err = s.publish(r.Context(), temp, p.Key)
	if errors.Is(err, media.ErrExists) {
		return &social.Error{Code: social.CodeForbidden, Message: "This upload has been made already.", Cause: err}
	}
	return err
}

// begin takes a place for the object of a key; end gives it back.
func (s *Store) begin(key media.Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.coming[key]; ok {
		return social.Errorf(social.CodeRateLimited, "This upload is being made just now.")
	}
	if len(s.coming) >= maxComing {
		return social.Errorf(social.CodeOverloaded, "Too many are uploading just now.")
	}
	s.coming[key] = struct{}{}
	return nil
}

func (s *Store) end(key media.Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.coming, key)
}

// spool keeps the file of a form in a temporary one, if it is as permitted.
func (s *Store) spool(r *http.Request, p permit, file io.Reader) (temp string, err error) {
	sent := &sending{Reader: file}
	temp, size, err := s.writeUpTo(r.Context(), sent, p.MaxSize)
	if sent.brokeOff {
		return "", &social.Error{Code: social.CodeInvalidRequest, Message: "The upload broke off.", Cause: err}
	}
	if err != nil {
		return "", failed(err)
	}
	if size > p.MaxSize {
		err = tooLarge()
	} else {
		err = s.acceptable(temp, p.Types)
	}
	if err != nil {
		return "", errors.Join(err, s.root.Remove(temp))
	}
	return temp, nil
}

func (s *Store) acceptable(temp string, types []string) error {
	f, err := s.root.Open(temp)
	if err != nil {
		return failed(err)
	}
	mime, err := sniff(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return failed(err)
	}
	if !slices.Contains(types, mime) {
		return social.Errorf(social.CodeUnsupportedMedia, "A file of this kind is not accepted here.")
	}
	return nil
}

// sending tells a client that breaks off from a disk that fails.
type sending struct {
	io.Reader
	brokeOff bool
}

func (s *sending) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.brokeOff = true
	}
	return n, err
}

func invalid(message string) error { return social.Errorf(social.CodeInvalidRequest, "%s", message) }

func tooLarge() error { return social.Errorf(social.CodeUploadTooLarge, "The file is too large.") }
