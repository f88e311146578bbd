// Package mediatest is the conformance suite of media.Store: every store passes
// all of it. It takes a factory that makes fresh stores and knows nothing of
// any of them; what the contract does not promise is not tested here.
//
// fakeqiniu and fakes3, beside it, stand in for the servers of stores that are
// elsewhere.
package mediatest
