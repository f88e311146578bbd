package admin

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/persistence"
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
	var a auditAnswer
	var err error
	a.Entries, a.Next, err = page(c, func(before int64, limit int) ([]persistence.AuditEntry, error) {
		return s.Store.AuditLog(c.Request.Context(), before, limit)
	}, func(e persistence.AuditEntry) (auditEntry, int64) {
		return auditEntry{e.ID, e.At.UTC(), e.By, e.Action, e.Target, e.From, e.To}, e.ID
	})
	return a, err
}

// change is who asks for a change, and now.
func (s *service) change(c *gin.Context) persistence.Change {
	return persistence.Change{By: nameOf(c), At: s.Now()}
}
