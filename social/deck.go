package social

// Wanted is what a deck is looked up by: the people someone would see in
// their location, before asking whom they have swiped.
type Wanted struct {
	Location string
	Sexes    []Sex // at least one
	// Birthdays in (BornAfter, BornUntil]: the dating ages turned into days.
	BornAfter, BornUntil Date
	// What the others must accept.
	MySex Sex
	MyAge int
}

// WantedBy turns u's preferences into a look-up for the given day; u must be Complete.
func WantedBy(u *User, day Date) Wanted {
	w := Wanted{
		Location: u.Location, MySex: u.Sex, MyAge: u.Birthday.AgeOn(day),
		BornAfter: day.YearsAgo(u.MaxDatingAge + 1), BornUntil: day.YearsAgo(u.MinDatingAge),
	}
	for _, s := range Sexes() {
		if u.DatingSex.Accepts(s) {
			w.Sexes = append(w.Sexes, s)
		}
	}
	return w
}

// Suit tells whether a and b may be dealt to each other on the given day: both
// complete, same location, each within what the other looks for.
func Suit(a, b *User, day Date) bool {
	return a.ID != b.ID && a.Complete() && b.Complete() && a.Location == b.Location && takes(a, b, day) && takes(b, a, day)
}

func takes(a, b *User, day Date) bool {
	age := b.Birthday.AgeOn(day)
	return a.DatingSex.Accepts(b.Sex) && age >= a.MinDatingAge && age <= a.MaxDatingAge
}
