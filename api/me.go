package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/swiperhq/swiper/social"
)

// me is the caller's own profile. What is not set is null.
type me struct {
	UserID         int64     `json:"user_id" minimum:"1"`
	Phone          *string   `json:"phone" doc:"Masked; null for people without one."`
	Nickname       *string   `json:"nickname"`
	Sex            *string   `json:"sex" enum:"male,female,other"`
	Birthday       *string   `json:"birthday" format:"date"`
	Age            *int      `json:"age" doc:"Full years."`
	Location       *string   `json:"location"`
	Bio            *string   `json:"bio"`
	AvatarURL      *string   `json:"avatar_url" format:"uri-reference" doc:"See card."`
	AvatarBlurhash *string   `json:"avatar_blurhash"`
	DatingSex      *string   `json:"dating_sex" enum:"male,female,other,any"`
	MinDatingAge   *int      `json:"min_dating_age"`
	MaxDatingAge   *int      `json:"max_dating_age"`
	CreatedAt      time.Time `json:"created_at"`
	Missing        []string  `json:"missing" nullable:"false" doc:"What the profile lacks; until it is empty I meet nobody and nobody meets me."`
}

// TransformSchema lets null stand where an enumeration would refuse it.
func (me) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return orNull(s, "sex", "dating_sex")
}

// mePatch is what of it can be changed; the rules have the last word on values.
type mePatch struct {
	Nickname     *string `json:"nickname,omitempty" minLength:"1" maxLength:"30"`
	Sex          *string `json:"sex,omitempty" enum:"male,female,other"`
	Birthday     *string `json:"birthday,omitempty" format:"date"`
	Location     *string `json:"location,omitempty" minLength:"1" maxLength:"50"`
	Bio          *string `json:"bio,omitempty" maxLength:"500"`
	DatingSex    *string `json:"dating_sex,omitempty" enum:"male,female,other,any"`
	MinDatingAge *int    `json:"min_dating_age,omitempty" minimum:"18" maximum:"120"`
	MaxDatingAge *int    `json:"max_dating_age,omitempty" minimum:"18" maximum:"120"`
}

type meOutput struct{ Body me }

type patchMeInput struct{ Body mePatch }

func (s *service) meRoutes() {
	register(s, s.operation("get-me", http.MethodGet, "/v1/me", "Show my profile and dating preferences"), s.getMe)
	register(s, s.operation("patch-me", http.MethodPatch, "/v1/me", "Change my profile and dating preferences"), s.patchMe)
}

func (s *service) getMe(ctx context.Context, _ *struct{}) (*meOutput, error) {
	u, err := s.Store.User(ctx, callerOf(ctx))
	if err != nil {
		return nil, asCaller(err)
	}
	return s.meOf(ctx, &u)
}

func (s *service) patchMe(ctx context.Context, in *patchMeInput) (*meOutput, error) {
	patch, err := in.Body.patch()
	if err != nil {
		return nil, err
	}
	u, err := s.Store.UpdateProfile(ctx, callerOf(ctx), patch, s.Rules().Today(s.Now()))
	if err != nil {
		return nil, asCaller(err)
	}
	return s.meOf(ctx, &u)
}

func (p *mePatch) patch() (social.ProfilePatch, error) {
	out := social.ProfilePatch{
		Nickname: p.Nickname, Sex: (*social.Sex)(p.Sex), Location: p.Location, Bio: p.Bio,
		DatingSex: (*social.Sex)(p.DatingSex), MinDatingAge: p.MinDatingAge, MaxDatingAge: p.MaxDatingAge,
	}
	if p.Birthday == nil {
		return out, nil
	}
	day, err := social.ParseDate(*p.Birthday)
	out.Birthday = &day
	return out, err
}

func (s *service) meOf(ctx context.Context, u *social.User) (*meOutput, error) {
	phone, err := s.Accounts.MaskedPhone(ctx, u.ID)
	if err != nil {
		return nil, asCaller(err)
	}
	m := me{
		UserID: int64(u.ID), Phone: known(phone), Nickname: known(u.Nickname), Sex: known(string(u.Sex)), Birthday: known(u.Birthday.String()),
		Location: known(u.Location), Bio: known(u.Bio), AvatarURL: s.pictureURL(u.Avatar), AvatarBlurhash: known(u.AvatarBlurHash), DatingSex: known(string(u.DatingSex)),
		MinDatingAge: known(u.MinDatingAge), MaxDatingAge: known(u.MaxDatingAge), CreatedAt: u.CreatedAt.UTC(), Missing: u.Missing(),
	}
	if !u.Birthday.IsZero() {
		age := u.Birthday.AgeOn(s.Rules().Today(s.Now()))
		m.Age = &age
	}
	return &meOutput{m}, nil
}
