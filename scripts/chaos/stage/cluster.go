//go:build linux

package stage

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/swiperhq/swiper/scripts/internal/daemon"
)

// Provider is how nodes find each other.
type Provider string

// The providers.
const (
	None   Provider = "none" // not at all: they share a database
	Static Provider = "static"
	Etcd   Provider = "etcd"
)

// leaveAfter is how long a node that was asked to end goes on serving, for
// balancers to notice.
const leaveAfter = "2s"

// cluster is what the nodes are told of each other.
type cluster struct {
	flags  []string // of every node
	listen []string // by node; nil: any port
	certs  string   // folder, "": none are needed
}

// spare is how many nodes may come later.
const spare = 1

func (s *Stage) openCluster(ctx context.Context) (c cluster, err error) {
	switch s.o.Provider {
	case Static:
		for node := range s.o.Nodes + spare {
			addr, err := s.memberAddress(node)
			if err != nil {
				return c, err
			}
			c.listen = append(c.listen, addr)
		}
		c.flags = []string{"--cluster.provider", "static:" + strings.Join(c.listen, ",")}
	case Etcd:
		c.flags = []string{"--cluster.provider", "etcd:" + s.Etcd.Addr()}
	case None:
		return c, nil
	}
	c.flags = append(c.flags, "--cluster.leave_after", leaveAfter, "--media.shared", "--media.store", "disk:"+filepath.Join(s.o.Dir, "media"))
	if s.Network != nil {
		c.certs = filepath.Join(s.o.Dir, "certs")
		err = s.makeCertificates(ctx, c.certs)
	}
	return c, err
}

// memberPort is where members listen that have an address for themselves.
const memberPort = ":7947"

// memberAddress chooses where the others reach a node.
func (s *Stage) memberAddress(node int) (string, error) {
	if s.Network != nil {
		return s.Network.Address(node) + memberPort, nil
	}
	return daemon.FreeAddress(loopback)
}

// makeCertificates has the program make what nodes need beyond loopback.
func (s *Stage) makeCertificates(ctx context.Context, dir string) error {
	args := []string{"certs", "--dir", dir}
	names := []string{}
	for node := range s.o.Nodes + spare {
		args = append(args, "--host", s.Network.Address(node))
		names = append(names, nodeName(node))
	}
	out, err := exec.CommandContext(ctx, s.o.Binary, append(args, names...)...).CombinedOutput() //nolint:gosec // the program of this module
	if err != nil {
		return fmt.Errorf("make certificates: %w: %s", err, out)
	}
	return nil
}

func nodeName(node int) string { return "node" + strconv.Itoa(node+1) }

// membership gives the flags of one node.
func (s *Stage) membership(node int) []string {
	c := &s.cluster
	flags := append([]string{}, c.flags...)
	switch {
	case c.certs != "":
		pem := func(name string) string { return filepath.Join(c.certs, name+".pem") }
		flags = append(flags, "--cluster.listen", s.Network.Address(node)+memberPort, "--cluster.tls.ca", pem("ca"),
			"--cluster.tls.cert", pem(nodeName(node)), "--cluster.tls.key", pem(nodeName(node)+"-key"))
	case c.listen != nil:
		flags = append(flags, "--cluster.listen", c.listen[node])
	case c.flags != nil:
		flags = append(flags, "--cluster.listen", loopback+":0")
	}
	return flags
}
