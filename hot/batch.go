package hot

// batch is how many people are asked for at a time: fewer after a failure, which may
// have come of so many, and more again as it goes well.
type batch struct {
	size, most int
}

func newBatch(most int) batch { return batch{most, most} }

func (b *batch) went(err error) {
	if err != nil {
		b.size = max(1, b.size/2)
	} else {
		b.size = min(b.most, 2*b.size)
	}
}
