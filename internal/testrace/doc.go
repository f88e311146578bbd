// Package testrace tells tests whether they run under the race detector, under which
// loads starve and SQLite, which is Go here, takes minutes.
package testrace
