// Package fakes3 stands in for an S3 server in tests: gofakes3 behind checks it
// lacks. Direct uploads are measured against their signed policy, and strangers
// read the public bucket only. Signatures in headers are not verified, only
// that there is one of our key.
//
// Objects are in memory. Nothing here is fit for production.
package fakes3
