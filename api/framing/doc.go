// Package framing refuses requests about whose length two parties could
// disagree: with both Content-Length and Transfer-Encoding, with either of them
// twice, or with folded headers. net/http reads such requests in one way and a
// proxy in front may read them in another; what the proxy takes for the body of
// one request would then be the next request of somebody else.
//
// net/http tells nobody what it settled, so this looks at the bytes on their
// way to it. It parses nothing else, and answers nothing itself: it spoils the
// request, which net/http then refuses with 400.
package framing
