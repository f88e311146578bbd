package social

// RewindResult is the answer to a rewind that was granted.
type RewindResult struct {
	SID       UserID
	Mark      Mark  // the mark that was taken back
	Unmatched bool  // a friendship ended with it
	Used      int   // rewinds used today, this one included
	Limit     Limit // in force when it was granted
	Replayed  bool  // the stored answer to an earlier request with the same key
}
