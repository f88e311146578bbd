// Package devca makes a certificate authority for development and clusters of
// one owner, and the certificates of nodes under it. It keeps both as files. It
// does not know how nodes use them, apart from the name they must carry.
package devca
