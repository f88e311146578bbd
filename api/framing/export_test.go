package framing

// Heads counts the heads in text and tells whether it ended at an ambiguous one.
func Heads(text []byte) (n int, ambiguous bool) {
	var s scanner
	_, ambiguous = s.scan(text)
	return s.heads, ambiguous
}
