//go:build linux

package stage

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Network joins the nodes, each in a network namespace of its own, and the stores,
// which are where this process is, by a bridge. The nodes' HTTP listeners are on
// their own loopback, and are found on ours as well, whatever is cut.
//
// It must be opened in a namespace that is nobody else's, see Unshare. All of it
// goes with the processes that hold it.
type Network struct {
	holders  []*exec.Cmd // by node: what keeps its namespace
	doors    []net.Listener
	isolated []int
	split    [][2]int
}

// Unshare makes this process start again in a network namespace of its own, with
// more of an environment. It returns only when it fails.
func Unshare(env ...string) error {
	runtime.LockOSThread() // what is started is where this thread is
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("network namespaces cannot be made here: %w", err)
	}
	return syscall.Exec("/proc/self/exe", os.Args, append(os.Environ(), env...)) //nolint:gosec // ourselves
}

// ComeUp makes a namespace that Unshare has made usable: its loopback is down at first.
func ComeUp(ctx context.Context) error { return run(ctx, "ip link set lo up") }

const (
	bridge = "hub"
	subnet = "10.97.0."
	// firstNode is the address of the first one in the subnet.
	firstNode = 11
	// nowhere is a hardware address that nobody has.
	nowhere = "02:00:00:00:00:01"
)

func openNetwork(ctx context.Context) (*Network, error) {
	links, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if l.Flags&net.FlagUp != 0 && l.Flags&net.FlagLoopback == 0 {
			return nil, errors.New("a network is only made in a namespace of our own")
		}
	}
	n := &Network{}
	return n, run(ctx,
		"ip link add "+bridge+" type bridge", "ip addr add "+n.Hub()+"/24 dev "+bridge, "ip link set "+bridge+" up")
}

// run runs commands, each a line of words.
func run(ctx context.Context, commands ...string) error {
	for _, c := range commands {
		words := strings.Fields(c)
		if out, err := exec.CommandContext(ctx, words[0], words[1:]...).CombinedOutput(); err != nil { //nolint:gosec // words of our own
			return fmt.Errorf("%s: %w: %s", c, err, out)
		}
	}
	return nil
}

// Hub is the address of the stores.
func (*Network) Hub() string { return subnet + "1" }

// Address is that of a node.
func (*Network) Address(node int) string { return subnet + strconv.Itoa(firstNode+node) }

func port(node int) string { return "port" + strconv.Itoa(node) }

// join makes a namespace for a node, and doors here to the addresses that its
// listeners have on its own loopback. It gives the command that puts a program there.
func (n *Network) join(ctx context.Context, node int, listeners ...string) ([]string, error) {
	holder := exec.Command("sleep", "infinity") //nolint:noctx // close ends it
	holder.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET, Setpgid: true}
	if err := holder.Start(); err != nil {
		return nil, fmt.Errorf("network namespaces cannot be made here: %w", err)
	}
	n.holders = append(n.holders, holder)
	inside := n.inside(node)
	err := run(ctx,
		fmt.Sprintf("ip link add %s type veth peer name eth0 netns %d", port(node), holder.Process.Pid),
		"ip link set "+port(node)+" master "+bridge+" up",
		inside+"ip link set lo up", inside+"ip addr add "+n.Address(node)+"/24 dev eth0", inside+"ip link set eth0 up")
	if err != nil {
		return nil, err
	}
	namespace, err := os.Open(n.namespace(node))
	if err != nil {
		return nil, err
	}
	defer namespace.Close() //nolint:errcheck // only a handle
	dial, err := dialIn(namespace)
	if err != nil {
		return nil, err
	}
	for _, addr := range listeners {
		door, err := net.Listen("tcp", addr) //nolint:noctx // no name to resolve, nothing to wait for
		if err != nil {
			return nil, err
		}
		n.doors = append(n.doors, door)
		go forward(door, addr, dial)
	}
	return strings.Fields(inside), nil
}

func (n *Network) namespace(node int) string {
	return fmt.Sprintf("/proc/%d/ns/net", n.holders[node].Process.Pid)
}

// inside is what has to be put in front of a command to run it where a node is.
func (n *Network) inside(node int) string { return "nsenter --net=" + n.namespace(node) + " " }

// Isolate cuts a node off from all others and the stores, in silence.
func (n *Network) Isolate(ctx context.Context, node int) error {
	n.isolated = append(n.isolated, node)
	return run(ctx, "bridge link set dev "+port(node)+" state 0")
}

// Split cuts two nodes off from each other, in silence: each sends what is for the
// other to nobody.
func (n *Network) Split(ctx context.Context, one, other int) error {
	n.split = append(n.split, [2]int{one, other})
	entry := "ip neigh replace %s lladdr " + nowhere + " dev eth0 nud permanent"
	return run(ctx, n.inside(one)+fmt.Sprintf(entry, n.Address(other)), n.inside(other)+fmt.Sprintf(entry, n.Address(one)))
}

// Heal undoes every cut.
func (n *Network) Heal(ctx context.Context) error {
	var errs []error
	for _, node := range n.isolated {
		errs = append(errs, run(ctx, "bridge link set dev "+port(node)+" state 3"))
	}
	for _, pair := range n.split {
		for i, node := range pair {
			errs = append(errs, run(ctx, n.inside(node)+"ip neigh del "+n.Address(pair[1-i])+" dev eth0"))
		}
	}
	n.isolated, n.split = nil, nil
	return errors.Join(errs...)
}

// close ends what holds the namespaces; everything in them goes with it.
func (n *Network) close() error {
	for _, door := range n.doors {
		_ = door.Close() // nobody is left to come in
	}
	// The next network may be made in this namespace: nothing may be left until
	// the kernel comes to take it away.
	var errs []error
	for node, h := range n.holders {
		errs = append(errs, run(context.Background(), "ip link del "+port(node)))
		_ = h.Process.Kill() // fails only when it is gone
		_ = h.Wait()         // it was killed
	}
	return errors.Join(append(errs, run(context.Background(), "ip link del "+bridge))...)
}
