// Package qiniusms sends login codes as text messages through Qiniu: it is an
// accounts.Sender. The message is a template of the account's owner with one
// parameter, the code.
//
// The SDK's client for it has neither deadline nor context; here are its
// signatures with a client that has both. The API takes numbers of mainland
// China; others are refused before anything is sent.
package qiniusms
