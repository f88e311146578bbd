// Package web holds the pages that the public listener shows to people: the demo
// client at / and the documentation of the API at /docs. They are static files,
// embedded as they are, without a build step. A page is a client like any other:
// it speaks to /v1 only and knows nothing that an app on a phone would not.
//
// The package knows the codes of errors, to explain them, and nothing else of
// the server. Whoever serves the pages routes to them (Site.Routes).
package web
