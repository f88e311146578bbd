package admin

import (
	"fmt"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	maxTokens  = 100_000
	defaultTTL = 24 * 60 * 60       // seconds
	maxTTL     = 366 * 24 * 60 * 60 // seconds
)

type tokensRequest struct {
	UserIDs []int64 `json:"user_ids"`
	TTL     *int64  `json:"ttl"` // seconds
}

type token struct {
	UserID      int64  `json:"user_id"`
	AccessToken string `json:"access_token"`
}

type tokensAnswer struct {
	Tokens []token `json:"tokens"`
}

// mintTokens makes an access token for each id. It does not ask whether the
// users exist; a token of one who does not opens nothing.
func (s *service) mintTokens(c *gin.Context) (any, error) {
	var req tokensRequest
	if err := read(c, &req); err != nil {
		return nil, err
	}
	ttl := int64(defaultTTL)
	if req.TTL != nil {
		ttl = *req.TTL
	}
	if ttl < 1 || ttl > maxTTL {
		return nil, invalid("ttl", "ttl must be 1 to %d seconds.", maxTTL)
	}
	if len(req.UserIDs) < 1 || len(req.UserIDs) > maxTokens {
		return nil, invalid("user_ids", "user_ids must have 1 to %d ids.", maxTokens)
	}
	if slices.Min(req.UserIDs) < 1 {
		return nil, invalid("user_ids", "Every id must be at least 1.")
	}
	// Before they are made: none is handed out that nobody would know of.
	if err := s.Store.AddAudit(c.Request.Context(), mintEntry(s.change(c), req.UserIDs, ttl)); err != nil {
		return nil, err
	}
	out := tokensAnswer{make([]token, len(req.UserIDs))}
	for i, id := range req.UserIDs {
		access, err := s.Tokens.Mint(social.UserID(id), time.Duration(ttl)*time.Second)
		if err != nil {
			return nil, err
		}
		out.Tokens[i] = token{id, access}
	}
	return out, nil
}

// mintEntry names the users, if they are few.
func mintEntry(c persistence.Change, ids []int64, ttl int64) persistence.AuditEntry {
	const few = 10
	target := fmt.Sprintf("users %d", ids[:min(few, len(ids))])
	if len(ids) > few {
		target += fmt.Sprintf(" and %d more", len(ids)-few)
	}
	return persistence.AuditEntry{At: c.At, By: c.By, Action: "token.mint", Target: target, To: fmt.Sprintf("good for %d s", ttl)}
}

func invalid(field, format string, args ...any) error {
	return &social.Error{Code: social.CodeInvalidRequest, Message: fmt.Sprintf(format, args...), Field: field}
}
