package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/api/middleware"
	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/media/picture"
	"github.com/swiperhq/swiper/media/video"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	avatarPath = "/v1/me/avatar"
	photosPath = "/v1/me/photos"
	// formOverhead is what a form may take besides its file, in bytes.
	formOverhead = 64 << 10
	// sendTime is how long a picture or a video may be on its way to us, on a slow line.
	sendTime = 60 * time.Second
	// mibTime is how much longer than another a request may be handled for each MiB
	// that came with it, which a store of media takes meanwhile.
	mibTime = time.Second
	// answerTime is what is left to write the answer.
	answerTime = 20 * time.Second
	// mostSending bounds the uploads of a node that are being received: each takes
	// up to picture.MaxBytes of memory, and a video as much as two.
	mostSending = 16
	// mostOfUser bounds those of one user.
	mostOfUser = 3

	multipartType = "multipart/form-data"
	formFile      = "file"
)

// rawBody marks operations, in their metadata, whose body is no JSON.
const rawBody = "raw body"

// sentRequest is the request of such an operation, in the context.
type sentRequest struct{}

// carried is a picture or a video that comes with a request.
type carried struct {
	most     int64 // bytes
	weight   int   // in the gate
	tooLarge *social.Error
}

// carriedBy tells what comes with a request, nil for nothing that is large.
func carriedBy(c *gin.Context) *carried {
	method := http.MethodPut
	switch c.FullPath() { // every request comes by here
	case avatarPath, videoPath:
	case photosPath:
		method = http.MethodPost
	default:
		return nil
	}
	switch {
	case c.Request.Method != method:
		return nil
	case c.FullPath() == videoPath:
		return &carried{video.MaxBytes, video.MaxBytes / picture.MaxBytes, video.TooLarge()}
	}
	return &carried{picture.MaxBytes, 1, picture.TooLarge()}
}

// readBody reads the body of a request before it is looked at. A picture takes
// more memory and time than everything else, so it is received only from those
// who have a token, and from few at a time.
func (s *service) readBody(c *gin.Context) {
	load := carriedBy(c)
	if load == nil {
		middleware.Body(maxBody)(c)
		return
	}
	uid, err := s.sender(c)
	if err != nil {
		middleware.Refuse(c, problem.Report(c.Request.Context(), s.Logger, err))
		return
	}
	if err := s.gate.enter(uid, load.weight); err != nil {
		middleware.Refuse(c, problem.From(err))
		return
	}
	defer s.gate.leave(uid, load.weight)
	control := http.NewResponseController(c.Writer)
	now := time.Now()
	_ = control.SetReadDeadline(now.Add(sendTime)) // the server's own are for small requests
	_ = control.SetWriteDeadline(now.Add(sendTime + s.handlingTime(load.most) + answerTime))
	middleware.ReadBody(c, load.most+formOverhead, problem.From(load.tooLarge))
}

// deadline bounds the handling of a request whose body has been read.
func (s *service) deadline(c *gin.Context) {
	size := 0
	if carriedBy(c) != nil {
		size = len(middleware.Held(c.Request))
	}
	middleware.Deadline(s.handlingTime(int64(size)))(c)
}

// handlingTime is how long a request may be handled that carries so many bytes.
func (s *service) handlingTime(size int64) time.Duration {
	return s.RequestTimeout + time.Duration(size>>20)*mibTime
}

// sender tells who sends, by the token alone.
func (s *service) sender(c *gin.Context) (social.UserID, error) {
	token, ok := bearerOf(c.Request.Header)
	if !ok {
		return 0, social.Errorf(social.CodeUnauthenticated, "An access token is required: Authorization: Bearer …")
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.RequestTimeout)
	defer cancel()
	return s.Accounts.Verify(ctx, token)
}

// pictureURL is where a picture is read; nil for none.
func (s *service) pictureURL(key string) *string {
	if key == "" || s.Uploads == nil {
		return nil
	}
	return known(s.Uploads.URL(key))
}

type acceptedOutput struct {
	Location string `header:"Location" doc:"Where to ask how it is going."`
	Body     struct {
		TaskID string `json:"task_id" doc:"For GET /v1/tasks/{task_id}; its result is {avatar_url, avatar_blurhash, photo_id, state} of an avatar, {photo_id, state} of a photo, {video_id, state} of a video."`
	}
}

func acceptedOf(id persistence.TaskID) *acceptedOutput {
	out := &acceptedOutput{Location: "/v1/tasks/" + string(id)}
	out.Body.TaskID = string(id)
	return out
}

func (s *service) avatarRoutes() {
	op := s.operation("put-my-avatar", http.MethodPut, avatarPath,
		"Send my picture; sent again it is the same picture, and of several the one sent last is shown",
		social.CodeUploadTooLarge, social.CodeUnsupportedMedia, social.CodeImageInvalid)
	op.DefaultStatus = http.StatusAccepted
	op.Metadata = map[string]any{rawBody: true}
	register(s, op, s.putAvatar)
	s.huma.OpenAPI().Paths[avatarPath].Put.RequestBody = pictureBody()
}

// pictureBody describes the body of a request that carries a picture. It is told
// afterwards: huma would read the picture to validate it.
func pictureBody() *huma.RequestBody {
	return &huma.RequestBody{
		Required: true, Content: rawContent(picture.Types()),
		Description: "The picture itself, or a form with it as its field file: a JPEG, PNG or WebP of at most 10 MiB and 16 million pixels. " +
			"What it is shows in its bytes; names and announced types have no say. Where it was taken and all else but its colours is not published.",
	}
}

// rawContent describes bytes of one of some types, or a form with them.
func rawContent(types []string) map[string]*huma.MediaType {
	binary := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	content := map[string]*huma.MediaType{multipartType: {Schema: &huma.Schema{
		Type: huma.TypeObject, Required: []string{formFile}, Properties: map[string]*huma.Schema{formFile: binary.Schema},
	}}}
	for _, kind := range types {
		content[kind] = binary
	}
	return content
}

func (s *service) putAvatar(ctx context.Context, _ *struct{}) (*acceptedOutput, error) {
	return s.accept(ctx, persistence.UploadAvatar, "")
}

// accept takes the picture or video of a request, sent with a key or "".
func (s *service) accept(ctx context.Context, purpose persistence.UploadPurpose, key string) (*acceptedOutput, error) {
	r, _ := ctx.Value(sentRequest{}).(*http.Request)
	data, err := fileOf(r)
	if err != nil {
		return nil, err
	}
	id, err := s.Uploads.Accept(ctx, callerOf(ctx), purpose, key, data)
	if err != nil {
		return nil, asCaller(err)
	}
	return acceptedOf(id), nil
}

// fileOf takes the picture or video out of a request whose body is in memory.
func fileOf(r *http.Request) ([]byte, error) {
	body := middleware.Held(r)
	// Whatever type is claimed, or none: what is no form is looked at itself.
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != multipartType {
		return body, nil
	}
	form := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil, problem.Unreadable("The form has no field file.")
		}
		if err != nil {
			return nil, problem.Unreadable("The form cannot be read.")
		}
		if part.FormName() != formFile {
			continue
		}
		var file bytes.Buffer
		file.Grow(len(body))
		if _, err := file.ReadFrom(part); err != nil { // no longer than the body
			return nil, problem.Unreadable("The form cannot be read.")
		}
		return file.Bytes(), nil
	}
}
