package cluster

import "hash/fnv"

// ring tells which member owns an identity: rendezvous hashing over the members
// that offer the kind. A ring never changes; a new topology makes a new one.
type ring struct {
	members []Member
	byKind  map[string][]ringMember
}

type ringMember struct {
	address string
	hash    uint64
}

func newRing(members []Member) *ring {
	r := &ring{members: members, byKind: map[string][]ringMember{}}
	for _, m := range members {
		if m.Retired {
			continue
		}
		for _, k := range m.Kinds {
			r.byKind[k] = append(r.byKind[k], ringMember{m.Address, hashOf(m.Address)})
		}
	}
	return r
}

// owner gives the owner's address, "" when nobody offers the kind.
func (r *ring) owner(kind, id string) string {
	var best uint64
	var address string
	key := hashOf(id)
	for _, m := range r.byKind[kind] {
		if s := mix(key ^ m.hash); address == "" || s > best || (s == best && m.address > address) {
			best, address = s, m.address
		}
	}
	return address
}

// hashOf spreads FNV's result: addresses often differ in the last digit only,
// which plain FNV turns into an uneven split.
func hashOf(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s)) // a hash does not fail
	return mix(h.Sum64())
}

func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}
