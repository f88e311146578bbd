package main

import (
	"context"
	"fmt"
	"log/slog"

	"google.golang.org/grpc/credentials"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/actors/cluster"
	"github.com/swiperhq/swiper/actors/cluster/etcd"
	"github.com/swiperhq/swiper/actors/cluster/static"
	"github.com/swiperhq/swiper/api/admin"
	"github.com/swiperhq/swiper/config"
	"github.com/swiperhq/swiper/internal/nodetls"
)

// lostError ends a node that the others have gone on without.
type lostError struct{ reason string }

func (e *lostError) Error() string { return "membership lost: " + e.reason }

// clusterOptions turns the settings into how the node finds the others.
func (n *node) clusterOptions(ctx context.Context) (cluster.Options, error) {
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
	var err error
	opts.Credentials, err = n.guard(ctx)
	return opts, err
}

// lose makes the node unready at once and ends it; it is called once.
func (n *node) lose(reason string) {
	n.draining.Store(true)
	n.lost.Store(&lostError{reason})
	close(n.ended)
	n.fail(n.lost.Load())
}

// guard gives what protects the connections between members, and keeps it up to
// date with its files; nil when none are named.
func (n *node) guard(ctx context.Context) (credentials.TransportCredentials, error) {
	c := &n.settings.Cluster
	if c.Alone() || !c.TLS.Given() {
		return nil, nil //nolint:nilnil // no files, no guard
	}
	creds, err := nodetls.Load(ctx, guardOptions(c, n.logger))
	if err != nil {
		return nil, fmt.Errorf("cluster.tls: %w", err)
	}
	n.keep(ctx, "watch over certificates", func(ctx context.Context) error {
		creds.Watch(ctx)
		return nil
	})
	return creds, nil
}

func guardOptions(c *config.Cluster, logger *slog.Logger) nodetls.Options {
	return nodetls.Options{CA: c.TLS.CA, Cert: c.TLS.Cert, Key: c.TLS.Key, Name: c.Name, Logger: logger}
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
