package api

import "github.com/swiperhq/swiper/social"

// Page is the query of a list. It is exported only because reflection passes
// over unexported embedded structs.
type Page struct {
	Cursor string `query:"cursor" doc:"next_cursor of the page before; absent: the first page."`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"How many at most."`
}

// after gives the place to start behind; ok is false for the first page.
func (s *service) after(list string, uid social.UserID, p Page) (at place, ok bool, err error) {
	if p.Cursor == "" {
		return place{}, false, nil
	}
	at, err = s.cursors.decode(list, uid, p.Cursor)
	return at, true, err
}

// cut takes the one row too many off, which was read to learn whether there is
// a next page, and gives the cursor to it, nil at the end.
func cut[T any](s *service, list string, uid social.UserID, rows []T, limit int, placeOf func(*T) place) ([]T, *string) {
	if len(rows) <= limit {
		return rows, nil
	}
	next := s.cursors.encode(list, uid, placeOf(&rows[limit-1]))
	return rows[:limit], &next
}
