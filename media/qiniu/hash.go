package qiniu

import (
	"crypto/sha1" //nolint:gosec // Qiniu's hashes are made of SHA-1
	"encoding/base64"
	"errors"
	"io"
)

// hashOf is Qiniu's hash of an object: SHA-1 of its blocks, and of those where
// there are several.
func hashOf(body io.Reader) (string, error) {
	var sums []byte
	for {
		block := sha1.New() //nolint:gosec // as above
		n, err := io.CopyN(block, body, partSize)
		if n > 0 || len(sums) == 0 {
			sums = block.Sum(sums)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
	}
	kind := byte(0x16)
	if len(sums) > sha1.Size {
		all := sha1.Sum(sums) //nolint:gosec // as above
		kind, sums = 0x96, all[:]
	}
	return base64.URLEncoding.EncodeToString(append([]byte{kind}, sums...)), nil
}
