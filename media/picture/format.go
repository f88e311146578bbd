package picture

import (
	"bytes"
	"encoding/binary"
)

// Format is a kind of picture we take.
type Format string

// The formats, by content type.
const (
	JPEG Format = "image/jpeg"
	PNG  Format = "image/png"
	WebP Format = "image/webp"
)

// Types lists the content types we take.
func Types() []string { return []string{string(JPEG), string(PNG), string(WebP)} }

const pngMagic = "\x89PNG\r\n\x1a\n"

// sniff tells the format from the first bytes, "" for none of ours. Names and
// announced content types have no say.
func sniff(b []byte) Format {
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		return JPEG
	case bytes.HasPrefix(b, []byte(pngMagic)):
		return PNG
	case len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		return WebP
	}
	return ""
}

// whole tells whether the end of the picture is there, without decoding it.
// What follows the end does not matter.
func whole(f Format, b []byte) bool {
	switch f {
	case JPEG:
		return wholeJPEG(b)
	case PNG:
		return wholePNG(b)
	case WebP:
		return int64(binary.LittleEndian.Uint32(b[4:]))+8 <= int64(len(b))
	}
	return false
}

// wholeJPEG walks the segments to the picture's data, which the marker of the
// end must follow: a thumbnail among the segments has one of its own.
func wholeJPEG(b []byte) bool {
	const startOfScan, header = 0xda, 4
	for at := 2; at+header <= len(b); {
		if b[at] != 0xff {
			return false
		}
		marker := b[at+1]
		switch {
		case marker == 0xff: // filling
			at++
			continue
		case marker == startOfScan:
			return bytes.Contains(b[at:], []byte("\xff\xd9"))
		case marker == 0x01 || marker >= 0xd0 && marker <= 0xd7: // without a length
			at += 2
			continue
		}
		at += 2 + int(binary.BigEndian.Uint16(b[at+2:]))
	}
	return false
}

// wholePNG walks the chunks to the last one.
func wholePNG(b []byte) bool {
	const overhead = 12 // length, kind, checksum
	for at := len(pngMagic); at+overhead <= len(b); {
		length := int64(binary.BigEndian.Uint32(b[at:]))
		if string(b[at+4:at+8]) == "IEND" {
			return true
		}
		next := int64(at) + overhead + length
		if next > int64(len(b)) {
			return false
		}
		at = int(next)
	}
	return false
}

// moving tells an animated WebP by the flag in its extended header.
func moving(f Format, b []byte) bool {
	const animation = 1 << 1
	return f == WebP && len(b) > 20 && string(b[12:16]) == "VP8X" && b[20]&animation != 0
}
