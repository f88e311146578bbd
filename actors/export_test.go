package actors

import (
	"context"
	"strconv"

	"github.com/swiperhq/swiper/social"
)

// What the tests of this package see of its inside.
var (
	RefusalOf     = refusalOf
	ErrorOf       = errorOf
	AnswerOf      = answerOf
	ErrorOfAnswer = errorOfAnswer
	NewIDSet      = newIDSet
)

// Limits under test.
const (
	MaxPerUser   = maxPerUser
	MaxBatch     = maxBatch
	MaxQueue     = maxQueue
	SmallSet     = smallSet
	MaxLoggedIDs = maxLoggedIDs
)

// IDSet is the set of swiped ids.
type IDSet = idSet

// Has, Add, Remove, Len and Bytes open the set's methods.
func (s *idSet) Has(id int64) bool { return s.has(social.UserID(id)) }
func (s *idSet) Add(id int64)      { s.add(social.UserID(id)) }
func (s *idSet) Remove(id int64)   { s.remove(social.UserID(id)) }
func (s *idSet) Len() int64        { return s.len() }
func (s *idSet) Bytes() int64      { return s.bytes() }

// StopMatchmaker ends a matchmaker as a member that fails would.
func (s *System) StopMatchmaker(ctx context.Context, shard int) error {
	pid := s.world.node.PID(ctx, kindMatchmaker, strconv.Itoa(shard))
	return s.world.node.Root().StopFuture(pid).Wait()
}
