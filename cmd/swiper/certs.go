package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/swiperhq/swiper/internal/devca"
)

func (a *app) certsCommand() *cobra.Command {
	var r devca.Request
	cmd := &cobra.Command{
		Use: "certs --dir DIR NODE…", Short: "Make a development CA and certificates of nodes",
		Long: `Makes NODE.pem and NODE-key.pem in DIR for each node, issued by the CA in there:
ca.pem and ca-key.pem, which are made if there are none and never replaced. A
node that has a certificate gets a new one; nodes that run take it by themselves.
Keep ca-key.pem where no node is: whoever has it can join the cluster.`,
		Example: `  swiper certs --dir certs --host 10.0.0.5 node1
  swiper serve --cluster.tls.ca certs/ca.pem --cluster.tls.cert certs/node1.pem --cluster.tls.key certs/node1-key.pem`,
		RunE: func(_ *cobra.Command, nodes []string) error {
			r.Nodes = nodes
			if err := r.Check(); err != nil {
				return &usageError{err}
			}
			made, err := devca.Make(r)
			if made.NewCA {
				fmt.Fprintf(a.stdout, "made the CA %s\n", made.CA)
			}
			for _, n := range made.Nodes {
				fmt.Fprintf(a.stdout, "made %s and %s, good until %s\n", n.Cert, n.Key, n.Until.Format(time.DateOnly))
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.Dir, "dir", "", "folder of the CA and the certificates")
	f.StringVar(&r.Cluster, "name", "swiper", "cluster.name of the nodes")
	f.StringArrayVar(&r.Hosts, "host", nil, "name or address of the nodes, besides the loopback ones; may be repeated")
	f.IntVar(&r.Days, "days", 365, "how long the nodes' certificates are good")
	return cmd
}
