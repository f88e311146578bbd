package actors_test

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// The library sleeps for a second after a start has succeeded.
		goleak.IgnoreAnyFunction("github.com/asynkron/protoactor-go/cluster.(*Cluster).StartMember"),
	)
}
