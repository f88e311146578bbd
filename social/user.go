package social

import "time"

// UserID identifies a user; ids are dense and start at 1.
type UserID int64

// Sex is what a user is.
type Sex string

// The sexes a user can state.
const (
	SexMale   Sex = "male"
	SexFemale Sex = "female"
	SexOther  Sex = "other"
)

// SexAny as a dating preference accepts every sex; no user is of it.
const SexAny Sex = "any"

// Sexes lists what a user can be.
func Sexes() []Sex { return []Sex{SexMale, SexFemale, SexOther} }

// Accepts tells whether the dating preference s takes someone of sex o.
func (s Sex) Accepts(o Sex) bool { return o != "" && (s == SexAny || s == o) }

// User is a person: profile, dating preferences, bookkeeping. Fields of an
// unfinished profile are zero.
type User struct {
	ID             UserID
	Nickname       string // 1–30 runes
	Sex            Sex
	Birthday       Date
	Location       string // 1–50 runes; people are dealt within one location
	Bio            string // 0–500 runes
	Avatar         string // key in the media store of the picture in medium size; "" none
	AvatarBlurHash string // a few colours to show until the picture is there; "" none
	DatingSex      Sex    // a Sex or SexAny
	MinDatingAge   int    // years, inclusive, 18–120
	MaxDatingAge   int    // years, inclusive, 18–120
	LastActiveAt   time.Time
	CreatedAt      time.Time
}

// Complete tells whether the profile has all that a deck needs. Incomplete
// people get an empty deck and are dealt to nobody.
func (u *User) Complete() bool {
	return u.Nickname != "" && u.Sex != "" && !u.Birthday.IsZero() && u.Location != "" &&
		u.DatingSex != "" && u.MinDatingAge > 0 && u.MaxDatingAge > 0
}

// Missing names what the profile lacks of what a deck needs; none when it is Complete.
func (u *User) Missing() []string {
	var out []string
	for _, field := range []struct {
		name string
		set  bool
	}{
		{"nickname", u.Nickname != ""},
		{"sex", u.Sex != ""},
		{"birthday", !u.Birthday.IsZero()},
		{"location", u.Location != ""},
		{"dating_sex", u.DatingSex != ""},
		{"min_dating_age", u.MinDatingAge > 0},
		{"max_dating_age", u.MaxDatingAge > 0},
	} {
		if !field.set {
			out = append(out, field.name)
		}
	}
	return out
}

// Card is what a user sees of a stranger or a friend.
type Card struct {
	UserID         UserID
	Nickname       string
	Age            int // full years on the day of dealing
	Sex            Sex
	Location       string
	Bio            string
	Avatar         string
	AvatarBlurHash string
	SuperlikedMe   bool
}

// CardOf shows u as others see it on the given day.
func CardOf(u *User, day Date, superlikedMe bool) Card {
	c := Card{
		UserID: u.ID, Nickname: u.Nickname, Sex: u.Sex, Location: u.Location, Bio: u.Bio,
		Avatar: u.Avatar, AvatarBlurHash: u.AvatarBlurHash, SuperlikedMe: superlikedMe,
	}
	if !u.Birthday.IsZero() {
		c.Age = u.Birthday.AgeOn(day)
	}
	return c
}
