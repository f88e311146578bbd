package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

type openUploadInput struct {
	Body struct {
		Purpose string `json:"purpose" enum:"avatar,photo,video" doc:"avatar: it takes the place of my first photo; photo: it comes behind the last; video: it takes the place of my video."`
	}
}

type openUploadOutput struct {
	Body struct {
		UploadID  string            `json:"upload_id"`
		URL       string            `json:"url" format:"uri-reference" doc:"Where to POST a form with all of fields and then the picture, as the field file. May be relative to this API's own address."`
		Fields    map[string]string `json:"fields" doc:"As they are. Where there is no Content-Type among them, add that of the picture."`
		ExpiresAt time.Time         `json:"expires_at" doc:"Until then the picture must have arrived."`
	}
}

type uploadInput struct {
	UploadID string `path:"upload_id" doc:"As POST /v1/uploads told it."`
}

type hookOutput struct {
	Body struct {
		OK bool `json:"ok"`
	}
}

func (s *service) uploadRoutes() {
	open := s.keyedOperation("open-upload", "/v1/uploads", "Begin to send a picture to the store of media, past this server", social.CodeUploadNotFound, social.CodeTooManyPhotos,
		social.CodeVideoUnsupported)
	open.DefaultStatus = http.StatusCreated
	register(s, open, keyed(&open, s.openUpload))
	done := s.operation("complete-upload", http.MethodPost, "/v1/uploads/{upload_id}/complete",
		"Say that a picture has arrived at the store of media; said again, the answer is the same", social.CodeUploadNotFound, social.CodeUploadTooLarge, social.CodeVideoUnsupported)
	done.DefaultStatus = http.StatusAccepted
	register(s, done, s.completeUpload)
	if s.Callback == nil {
		return
	}
	hook := s.openOperation("qiniu-hook", http.MethodPost, "/v1/hooks/qiniu", "For Qiniu: say that a picture has arrived. Signed by it", social.CodeUnauthenticated)
	hook.Metadata = map[string]any{rawBody: true}
	register(s, hook, s.hook)
}

func (s *service) openUpload(ctx context.Context, in *openUploadInput, key persistence.IdempotencyKey) (*openUploadOutput, error) {
	p, err := s.Uploads.Open(ctx, callerOf(ctx), persistence.UploadPurpose(in.Body.Purpose), key.Key)
	if err != nil {
		return nil, asCaller(err)
	}
	out := &openUploadOutput{}
	out.Body.UploadID, out.Body.URL, out.Body.Fields, out.Body.ExpiresAt = string(p.ID), p.Ticket.URL, p.Ticket.Fields, p.Ticket.Expires.UTC()
	return out, nil
}

func (s *service) completeUpload(ctx context.Context, in *uploadInput) (*acceptedOutput, error) {
	uid := callerOf(ctx)
	id, err := s.Uploads.Complete(ctx, uid, persistence.UploadID(in.UploadID))
	if errors.Is(err, &social.Error{Code: social.CodeUploadNotFound}) {
		err = s.orUnauthenticated(ctx, uid, err)
	}
	if err != nil {
		return nil, err
	}
	return acceptedOf(id), nil
}

// hook believes nothing but who calls and which upload is meant. An upload that
// is not known, any more or yet, is no reason to call again.
func (s *service) hook(ctx context.Context, _ *struct{}) (*hookOutput, error) {
	r, _ := ctx.Value(sentRequest{}).(*http.Request)
	key, endUser, err := s.Callback(r)
	if err != nil {
		return nil, err
	}
	err = s.Uploads.Arrived(ctx, key, endUser)
	if err != nil && social.CodeOf(err) != social.CodeUploadNotFound && social.CodeOf(err) != social.CodeUploadTooLarge {
		return nil, err
	}
	out := &hookOutput{}
	out.Body.OK = true
	return out, nil
}
