package deploy_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// pending are settings that the files use and this program does not have yet.
// What is there leaves the list.
var pending = []string{
	"cluster.name",
	"cluster.listen",
	"cluster.advertise",
	"cluster.tls.ca",
	"cluster.tls.cert",
	"cluster.tls.key",
	"cluster.leave_after",
	"cluster.provider=etcd", // the value
}

func TestNothingPendingIsThere(t *testing.T) {
	t.Parallel()
	known := settings(t)
	for _, name := range pending {
		require.NotContains(t, known, name, "take it from the list")
	}
}
