package hot

import (
	"cmp"
	"slices"
	"sync"

	"github.com/swiperhq/swiper/social"
)

const (
	// maxNotes is how many people are noted at a time.
	maxNotes = 8192
	// urgent outweighs likes: who lost one may stand too high.
	urgent = 1 << 16
)

// notes are the people whose likes are to be counted, and how much there was of it.
type notes struct {
	mu    sync.Mutex
	count map[social.UserID]int
}

// add notes somebody; false: there is no room.
func (n *notes) add(uid social.UserID, urgently bool) bool {
	weight := 1
	if urgently {
		weight = urgent
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.count == nil {
		n.count = map[social.UserID]int{}
	}
	if _, noted := n.count[uid]; !noted && len(n.count) >= maxNotes {
		return false
	}
	n.count[uid] += weight
	return true
}

// noted is somebody and how much there was of it.
type noted struct {
	uid   social.UserID
	count int
}

// take takes out those noted most. Who notes does not wait for the sorting: what is
// noted meanwhile has happened before anybody counts.
func (n *notes) take(most int) []social.UserID {
	all := n.all()
	if len(all) > most {
		slices.SortFunc(all, func(a, b noted) int { return cmp.Compare(b.count, a.count) })
		all = all[:most]
	}
	ids := make([]social.UserID, len(all))
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := range all {
		ids[i] = all[i].uid
		delete(n.count, ids[i])
	}
	return ids
}

func (n *notes) all() []noted {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := make([]noted, 0, len(n.count))
	for uid, count := range n.count {
		all = append(all, noted{uid, count})
	}
	return all
}
