// Package requestid carries the id of an HTTP request through contexts, so that
// the logs of every layer name the request they served.
package requestid

import "context"

// Key is what a context carries the id under, a string.
type Key struct{}

// With gives a context that carries id.
func With(ctx context.Context, id string) context.Context { return context.WithValue(ctx, Key{}, id) }

// From gives the id that ctx carries, or "".
func From(ctx context.Context) string {
	id, _ := ctx.Value(Key{}).(string)
	return id
}
