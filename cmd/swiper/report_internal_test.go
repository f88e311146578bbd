package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReport(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, writeReport(&out, "user 7, from a test", []byte(`{
		"user_id": 7,
		"stored": {"user": {"nickname": "小鹿", "sex": "female"}, "swipes": {}, "friends": 2,
			"quotas": [{"action": "rewind", "limit": null, "used": 12}, {"action": "like", "limit": 30, "used": 0}], "recent_events": []},
		"live": {"node": "n1", "in_flight": 0}}`)))
	require.Equal(t, `user 7, from a test

stored                  live
user.nickname  小鹿     node       n1
user.sex       female   in_flight  0
friends        2

quotas
  action  limit  used
  rewind  null   12
  like    30     0

recent_events: none
`, out.String())

	out.Reset()
	require.NoError(t, writeReport(&out, "user 7", []byte(`{"stored": {"friends": 2}, "live": null}`)))
	require.Equal(t, "user 7\n\nstored       live\nfriends  2   (no actor is active)\n", out.String())

	require.Error(t, writeReport(&out, "user 7", []byte(`{"stored": [`)))
	require.Error(t, writeReport(&out, "user 7", []byte(`{"stored": 5}`)))
}
