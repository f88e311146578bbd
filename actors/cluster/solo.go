package cluster

import (
	"errors"
	"fmt"

	protocluster "github.com/asynkron/protoactor-go/cluster"
)

// solo is the membership of a cluster of one: the member itself, from its start
// until it leaves. It takes the way that any membership takes: it tells the
// library's member list, which publishes the topology that placement follows.
type solo struct {
	joined  chan struct{}
	cluster *protocluster.Cluster
}

func newSolo() *solo { return &solo{joined: make(chan struct{})} }

// StartMember implements protocluster.ClusterProvider; it is the last step of a start.
func (s *solo) StartMember(c *protocluster.Cluster) error {
	host, port, err := c.ActorSystem.GetHostPort()
	if err != nil {
		return fmt.Errorf("own address: %w", err)
	}
	s.cluster = c
	c.MemberList.UpdateClusterTopology(protocluster.Members{{
		Id: c.ActorSystem.ID, Host: host, Port: int32(port), Kinds: c.GetClusterKinds(), //nolint:gosec // a port
	}})
	close(s.joined)
	return nil
}

// StartClient implements protocluster.ClusterProvider: a cluster of one has no clients.
func (s *solo) StartClient(*protocluster.Cluster) error {
	return errors.New("a cluster of one has no clients")
}

// Shutdown implements protocluster.ClusterProvider: the member leaves, so that
// nothing is placed on it any more.
func (s *solo) Shutdown(bool) error {
	s.cluster.MemberList.UpdateClusterTopology(nil)
	return nil
}
