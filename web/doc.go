// Package web holds the pages that the listeners show to people: the demo client
// at / and the documentation of the API at /docs of the public one, the console at
// /console of the operators'. They are static files, embedded as they are, without
// a build step; shared has what more than one of them is made with. A page is a client like any other: it speaks to /v1 only, the
// console to /admin, and knows nothing that an app of others would not.
//
// The package knows the codes of errors, to explain them, and nothing else of
// the server. Whoever serves the pages routes to them (Site.Routes).
package web
