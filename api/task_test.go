package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

func TestTaskOfAnotherOrNone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct {
		uid social.UserID
		id  string
	}{{2, "AAAAAAAAAAAAAAAAAAAAAAAAAA"}, {1, "CCCCCCCCCCCCCCCCCCCCCCCCCC"}, {1, "1"}, {1, "%00"}} {
		a := b.call(t, c.uid, "GET", "/v1/tasks/"+c.id, "")
		require.Equal(t, 404, a.StatusCode, "%s", a.body)
		require.Contains(t, string(a.body), `"code":"task_not_found"`)
	}
	require.Equal(t, 401, b.call(t, 0, "GET", "/v1/tasks/AAAAAAAAAAAAAAAAAAAAAAAAAA", "").StatusCode)
}
