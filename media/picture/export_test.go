package picture

// Occupy takes a place among those who decode until free is called.
func (c *Cleaner) Occupy() (free func()) {
	c.slots <- struct{}{}
	return func() { <-c.slots }
}
