// Package messages sends letters by e-mail, as durable work: each once for one
// cause, sealed while it waits, tried again only while it is known not to have
// been sent.
//
// It owns what a letter may be (its address above all, which a stranger typed),
// the texts, and the kind of task; a Sender carries letters, as package smtp does.
// Addresses belong to no account here: each is used for one letter and goes with
// its task. The package knows no HTTP and no SQL; it logs no address. Login codes
// go another way, see accounts.Outbox.
package messages
