package admin

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/persistence"
)

// maxPage bounds the lists that are read page by page.
const (
	defaultPage = 50
	maxPage     = 500
)

type auditEntry struct {
	ID     int64     `json:"id"`
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Action string    `json:"action"`
	Target string    `json:"target"`
	From   string    `json:"from"`
	To     string    `json:"to"`
}

type auditAnswer struct {
	Entries []auditEntry `json:"entries"` // latest first
	Next    *int64       `json:"next"`    // what to give as before for those behind; null: there are none
}

// listAudit shows who has changed what.
func (s *service) listAudit(c *gin.Context) (any, error) {
	before, limit, err := pageOf(c)
	if err != nil {
		return nil, err
	}
	entries, err := s.Store.AuditLog(c.Request.Context(), before, limit)
	if err != nil {
		return nil, err
	}
	out := auditAnswer{Entries: make([]auditEntry, len(entries))}
	for i, e := range entries {
		out.Entries[i] = auditEntry{e.ID, e.At.UTC(), e.By, e.Action, e.Target, e.From, e.To}
	}
	if len(entries) == limit {
		out.Next = &entries[limit-1].ID
	}
	return out, nil
}

// pageOf reads where a page begins and how long it may be.
func pageOf(c *gin.Context) (before int64, limit int, err error) {
	if before, err = number(c, "before", 0, 1, 1<<62); err != nil {
		return 0, 0, err
	}
	n, err := number(c, "limit", defaultPage, 1, maxPage)
	return before, int(n), err
}

// change is who asks for a change, and now.
func (s *service) change(c *gin.Context) persistence.Change {
	return persistence.Change{By: nameOf(c), At: s.Now()}
}
