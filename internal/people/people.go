package people

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"github.com/brianvoe/gofakeit/v7"

	"github.com/swiperhq/swiper/social"
)

// Options says whom to make up.
type Options struct {
	// Users is how many, at least 0.
	Users int64
	// Locations is in how many places they live, 1 to MaxLocations. All of them
	// are inhabited, as long as there are that many users.
	Locations int
	// Seed chooses the people.
	Seed uint64
	// First is the id of the first one; 0 stands for 1. The others follow.
	First social.UserID
}

// epoch is the day that ages and times are told from. It is fixed, or the same
// seed would give other people tomorrow.
var epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// Generate gives the people one by one, in the order of their ids and in flat
// memory. Every profile is complete and valid. An error names the option at fault.
func Generate(o Options) (iter.Seq[social.User], error) {
	if o.Users < 0 {
		return nil, fmt.Errorf("people: users must be at least 0, not %d", o.Users)
	}
	if o.Locations < 1 || o.Locations > MaxLocations {
		return nil, fmt.Errorf("people: locations must be 1 to %d, not %d", MaxLocations, o.Locations)
	}
	first := max(o.First, 1)
	places := Locations(o.Locations)
	return func(yield func(social.User) bool) {
		m := newMaker(o.Seed)
		for i := range o.Users {
			id := first + social.UserID(i)
			if !yield(m.person(id, m.place(places, i, id))) {
				return
			}
		}
	}, nil
}

// maker makes people up. Each is drawn from a source seeded by the seed and the
// person's id, so that people do not depend on how many come before them.
type maker struct {
	seed uint64
	src  *rand.PCG
	rnd  *rand.Rand
	fake *gofakeit.Faker
}

func newMaker(seed uint64) *maker {
	src := rand.NewPCG(seed, 0)
	return &maker{seed: seed, src: src, rnd: rand.New(src), fake: gofakeit.NewFaker(src, false)} //nolint:gosec // made-up people need no secrecy
}

// place gives each place its first inhabitant in turn, and draws the later
// ones: the places at the front of the list are the larger ones.
func (m *maker) place(places []string, i int64, id social.UserID) string {
	m.src.Seed(m.seed, uint64(id)) //nolint:gosec // ids are positive
	// The first outputs of neighbouring seeds are alike.
	m.src.Uint64()
	u := m.rnd.Float64()
	if i < int64(len(places)) {
		return places[i]
	}
	return places[int(float64(len(places))*u*(0.5+0.5*u))]
}

func (m *maker) person(id social.UserID, place string) social.User {
	u := social.User{ID: id, Location: place}
	u.Sex = m.sex()
	u.DatingSex = m.datingSex(u.Sex)
	age := m.age()
	born := epoch.AddDate(-age, 0, -m.rnd.IntN(365))
	u.Birthday = social.DateOf(born)
	u.MinDatingAge, u.MaxDatingAge = m.datingAges(u.Sex, age)
	u.Nickname = m.nickname(u.Sex)
	u.Bio = m.bio()
	u.CreatedAt = epoch.Add(-time.Duration(m.rnd.IntN(2*365*24*3600)) * time.Second)
	// Most people of such an app were there lately.
	sinceActive := time.Duration(m.rnd.ExpFloat64() * float64(3*24*time.Hour))
	u.LastActiveAt = epoch.Add(-min(sinceActive, epoch.Sub(u.CreatedAt))).Truncate(time.Second)
	return u
}

func (m *maker) chance(percent int) bool { return m.rnd.IntN(100) < percent }

func (m *maker) sex() social.Sex {
	switch n := m.rnd.IntN(200); {
	case n < 3:
		return social.SexOther
	case n < 105: // apps of this kind have somewhat more men
		return social.SexMale
	default:
		return social.SexFemale
	}
}

func (m *maker) datingSex(own social.Sex) social.Sex {
	switch n := m.rnd.IntN(100); {
	case n < 6 || own == social.SexOther:
		return social.SexAny
	case n < 11:
		return own
	case own == social.SexMale:
		return social.SexFemale
	default:
		return social.SexMale
	}
}

// age is 18 to 59, most often in the twenties.
func (m *maker) age() int {
	return min(social.MinAge+m.rnd.IntN(8)+int(m.rnd.ExpFloat64()*6), 59)
}

func (m *maker) datingAges(own social.Sex, age int) (least, most int) {
	younger, older := 5+m.rnd.IntN(5), 5+m.rnd.IntN(5)
	switch own {
	case social.SexMale:
		older -= 2
	case social.SexFemale:
		younger -= 2
	case social.SexOther, social.SexAny:
	}
	return max(social.MinAge, age-younger), min(social.MaxAge, age+older)
}
