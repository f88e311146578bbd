// Package client speaks the public contract of Swiper over HTTP and notes every
// request twice: for the checker what was asked, when, and what was answered; for
// the figures how long it took and how it ended.
//
// It owns how answers are sorted into acknowledged, refused and unknown. It
// knows nothing of why a request is made, nor of the rules of swiping.
package client
