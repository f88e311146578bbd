// Package framing refuses requests about whose length two parties could
// disagree: with both Content-Length and Transfer-Encoding, with either of them
// twice, or with folded headers. net/http reads such requests in one way and a
// proxy in front may read them in another; what the proxy takes for the body of
// one request would then be the next request of somebody else.
//
// net/http tells nobody what it settled, so this looks at the bytes on their
// way to it. It parses nothing else, and does not answer such a request itself: it
// spoils it, and net/http refuses it with 400.
//
// Since it knows where requests begin and end, it is also where a full server can refuse
// one for next to nothing, before net/http has looked at it (see Refuse), and where the
// time that a first request may take is counted from when it comes: net/http counts it
// from the beginning of the connection, which a client may have opened in advance.
package framing
