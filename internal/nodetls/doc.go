// Package nodetls guards the transport between nodes: who may be talked to, and
// what a certificate must carry to be one of them. It reads certificates and
// never makes any. It knows neither actors nor settings, and nothing of what is
// said over the connections.
package nodetls
