package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// photo is a picture as everybody sees it.
type photo struct {
	PhotoID  int64   `json:"photo_id" minimum:"1"`
	URL      string  `json:"url" format:"uri-reference" doc:"A JPEG of at most 640 pixels a side, see avatar_url of a card."`
	LargeURL string  `json:"large_url" format:"uri-reference" doc:"The same, of at most 1280 pixels a side."`
	SmallURL string  `json:"small_url" format:"uri-reference" doc:"The same, of at most 160 pixels a side."`
	BlurHash *string `json:"blurhash"`
	Main     bool    `json:"main" doc:"It is the avatar: the first that is approved."`
}

// ownPhoto is a picture as its owner sees it. It repeats the members of photo,
// since huma describes no embedded struct that is not exported.
type ownPhoto struct {
	PhotoID  int64   `json:"photo_id" minimum:"1"`
	URL      string  `json:"url" format:"uri-reference" doc:"See photo."`
	LargeURL string  `json:"large_url" format:"uri-reference"`
	SmallURL string  `json:"small_url" format:"uri-reference"`
	BlurHash *string `json:"blurhash"`
	Main     bool    `json:"main" doc:"It is the avatar: the first that is approved."`
	State    string  `json:"state" enum:"pending,approved" doc:"pending: nobody but me sees it until somebody decides about it. One that is rejected is gone."`
	Replaced bool    `json:"replaced" doc:"It goes once the pending picture that was sent as avatar in its place is approved, and does not count until then."`
}

type photosOutput struct {
	Body struct {
		Photos []photo `json:"photos" nullable:"false" doc:"At most nine, in order."`
	}
}

type ownPhotosOutput struct {
	Body struct {
		Photos []ownPhoto `json:"photos" nullable:"false" doc:"In order. At most nine that count."`
	}
}

type orderInput struct {
	Body struct {
		PhotoIDs []int64 `json:"photo_ids" maxItems:"10" nullable:"false" doc:"All my photos, each once."`
	}
}

type ownPhotoInput struct {
	PhotoID int64 `path:"photo_id" minimum:"1"`
}

type photosInput struct {
	UserID int64 `path:"user_id" minimum:"1"`
}

func (s *service) photoRoutes() {
	add := s.keyedOperation("add-my-photo", photosPath, "Send another photo of mine, which comes behind the others",
		social.CodeUploadTooLarge, social.CodeUnsupportedMedia, social.CodeImageInvalid, social.CodeTooManyPhotos, social.CodeUploadNotFound)
	add.DefaultStatus = http.StatusAccepted
	add.Metadata = map[string]any{rawBody: true}
	register(s, add, keyed(&add, s.addPhoto))
	s.huma.OpenAPI().Paths[photosPath].Post.RequestBody = pictureBody()
	register(s, s.operation("list-my-photos", http.MethodGet, photosPath, "List my photos"), s.ownPhotos)
	register(s, s.operation("order-my-photos", http.MethodPut, photosPath,
		"Put my photos into another order; the first that is approved is my avatar"), s.orderPhotos)
	register(s, s.operation("delete-my-photo", http.MethodDelete, photosPath+"/{photo_id}", "Take a photo of mine away", social.CodePhotoNotFound), s.deletePhoto)
	register(s, s.operation("list-photos", http.MethodGet, "/v1/users/{user_id}/photos", "List the photos that a person shows", social.CodeUserNotFound), s.photos)
}

// addPhoto passes the client's key on: the digest that keyed makes says nothing
// of a body that huma has not read.
func (s *service) addPhoto(ctx context.Context, _ *struct{}, key persistence.IdempotencyKey) (*acceptedOutput, error) {
	return s.accept(ctx, persistence.UploadPhoto, key.Key)
}

func (s *service) ownPhotos(ctx context.Context, _ *struct{}) (*ownPhotosOutput, error) {
	found, err := s.Store.PhotosOf(ctx, callerOf(ctx))
	if err != nil {
		return nil, asCaller(err)
	}
	return s.ownPhotosOf(found), nil
}

func (s *service) orderPhotos(ctx context.Context, in *orderInput) (*ownPhotosOutput, error) {
	ids := make([]persistence.PhotoID, len(in.Body.PhotoIDs))
	for i, id := range in.Body.PhotoIDs {
		ids[i] = persistence.PhotoID(id)
	}
	ordered, err := s.Store.OrderPhotos(ctx, callerOf(ctx), ids)
	if err != nil {
		return nil, asCaller(err)
	}
	return s.ownPhotosOf(ordered), nil
}

func (s *service) ownPhotosOf(found []persistence.Photo) *ownPhotosOutput {
	out := &ownPhotosOutput{}
	out.Body.Photos = make([]ownPhoto, len(found))
	main := false
	for i := range found {
		p := &found[i]
		first := !main && p.State == persistence.PhotoApproved
		main = main || first
		seen := s.photoOf(p, first)
		out.Body.Photos[i] = ownPhoto{
			PhotoID: seen.PhotoID, URL: seen.URL, LargeURL: seen.LargeURL, SmallURL: seen.SmallURL, BlurHash: seen.BlurHash, Main: seen.Main,
			State: string(p.State), Replaced: p.Replaced,
		}
	}
	return out
}

func (s *service) deletePhoto(ctx context.Context, in *ownPhotoInput) (*struct{}, error) {
	return nil, asCaller(s.Uploads.DeletePhoto(ctx, callerOf(ctx), persistence.PhotoID(in.PhotoID)))
}

func (s *service) photos(ctx context.Context, in *photosInput) (*photosOutput, error) {
	found, err := s.Store.ShownPhotos(ctx, social.UserID(in.UserID))
	if errors.Is(err, &social.Error{Code: social.CodeUserNotFound}) {
		err = s.orUnauthenticated(ctx, callerOf(ctx), err)
	}
	if err != nil {
		return nil, err
	}
	out := &photosOutput{}
	out.Body.Photos = make([]photo, len(found))
	for i := range found {
		out.Body.Photos[i] = s.photoOf(&found[i], i == 0)
	}
	return out, nil
}

func (s *service) photoOf(p *persistence.Photo, main bool) photo {
	return photo{
		PhotoID: int64(p.ID), URL: s.Uploads.URL(p.Medium), LargeURL: s.Uploads.URL(p.Large), SmallURL: s.Uploads.URL(p.Small),
		BlurHash: known(p.BlurHash), Main: main,
	}
}
