// Package middleware holds what happens to every HTTP request around its
// handler, on both listeners: the request id, the access log and metrics,
// recovery from panics, bounded reading of bodies, deadlines, admission and
// headers. It knows gin and the error table; it knows no route.
package middleware
