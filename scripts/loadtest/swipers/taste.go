package swipers

import (
	"math"
	"math/rand/v2"

	"github.com/swiperhq/swiper/social"
)

// Shares of the profiles shown that are liked.
const (
	likesOfMen   = 0.46
	likesOfWomen = 0.14
	// likesOfOthers is in between: nothing was published of them.
	likesOfOthers = 0.30
)

const (
	// activitySpread is the σ of the log-normal activity: the busiest of 20,000
	// does about fifty times what the median does.
	activitySpread = 1.0
	pickySpread    = 0.5
	superShare     = 0.08 // of likes
	leastLikes     = 0.01
	mostLikes      = 0.95
)

// Taste is how one swiper differs from the others.
type Taste struct {
	// Activity is how often it acts, the mean over all being 1.
	Activity float64
	// Picky multiplies the share of profiles liked, the mean over all being 1.
	Picky float64
	// Super is the share of its likes that are superlikes.
	Super float64
	// Hasty swipers do several things at once; the others wait for each answer.
	Hasty bool
}

// TasteOf gives the taste that uid has under a seed.
func TasteOf(seed uint64, uid social.UserID) Taste {
	return tasteFrom(diceOf(seed, uid))
}

// diceOf gives the source of everything uid decides.
func diceOf(seed uint64, uid social.UserID) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(uid))) //nolint:gosec // simulated people need no secrecy; ids are positive
}

func tasteFrom(dice *rand.Rand) Taste {
	return Taste{
		Activity: logNormal(dice, activitySpread),
		Picky:    logNormal(dice, pickySpread),
		Super:    superShare * 2 * dice.Float64(),
		Hasty:    dice.IntN(2) == 0,
	}
}

// logNormal has mean 1.
func logNormal(dice *rand.Rand, spread float64) float64 {
	return math.Exp(dice.NormFloat64()*spread - spread*spread/2)
}

// Likes gives the share of the profiles shown that someone of a sex likes.
func (t Taste) Likes(sex social.Sex) float64 {
	mean := likesOfOthers
	switch sex {
	case social.SexMale:
		mean = likesOfMen
	case social.SexFemale:
		mean = likesOfWomen
	case social.SexOther, social.SexAny:
	}
	return min(mostLikes, max(leastLikes, mean*t.Picky))
}

// mark decides about one profile.
func (t Taste) mark(dice *rand.Rand, sex social.Sex) social.Mark {
	if dice.Float64() >= t.Likes(sex) {
		return social.MarkDislike
	}
	if dice.Float64() < t.Super {
		return social.MarkSuperlike
	}
	return social.MarkLike
}
