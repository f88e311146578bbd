package attacks_test

import (
	"crypto/tls"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/swiperhq/swiper/internal/attacks"
	"github.com/swiperhq/swiper/internal/devca"
)

// Without credentials every attack succeeds: the proofs below can fail.
func TestAnUnguardedNodeIsHelpless(t *testing.T) {
	t.Parallel()
	for _, a := range attacks.All() {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			n := startNode(t, "none")
			r := a.Run(t.Context(), attacks.Target{
				Address: n.address, Credentials: insecure.NewCredentials(), Actor: victim, Message: wrapperspb.String("a lie"),
			})
			require.True(t, r.In, "%v", r.Err)
			if a.Deadly {
				n.requireDeath(t)
				return
			}
			require.True(t, r.Answered, "%v", r.Err)
			require.Contains(t, []string{"stopped", "heard a lie"}, n.next(t))
		})
	}
}

func TestAGuardedNodeIsHarmedByNobody(t *testing.T) {
	t.Parallel()
	dir, other := certs(t), certs(t)
	_, err := devca.Make(devca.Request{Dir: dir, Cluster: "blue", Nodes: []string{"blue"}, Days: 1})
	require.NoError(t, err)
	blue := files(dir, "blue")
	blue.Name = "blue"
	// strangers believe whatever the node shows: it is the node that must refuse.
	show := func(cert, key string) credentials.TransportCredentials {
		pair, err := tls.LoadX509KeyPair(cert, key)
		require.NoError(t, err)
		return credentials.NewTLS(&tls.Config{InsecureSkipVerify: true, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }})
	}
	n := startNode(t, dir)
	legitimate := attacks.Target{Address: n.address, Credentials: credentialsOf(t, files(dir, "peer")), Actor: victim, Message: wrapperspb.String("the truth")}
	for name, creds := range map[string]credentials.TransportCredentials{
		"plaintext":                 insecure.NewCredentials(),
		"no certificate":            credentials.NewTLS(&tls.Config{InsecureSkipVerify: true}),
		"certificate of another CA": show(files(other, "peer").Cert, files(other, "peer").Key),
		"certificate of a namesake": show(blue.Cert, blue.Key),
		"a node of another cluster": credentialsOf(t, blue),
		"a node under another CA":   credentialsOf(t, files(other, "peer")),
	} {
		for _, a := range attacks.All() {
			r := a.Run(t.Context(), attacks.Target{Address: n.address, Credentials: creds, Actor: victim, Message: wrapperspb.String("a lie")})
			require.False(t, r.In || r.Answered, "%s: %s", name, a.Name)
			require.Equal(t, codes.Unavailable, status.Code(r.Err), "%s: %s: %v", name, a.Name, r.Err)
		}
		r := attacks.Forge(t.Context(), legitimate)
		require.True(t, r.In && r.Answered, "its peers are served: %v", r.Err)
		require.Equal(t, "heard the truth", n.next(t), "and nothing was heard before, and nothing stopped")
	}
}

// What was recorded between nodes is of no use to who sends it again.
func TestReplay(t *testing.T) {
	t.Parallel()
	for _, guarded := range []bool{false, true} {
		name, guard := "plaintext", "none"
		if guarded {
			name, guard = "guarded", certs(t)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := startNode(t, guard)
			creds := insecure.NewCredentials()
			if guarded {
				creds = credentialsOf(t, files(guard, "peer"))
			}
			rec, err := attacks.Record(t.Context(), n.address)
			require.NoError(t, err)
			say := attacks.Target{Address: rec.Address(), Credentials: creds, Actor: victim, Message: wrapperspb.String("pay")}
			r := attacks.Forge(t.Context(), say)
			require.NoError(t, r.Err)
			recorded, err := rec.Close()
			require.NoError(t, err)
			require.NotEmpty(t, recorded)
			require.Equal(t, "heard pay", n.next(t))

			_, err = attacks.Replay(t.Context(), n.address, recorded, 5*time.Second)
			if guarded {
				say.Address, say.Message = n.address, wrapperspb.String("well")
				require.True(t, attacks.Forge(t.Context(), say).Answered)
				require.Equal(t, "heard well", n.next(t), "not paid again")
				return
			}
			require.NoError(t, err)
			require.Equal(t, "heard pay", n.next(t), "paid again")
		})
	}
}
