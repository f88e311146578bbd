package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/swiperhq/swiper/media/video"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const videoPath = "/v1/me/video"

// clip is a video; null stands where there is none.
type clip struct {
	_ struct{} `nullable:"true"`

	VideoID        int64   `json:"video_id" minimum:"1"`
	URL            string  `json:"url" format:"uri-reference" doc:"An MP4 (H.264, AAC) of at most 1280 pixels a side. It never changes: another video has another URL."`
	PosterURL      string  `json:"poster_url" format:"uri-reference" doc:"How it begins: a JPEG of at most 640 pixels a side."`
	PosterBlurHash *string `json:"poster_blurhash"`
	DurationMS     int64   `json:"duration_ms" minimum:"1" doc:"Milliseconds."`
	Width          int     `json:"width" minimum:"1" doc:"Pixels."`
	Height         int     `json:"height" minimum:"1" doc:"Pixels."`
}

type videoOutput struct {
	Body struct {
		Video *clip `json:"video" doc:"null: there is none."`
	}
}

type ownVideoOutput struct {
	Body struct {
		Video   *clip `json:"video" doc:"What others see; null: nothing."`
		Pending *clip `json:"pending" doc:"What nobody but me sees until somebody decides about it, and which then takes the other's place; null: nothing."`
	}
}

func (s *service) videoRoutes() {
	op := s.operation("put-my-video", http.MethodPut, videoPath,
		"Send my video; sent again it is the same video, and of several the one sent last is shown",
		social.CodeUploadTooLarge, social.CodeUnsupportedMedia, social.CodeImageInvalid, social.CodeVideoUnsupported)
	op.DefaultStatus = http.StatusAccepted
	op.Metadata = map[string]any{rawBody: true}
	register(s, op, s.putVideo)
	s.huma.OpenAPI().Paths[videoPath].Put.RequestBody = &huma.RequestBody{
		Required: true, Content: rawContent(video.Types()),
		Description: "The video itself, or a form with it as its field file: an MP4, a QuickTime or a WebM of at most 20 MiB and 15 seconds. " +
			"What it is shows in its bytes. Where it was taken and all else but what is seen and heard is not published.",
	}
	register(s, s.operation("get-my-video", http.MethodGet, videoPath, "Show my video"), s.ownVideo)
	register(s, s.operation("delete-my-video", http.MethodDelete, videoPath, "Take my video away, if there is one"), s.deleteVideo)
	register(s, s.operation("get-video", http.MethodGet, "/v1/users/{user_id}/video", "Show the video that a person shows", social.CodeUserNotFound), s.video)
}

func (s *service) putVideo(ctx context.Context, _ *struct{}) (*acceptedOutput, error) {
	return s.accept(ctx, persistence.UploadVideo, "")
}

func (s *service) ownVideo(ctx context.Context, _ *struct{}) (*ownVideoOutput, error) {
	found, err := s.Store.VideosOf(ctx, callerOf(ctx))
	if err != nil {
		return nil, asCaller(err)
	}
	out := &ownVideoOutput{}
	for i := range found {
		if found[i].State == persistence.PhotoApproved {
			out.Body.Video = s.clipOf(&found[i])
		} else {
			out.Body.Pending = s.clipOf(&found[i])
		}
	}
	return out, nil
}

func (s *service) deleteVideo(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, asCaller(s.Uploads.DeleteVideo(ctx, callerOf(ctx)))
}

func (s *service) video(ctx context.Context, in *photosInput) (*videoOutput, error) {
	found, err := s.Store.ShownVideos(ctx, social.UserID(in.UserID))
	if errors.Is(err, &social.Error{Code: social.CodeUserNotFound}) {
		err = s.orUnauthenticated(ctx, callerOf(ctx), err)
	}
	if err != nil {
		return nil, err
	}
	out := &videoOutput{}
	if len(found) > 0 {
		out.Body.Video = s.clipOf(&found[0])
	}
	return out, nil
}

func (s *service) clipOf(p *persistence.Photo) *clip {
	return &clip{
		VideoID: int64(p.ID), URL: s.Uploads.URL(p.Video.Key), PosterURL: s.Uploads.URL(p.Medium), PosterBlurHash: known(p.BlurHash),
		DurationMS: p.Video.Duration.Milliseconds(), Width: p.Video.Width, Height: p.Video.Height,
	}
}
