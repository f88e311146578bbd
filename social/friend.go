package social

// Pair is two people in no order: UID1 < UID2.
type Pair struct{ UID1, UID2 UserID }

// PairOf orders two people into their Pair.
func PairOf(a, b UserID) Pair { return Pair{min(a, b), max(a, b)} }

// Slots is the number of pair slots. With Slot it is the fence between
// versions of the program that run side by side: frozen.
const Slots = 64

// Slot is a number in [0, Slots).
type Slot int32

// Slot gives the pair's slot. Every transaction that changes a pair locks its
// slot first, so both directions of a pair never run side by side. The
// function is frozen, with test vectors: two versions that disagreed about a
// pair's slot would not exclude each other.
//
// The multipliers are the splitmix64 finalizer's (Steele, Lea, Flood: "Fast
// Splittable Pseudorandom Number Generators", 2014).
func (p Pair) Slot() Slot {
	x := mix(uint64(p.UID1)) + uint64(p.UID2) //nolint:gosec // ids are positive
	return Slot(mix(x) >> 58)
}

func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}
