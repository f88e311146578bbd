package api

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/go-json-experiment/json"

	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	keyHeader = "Idempotency-Key"
	maxKey    = 200
)

// Replay is embedded in the output of every keyed operation. It is exported
// because huma passes over embedded types that are not.
type Replay struct {
	Replayed string `header:"Idempotency-Replayed" enum:"true" doc:"Set when this is the stored answer to an earlier request with the same Idempotency-Key."`
}

func replayOf(replayed bool) Replay {
	if replayed {
		return Replay{"true"}
	}
	return Replay{} // an empty header is not sent
}

// keyedOperation describes a POST that a client may send again under an
// Idempotency-Key; its handler goes through keyed.
func (s *service) keyedOperation(id, path, summary string, codes ...social.Code) huma.Operation {
	op := s.operation(id, http.MethodPost, path, summary, append(codes, social.CodeIdempotencyMismatch)...)
	shortest, longest := 1, maxKey
	op.Parameters = append(op.Parameters, &huma.Param{
		Name: keyHeader, In: "header",
		Description: "Makes the request safe to send again: for 24 hours the same request with the same key gets the stored answer " +
			"and changes nothing, whatever has happened since; another request with that key is refused.",
		Schema: &huma.Schema{Type: huma.TypeString, MinLength: &shortest, MaxLength: &longest, Pattern: "^[ -~]+$"},
	})
	op.Middlewares = append(op.Middlewares, readKey)
	return op
}

type sentKey struct{}

// readKey puts the client's key into the context, or refuses it.
func readKey(ctx huma.Context, next func(huma.Context)) {
	c := humagin.Unwrap(ctx)
	sent := c.Request.Header.Values(keyHeader)
	switch {
	case len(sent) == 0:
		next(ctx)
	case len(sent) == 1 && saneKey(sent[0]):
		next(huma.WithValue(ctx, sentKey{}, sent[0]))
	default:
		problem.Write(c.Writer, problem.Unreadable("Idempotency-Key must be given once and be 1 to 200 printable ASCII characters."))
	}
}

func saneKey(key string) bool {
	if key == "" || len(key) > maxKey {
		return false
	}
	for i := range len(key) {
		if key[i] < ' ' || key[i] > '~' {
			return false
		}
	}
	return true
}

// keyed gives handle the client's key, zero if none was sent. It is for
// operations made by keyedOperation.
func keyed[I, O any](op *huma.Operation, handle func(context.Context, *I, persistence.IdempotencyKey) (*O, error)) func(context.Context, *I) (*O, error) {
	return func(ctx context.Context, in *I) (*O, error) {
		var key persistence.IdempotencyKey
		if sent, ok := ctx.Value(sentKey{}).(string); ok {
			digest, err := digestOf(op, in)
			if err != nil {
				return nil, err
			}
			key = persistence.IdempotencyKey{Key: sent, Digest: digest}
		}
		return handle(ctx, in, key)
	}
}

// digestOf names what is asked for by its values, so that it matters neither how
// a client formats its JSON nor in which order. in has the parameters of the
// path too. Zero values are left out: a member added to a later version leaves
// the digests of requests without it as they are.
func digestOf(op *huma.Operation, in any) ([]byte, error) {
	h := sha256.New()
	if _, err := fmt.Fprintf(h, "%s %s\n", op.Method, op.Path); err != nil {
		return nil, err
	}
	if err := json.MarshalWrite(h, in, json.Deterministic(true), json.OmitZeroStructFields(true)); err != nil {
		return nil, fmt.Errorf("digest of a request: %w", err)
	}
	return h.Sum(nil), nil
}
