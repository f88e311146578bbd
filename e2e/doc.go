// Package e2e holds the end-to-end tests: they build the real program, run it
// as processes, talk to it over HTTP only, validate every answer against the
// OpenAPI document it serves, and let package checker judge what was told.
//
// It knows the program's command line, its log line "serving" and its HTTP
// contract; it imports no layer of the server.
package e2e
