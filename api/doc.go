// Package api is the public listener: it binds HTTP requests to the rules'
// types, asks the actors or the store, and writes what they answer. It owns the
// contract with clients: routes, access tokens, cursors, the OpenAPI document.
//
// One noun, one file: swipe.go holds the swipe's route, its JSON and its handler.
// What changes a pair goes through the actors; what only reads goes to the
// store. The package sees both through small interfaces of its own and knows no
// engine, no message and no SQL. Errors become answers in package problem only.
package api
