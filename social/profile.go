package social

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a profile. 18 is the age of consent to dating services in every
// market's store rules; 120 is past the oldest verified lives.
const (
	MinAge           = 18
	MaxAge           = 120
	MaxNicknameRunes = 30
	MaxLocationRunes = 50
	MaxBioRunes      = 500
)

// ProfilePatch changes the fields that are set and leaves the others alone.
type ProfilePatch struct {
	Nickname     *string
	Sex          *Sex
	Birthday     *Date
	Location     *string
	Bio          *string
	DatingSex    *Sex
	MinDatingAge *int
	MaxDatingAge *int
}

// Apply gives u with the patch applied, validated as a whole on the given day.
// It returns CodeInvalidRequest naming the field at fault and leaves u alone.
func (p *ProfilePatch) Apply(u User, day Date) (User, error) {
	set(&u.Nickname, trimmed(p.Nickname))
	set(&u.Sex, p.Sex)
	set(&u.Birthday, p.Birthday)
	set(&u.Location, trimmed(p.Location))
	set(&u.Bio, trimmed(p.Bio))
	set(&u.DatingSex, p.DatingSex)
	set(&u.MinDatingAge, p.MinDatingAge)
	set(&u.MaxDatingAge, p.MaxDatingAge)
	return u, p.validate(&u, day)
}

func set[T any](dst, src *T) {
	if src != nil {
		*dst = *src
	}
}

func trimmed(s *string) *string {
	if s == nil {
		return nil
	}
	t := strings.TrimSpace(*s)
	return &t
}

// validate looks only at what the patch touched, and at pairs of fields as they
// stand afterwards: an unfinished profile may be finished step by step.
func (p *ProfilePatch) validate(u *User, day Date) error {
	if p.Nickname != nil {
		if err := checkText("nickname", u.Nickname, 1, MaxNicknameRunes, false); err != nil {
			return err
		}
	}
	if p.Location != nil {
		if err := checkText("location", u.Location, 1, MaxLocationRunes, false); err != nil {
			return err
		}
	}
	if p.Bio != nil {
		if err := checkText("bio", u.Bio, 0, MaxBioRunes, true); err != nil {
			return err
		}
	}
	if p.Sex != nil && (u.Sex == SexAny || !SexAny.Accepts(u.Sex) || !validSex(u.Sex)) {
		return invalid("sex", "sex must be male, female or other.")
	}
	if p.DatingSex != nil && u.DatingSex != SexAny && !validSex(u.DatingSex) {
		return invalid("dating_sex", "dating_sex must be male, female, other or any.")
	}
	if p.Birthday != nil {
		if age := u.Birthday.AgeOn(day); age < MinAge || age > MaxAge {
			return invalid("birthday", "birthday must make you 18 to 120 years old.")
		}
	}
	return p.validateAges(u)
}

func (p *ProfilePatch) validateAges(u *User) error {
	if p.MinDatingAge != nil && (u.MinDatingAge < MinAge || u.MinDatingAge > MaxAge) {
		return invalid("min_dating_age", "min_dating_age must be 18 to 120.")
	}
	if p.MaxDatingAge != nil && (u.MaxDatingAge < MinAge || u.MaxDatingAge > MaxAge) {
		return invalid("max_dating_age", "max_dating_age must be 18 to 120.")
	}
	if (p.MinDatingAge != nil || p.MaxDatingAge != nil) && u.MaxDatingAge > 0 && u.MinDatingAge > u.MaxDatingAge {
		return invalid("min_dating_age", "min_dating_age must not be above max_dating_age.")
	}
	return nil
}

func validSex(s Sex) bool { return s == SexMale || s == SexFemale || s == SexOther }

func invalid(field, msg string) error {
	return &Error{Code: CodeInvalidRequest, Message: msg, Field: field}
}

// checkText refuses text that is too short or long, not UTF-8, or carries
// control or bidirectional-override characters, which can disguise a name.
func checkText(field, s string, minRunes, maxRunes int, newlines bool) error {
	if !utf8.ValidString(s) {
		return invalid(field, field+" must be valid UTF-8.")
	}
	if n := utf8.RuneCountInString(s); n < minRunes || n > maxRunes {
		return Errorf(CodeInvalidRequest, "%s must have %d to %d characters.", field, minRunes, maxRunes).at(field)
	}
	for _, r := range s {
		if newlines && r == '\n' {
			continue
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return invalid(field, field+" must not have control or text-direction characters.")
		}
	}
	return nil
}

func (e *Error) at(field string) *Error {
	e.Field = field
	return e
}
