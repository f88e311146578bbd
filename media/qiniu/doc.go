// Package qiniu is the media.Store of Qiniu's object storage (Kodo) and CDN.
//
// Two buckets: one that everybody reads through a domain, usually the CDN's,
// and a private one for what nobody has looked at yet. Small objects are sent
// in one request, larger ones in parts that are tried again one by one. Videos are
// transcoded there, too.
//
// The SDK keeps telemetry and looks for regions by itself; here it does neither:
// telemetry is switched off and the region is a setting, so that it writes no
// file. Calls it makes without a context (CDN) are made here instead, with
// its signatures. Everything has a deadline.
//
// The package knows no user and no route; who mounts the callback's route asks
// Callback whether to believe it.
package qiniu
