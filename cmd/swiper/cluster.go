package main

import (
	"errors"
	"fmt"
	"log/slog"

	"google.golang.org/grpc/credentials"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/actors/cluster"
	"github.com/swiperhq/swiper/actors/cluster/etcd"
	"github.com/swiperhq/swiper/actors/cluster/static"
	"github.com/swiperhq/swiper/api/admin"
	"github.com/swiperhq/swiper/config"
)

// lostError ends a node that the others have gone on without.
type lostError struct{ reason string }

func (e *lostError) Error() string { return "membership lost: " + e.reason }

// clusterOptions turns the settings into how the node finds the others.
func (n *node) clusterOptions() (cluster.Options, error) {
	c := &n.settings.Cluster
	opts := cluster.Options{
		Name: c.Name, Listen: c.Listen, Advertise: c.Advertise, Version: version(),
		Lost: n.lose,
	}
	way, addresses := c.Find()
	switch way {
	case config.StaticCluster:
		opts.Membership = static.New(static.Options{Cluster: c.Name, Addresses: addresses, Logger: n.logger})
	case config.EtcdCluster:
		m, err := etcd.New(etcd.Options{Cluster: c.Name, Endpoints: addresses, Logger: n.logger})
		if err != nil {
			return opts, fmt.Errorf("etcd: %w", err)
		}
		opts.Membership = m
	}
	creds, err := clusterCredentials(c, n.logger)
	if err != nil {
		return opts, err
	}
	opts.Credentials = creds
	return opts, nil
}

// lose makes the node unready at once and ends it; it is called once.
func (n *node) lose(reason string) {
	n.draining.Store(true)
	n.lost.Store(&lostError{reason})
	close(n.ended)
	n.fail(n.lost.Load())
}

// clusterCredentials guards the connections between members; nil when no files
// are named.
func clusterCredentials(c *config.Cluster, _ *slog.Logger) (credentials.TransportCredentials, error) {
	if c.TLS.Given() {
		return nil, errors.New("cluster.tls.*: this build cannot load them yet")
	}
	return nil, nil //nolint:nilnil // no files, no guard
}

// viewOf gives what operators see of the cluster.
func viewOf(system *actors.System) func() admin.View {
	node := system.Node()
	return func() admin.View {
		members := node.Members()
		view := admin.View{Self: node.ID(), Hash: cluster.ViewHash(members), Members: []admin.Member{}}
		for _, m := range members {
			shown := admin.Member{ID: m.ID, Address: m.Address, Version: m.Version, Kinds: m.Kinds, Leaving: m.Retired}
			if m.ID == node.ID() {
				users, matchmakers := system.Active()
				shown.Activations = &admin.Activations{User: users, Matchmaker: matchmakers}
			}
			view.Members = append(view.Members, shown)
		}
		return view
	}
}
