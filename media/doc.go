// Package media says what a store of pictures and other objects promises: the
// Store interface, whose comments are the contract, the keys objects are found
// under, and the errors.
//
// The stores implement it: disk, qiniu and s3; mediatest is the suite that each
// of them passes. picture and video make what clients send fit to be published.
// The package imports social and nothing else of ours: it knows no user, no
// task and no route.
package media
