package hints

import (
	"strconv"
	"strings"

	"github.com/swiperhq/swiper/social"
)

// Hint says that there may be something new for UID.
type Hint struct {
	UID  social.UserID
	Kind social.EventKind
}

// letters stand for the kinds in a message.
func letterOf(k social.EventKind) (byte, bool) {
	switch k {
	case social.EventMatch:
		return 'm', true
	case social.EventUnmatched:
		return 'u', true
	case social.HintLiked:
		return 'l', true
	case social.HintSuperliked:
		return 's', true
	case social.EventTask:
		return 't', true
	case social.EventPhoto:
		return 'p', true
	case social.HintUnliked: // of which nobody is told
	}
	return 0, false
}

func kindOf(letter byte) (social.EventKind, bool) {
	switch letter {
	case 'm':
		return social.EventMatch, true
	case 'u':
		return social.EventUnmatched, true
	case 'l':
		return social.HintLiked, true
	case 's':
		return social.HintSuperliked, true
	case 't':
		return social.EventTask, true
	case 'p':
		return social.EventPhoto, true
	}
	return "", false
}

// valid tells whether h can be sent.
func (h *Hint) valid() bool {
	_, known := letterOf(h.Kind)
	return known && h.UID > 0
}

// message is what a node sends: its name, a number, and words such as m7.
type message struct {
	node   string
	number int64
	hints  []Hint
}

func (m *message) String() string {
	b := make([]byte, 0, 64+12*len(m.hints))
	b = append(b, m.node...)
	b = strconv.AppendInt(append(b, ' '), m.number, 10)
	for i := range m.hints {
		h := &m.hints[i]
		letter, _ := letterOf(h.Kind)
		b = strconv.AppendInt(append(b, ' ', letter), int64(h.UID), 10)
	}
	return string(b)
}

// parse reads a message. Words that it does not know, of nodes of a later
// version, are passed over.
func parse(s string) (m message, ok bool) {
	node, rest, _ := strings.Cut(s, " ")
	number, rest, _ := strings.Cut(rest, " ")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || node == "" || n < 1 {
		return message{}, false
	}
	m = message{node: node, number: n}
	for word := range strings.FieldsSeq(rest) {
		kind, known := kindOf(word[0])
		uid, err := strconv.ParseInt(word[1:], 10, 64)
		h := Hint{UID: social.UserID(uid), Kind: kind}
		if known && err == nil && h.valid() {
			m.hints = append(m.hints, h)
		}
	}
	return m, true
}
