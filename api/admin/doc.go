// Package admin is the admin listener: health, metrics, profiles, the live
// settings, access tokens, and the state of a user as stored and as held by its
// actor. It is for operators and their tools: on loopback it asks for no
// credentials but answers loopback names only, elsewhere it demands a token.
//
// It looks at the rest of the program through small interfaces of its own and
// changes nothing but settings.
package admin
