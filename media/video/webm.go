package video

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"time"
)

// The elements of a WebM that are looked at.
const (
	idHeader        = 0x1a45dfa3
	idDocType       = 0x4282
	idSegment       = 0x18538067
	idInfo          = 0x1549a966
	idTimecodeScale = 0x2ad7b1
	idDuration      = 0x4489
	idTracks        = 0x1654ae6b
	idTrack         = 0xae
	idVideo         = 0xe0
	idWidth         = 0xb0
	idHeight        = 0xba
	idCluster       = 0x1f43b675
	idTimecode      = 0xe7
	idSimpleBlock   = 0xa3
	idBlockGroup    = 0xa0
	idBlock         = 0xa1

	unknownSize  = math.MaxUint64
	defaultScale = 1_000_000 // nanoseconds a tick
)

var errWebM = errors.New("video: not a WebM, or cut off")

// webm is what has been read of a file so far.
type webm struct {
	docType       string
	scale         uint64
	declared      float64 // ticks
	cluster, last int64   // ticks
	width, height uint64
}

// measureWebM walks all elements, those that hold others as well as those that
// hold values, one after the other. A recorder that could not know how long it
// would go on writes no duration; the last block tells.
func measureWebM(b []byte) (Header, error) {
	w := webm{scale: defaultScale}
	for len(b) > 0 {
		id, size, head, ok := element(b)
		if !ok {
			return Header{}, errWebM
		}
		b = b[head:]
		switch id {
		case idHeader, idSegment, idInfo, idTracks, idTrack, idVideo, idCluster, idBlockGroup:
			continue // what it holds comes next
		}
		if size > uint64(len(b)) {
			return Header{}, errWebM
		}
		if err := w.read(id, b[:size]); err != nil {
			return Header{}, err
		}
		b = b[size:]
	}
	if w.docType != "webm" {
		return Header{}, errWebM
	}
	ticks := max(w.declared, float64(w.last))
	return Header{
		Format: WebM, Duration: seconds(uint64(min(ticks*float64(w.scale), math.MaxInt64)), uint64(time.Second)),
		Width: int(min(w.width, math.MaxInt32)), Height: int(min(w.height, math.MaxInt32)),
	}, nil
}

func (w *webm) read(id uint64, value []byte) error {
	switch id {
	case idDocType:
		w.docType = string(value[:min(len(value), 16)])
	case idTimecodeScale:
		w.scale = number(value)
	case idDuration:
		switch len(value) {
		case 4:
			w.declared = float64(math.Float32frombits(binary.BigEndian.Uint32(value)))
		case 8:
			w.declared = math.Float64frombits(binary.BigEndian.Uint64(value))
		}
		if math.IsNaN(w.declared) || w.declared < 0 {
			return errWebM
		}
	case idWidth:
		w.width = max(w.width, number(value))
	case idHeight:
		w.height = max(w.height, number(value))
	case idTimecode:
		w.cluster = int64(min(number(value), math.MaxInt64/2))
	case idSimpleBlock, idBlock:
		_, _, track, ok := variable(value, true)
		if !ok || len(value) < track+2 {
			return errWebM
		}
		w.last = max(w.last, w.cluster+int64(int16(binary.BigEndian.Uint16(value[track:])))) //nolint:gosec // signed, as the format has it
	}
	return nil
}

// element reads the head of an element: its id, its size and the head's own.
func element(b []byte) (id, size uint64, head int, ok bool) {
	id, _, n, ok := variable(b, false)
	if !ok || n > 4 {
		return 0, 0, 0, false
	}
	size, unknown, m, ok := variable(b[n:], true)
	if unknown {
		size = unknownSize
	}
	return id, size, n + m, ok
}

// variable reads an integer whose first bits tell its length in bytes, 1–8;
// stripped of them or not. All ones stand for "unknown".
func variable(b []byte, strip bool) (v uint64, unknown bool, length int, ok bool) {
	if len(b) == 0 || b[0] == 0 {
		return 0, false, 0, false
	}
	length = bits.LeadingZeros8(b[0]) + 1
	if len(b) < length {
		return 0, false, 0, false
	}
	v = number(b[:length])
	mask := uint64(1)<<(7*length) - 1
	if strip {
		v &= mask
	}
	return v, v&mask == mask, length, true
}

// number reads an unsigned integer of up to 8 bytes.
func number(b []byte) (v uint64) {
	if len(b) > 8 {
		return math.MaxUint64
	}
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v
}
