// Package fakeqiniu stands in for Qiniu's servers in tests: uploads by form and
// in parts, stat, delete and downloads of its object store, the callbacks it
// sends, the CDN's refresh and prefetch, and text messages.
//
// It checks upload tokens and signatures as the real ones are documented to be
// checked, with code of its own: it does not share the SDK's. It can be told to
// fail, to hang, and to do what it was asked without saying so.
//
// Objects are in memory. Nothing here is fit for production.
package fakeqiniu
