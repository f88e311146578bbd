// Package testsmtp is a mail server for tests: it takes letters on loopback,
// keeps them in memory, and fails where it is told to. It knows nothing of who
// sends them. Nothing here is fit for production.
package testsmtp
