package admin

import "github.com/gin-gonic/gin"

// maxPage bounds the lists that are read page by page.
const (
	defaultPage = 50
	maxPage     = 500
)

// page reads one page of a list, latest first, and gives where the next one
// begins; nil behind the last. row makes an answer's row of what was read and gives
// the number that it stands at.
func page[P, R any](c *gin.Context, read func(before int64, limit int) ([]P, error), row func(P) (R, int64)) (rows []R, next *int64, err error) {
	before, err := number(c, "before", 0, 1, 1<<62)
	if err != nil {
		return nil, nil, err
	}
	n, err := number(c, "limit", defaultPage, 1, maxPage)
	if err != nil {
		return nil, nil, err
	}
	limit := int(n)
	found, err := read(before, limit)
	if err != nil {
		return nil, nil, err
	}
	rows = make([]R, len(found))
	var last int64
	for i, p := range found {
		rows[i], last = row(p)
	}
	if len(found) == limit {
		next = &last
	}
	return rows, next, nil
}
