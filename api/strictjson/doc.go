// Package strictjson reads JSON the way every listener of ours does: no
// unknown, duplicate or case-folded member, nothing behind the value, valid
// UTF-8 only, bounded depth. Its errors are sentences for clients and name
// neither a Go type nor what was sent. It knows nothing of HTTP.
package strictjson
