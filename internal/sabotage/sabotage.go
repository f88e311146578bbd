// Package sabotage names the faults that the test suites build in on purpose,
// to prove that they can fail. The faults exist only in binaries built with
// -tags sabotage and chosen there by SWIPER_SABOTAGE; in every other build On is
// a constant false and the compiler removes what it guards.
package sabotage

// Fault is one deliberate defect.
type Fault string

// The faults, each caught by the end-to-end or the fence test.
const (
	NoSlotLock         Fault = "no_slot_lock"          // the batch does not lock its slots
	AckBeforeCommit    Fault = "ack_before_commit"     // the matchmaker answers before the transaction
	CountThenInsert    Fault = "count_then_insert"     // quota read first, written later
	RewindWithoutLock  Fault = "rewind_without_lock"   // the rewind does not lock its slot
	MatchOnRefusedLike Fault = "match_on_refused_like" // a like refused as already swiped still matches
)
