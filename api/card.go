package api

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/swiperhq/swiper/social"
)

// card is a person as others see them. What is not known of them is null.
type card struct {
	UserID         int64   `json:"user_id" minimum:"1"`
	Nickname       *string `json:"nickname"`
	Age            *int    `json:"age" doc:"Full years."`
	Sex            *string `json:"sex" enum:"male,female,other"`
	Location       *string `json:"location"`
	Bio            *string `json:"bio"`
	AvatarURL      *string `json:"avatar_url" format:"uri-reference" doc:"A JPEG of at most 640 pixels a side. It never changes: another picture has another URL. May be relative to this API's own address."`
	AvatarBlurhash *string `json:"avatar_blurhash" doc:"A few colours to show until the picture is there (BlurHash)."`
	SuperlikedMe   bool    `json:"superliked_me"`
}

// TransformSchema lets null stand where an enumeration would refuse it.
func (card) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema { return orNull(s, "sex") }

func (s *service) cardOf(c *social.Card) card {
	return card{
		UserID: int64(c.UserID), Nickname: known(c.Nickname), Age: known(c.Age), Sex: known(string(c.Sex)),
		Location: known(c.Location), Bio: known(c.Bio), AvatarURL: s.pictureURL(c.Avatar), AvatarBlurhash: known(c.AvatarBlurHash), SuperlikedMe: c.SuperlikedMe,
	}
}

// known gives nil for the zero value, which stands for "not known".
func known[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func orNull(s *huma.Schema, properties ...string) *huma.Schema {
	for _, name := range properties {
		s.Properties[name].Enum = append(s.Properties[name].Enum, nil)
	}
	return s
}
