// Package admin is the admin listener: health, metrics, profiles, the live
// settings, access tokens, tasks, the state of a user as stored and as held by its
// actor, what operators do to users, and the console that shows all this to
// people. On loopback it asks for no credentials but answers loopback names only,
// elsewhere it demands a token: the operators', or the viewers', who may look and
// change nothing.
//
// It looks at the rest of the program through small interfaces of its own. Every
// change is written to the audit, where it can be in the transaction of the change.
package admin
