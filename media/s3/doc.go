// Package s3 is the media.Store of Amazon S3 and of the many servers that speak
// its language.
//
// Two buckets: one that everybody reads through a domain, and a private one for
// what nobody has looked at yet. A server believes the content type that a
// client names in a direct upload, and cannot refuse that a client sends other
// bytes in place of its own while its ticket lasts; so what is staged is judged
// by the bytes that were read, as always.
//
// The package knows no user and no route. What CDN there is before the public
// bucket it does not know either: Prefetch and Refresh do nothing.
package s3
