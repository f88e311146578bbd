package qiniu

import (
	"context"
	"strings"

	"github.com/qiniu/go-sdk/v7/storagev2/uptoken"

	"github.com/swiperhq/swiper/media"
)

// callbackBody is what Qiniu tells us of an upload; it fills in the values.
// None of them is what a client says: those would begin with "x:".
const callbackBody = "key=$(key)&bucket=$(bucket)&hash=$(etag)&size=$(fsize)&type=$(mimeType)&end_user=$(endUser)"

// Ticket implements media.Store.
func (s *Store) Ticket(ctx context.Context, r media.TicketRequest) (media.Ticket, error) {
	if err := r.Check(s.o.Now()); err != nil {
		return media.Ticket{}, err
	}
	p, err := uptoken.NewPutPolicyWithKey(s.bucket(r.Key), string(r.Key), r.Expires)
	if err != nil {
		return media.Ticket{}, media.Permanent(err)
	}
	p.SetInsertOnly(1).SetFsizeMin(1).SetFsizeLimit(r.MaxSize).SetDetectMime(1).SetMimeLimit(strings.Join(r.Types, ";")).SetEndUser(r.EndUser)
	if s.o.CallbackURL != "" {
		p.SetCallbackUrl(s.o.CallbackURL).SetCallbackBody(callbackBody).SetCallbackBodyType(formType)
	}
	token, err := uptoken.NewSigner(p, s.keys).GetUpToken(ctx)
	if err != nil {
		return media.Ticket{}, media.Permanent(err)
	}
	return media.Ticket{URL: s.upURL, Fields: map[string]string{"key": string(r.Key), "token": token}, Expires: r.Expires}, nil
}
