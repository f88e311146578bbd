package social

import (
	"fmt"
	"time"
)

// Date is a calendar day without a zone: a birthday, or the day a quota counts.
// The zero Date means none.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf gives the calendar day of t in t's own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads YYYY-MM-DD; a day that the calendar does not have is refused.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, &Error{Code: CodeInvalidRequest, Message: "A date must be a calendar day in the form YYYY-MM-DD.", Cause: err}
	}
	return DateOf(t), nil
}

// String gives YYYY-MM-DD, and "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// IsZero tells that there is no date.
func (d Date) IsZero() bool { return d == Date{} }

// Time gives midnight UTC of the day, the form in which databases take dates.
func (d Date) Time() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// Before tells whether d is an earlier day than o.
func (d Date) Before(o Date) bool {
	if d.Year != o.Year {
		return d.Year < o.Year
	}
	if d.Month != o.Month {
		return d.Month < o.Month
	}
	return d.Day < o.Day
}

// YearsAgo gives the same day n years earlier; 29 February becomes the 28th in
// a common year, which keeps comparisons against birthdays exact.
func (d Date) YearsAgo(n int) Date {
	out := Date{d.Year - n, d.Month, d.Day}
	if out.Month == time.February && out.Day == 29 && out.Time().Day() != 29 {
		out.Day = 28
	}
	return out
}

// AgeOn gives the full years since birthday d on the given day. Someone born
// on 29 February turns a year older on 1 March in common years.
func (d Date) AgeOn(day Date) int {
	age := day.Year - d.Year
	if day.Month < d.Month || (day.Month == d.Month && day.Day < d.Day) {
		age--
	}
	return age
}
