// Package sabotage names the faults that the test suites build in on purpose,
// to prove that they can fail. The faults exist only in binaries built with
// -tags sabotage and chosen there by SWIPER_SABOTAGE; in every other build On is
// a constant false and the compiler removes what it guards. So do the wrong
// clock, SWIPER_TEST_CLOCK_OFFSET, and the steps to die at, SWIPER_TEST_DIE_AT.
package sabotage

// Fault is one deliberate defect.
type Fault string

// The faults, each caught by the referee's or the fence's test.
const (
	NoSlotLock         Fault = "no_slot_lock"          // the batch does not lock its slots
	AckBeforeCommit    Fault = "ack_before_commit"     // the matchmaker answers before the transaction
	CountThenInsert    Fault = "count_then_insert"     // quota read first, written later
	RewindWithoutLock  Fault = "rewind_without_lock"   // the rewind does not lock its slot
	MatchOnRefusedLike Fault = "match_on_refused_like" // a like refused as already swiped still matches

	CommitLater           Fault = "commit_later"            // answers are true, and given a moment before the commit
	RewindKeepsFriendship Fault = "rewind_keeps_friendship" // the rewind deletes the swipe alone
	FriendshipDropped     Fault = "friendship_dropped"      // one new friendship in 1,000 is not there
	DeckForgets           Fault = "deck_forgets"            // one in 20 swiped is dealt again, by the actor and by the probe
	RetryUndoesUnfriend   Fault = "retry_undoes_unfriend"   // unfriending leaves both likes, and a like asked again matches
	DislikeLost           Fault = "dislike_lost"            // one acknowledged dislike in 100 is not there
	StaleRetry            Fault = "stale_retry"             // a repetition is told that there is no match
	EventOutside          Fault = "event_outside"           // match events are written by themselves, a while after the commit
	PushDropped           Fault = "push_dropped"            // one push in 20 is not sent
	PushDoubled           Fault = "push_doubled"            // one push in 20 is sent twice
)

// Forgotten tells whether DeckForgets has forgotten that uid swiped sid.
func Forgotten(uid, sid int64) bool { return On(DeckForgets) && (uid+sid)%forgetful == 0 }

// forgetful is how many swiped people there are for one who is forgotten. The
// probe's SQL has it too.
const forgetful = 20
