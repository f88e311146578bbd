// Package people makes up users: for demonstrations, benchmarks and load. The
// same seed gives the same people on every machine and at any time. It knows
// the shape of a social.User and nothing of where users are kept.
package people
