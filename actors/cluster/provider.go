package cluster

import (
	"errors"

	protocluster "github.com/asynkron/protoactor-go/cluster"
)

// provider is what the library asks for a membership. It only tells that the
// library has booted: the membership proper begins when the node's actors can be
// asked, and speaks to the lookup, not to the library's member list, which bars
// a member for good once it was away.
type provider struct{ booted chan struct{} }

// StartMember implements protocluster.ClusterProvider; it is the last step of a start.
func (p provider) StartMember(*protocluster.Cluster) error {
	close(p.booted)
	return nil
}

// StartClient implements protocluster.ClusterProvider.
func (provider) StartClient(*protocluster.Cluster) error {
	return errors.New("every node is a member")
}

// Shutdown implements protocluster.ClusterProvider; see Node.Leave.
func (provider) Shutdown(bool) error { return nil }
