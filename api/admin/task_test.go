package admin_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func TestTasks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rec := b.do("GET", "/admin/tasks?state=failed&kind=photo&before=10&limit=1", "")
	require.JSONEq(t, `{"tasks":[{"task_id":"T2","kind":"photo","queue":"uploads","user_id":1,"state":"failed","attempts":3,"progress":5,
		"error":"Away.","created_at":"2026-11-22T12:00:00Z","ended_at":"2026-11-22T12:00:00Z","retryable":true}],"next":9}`, rec.Body.String())
	require.Equal(t, persistence.TaskFilter{State: persistence.TaskFailed, Kind: "photo", Before: 10, Limit: 1}, b.fake.asked)
	rec = b.do("GET", "/admin/tasks", "")
	require.Contains(t, rec.Body.String(), `"user_id":null`)
	require.Contains(t, rec.Body.String(), `"next":null`)
	require.Equal(t, persistence.TaskFilter{Limit: 50}, b.fake.asked)
	for _, bad := range []string{"state=dead", "limit=0", "limit=501", "limit=x", "before=0", "before=-1"} {
		requireProblem(t, b.do("GET", "/admin/tasks?"+bad, ""), 422, social.CodeInvalidRequest)
	}
	for _, verb := range []string{"retry", "cancel"} {
		rec := b.do("POST", "/admin/tasks/T2/"+verb, "", "Content-Type", "application/json")
		require.Equal(t, 200, rec.Code, rec.Body.String())
		require.JSONEq(t, `{"task_id":"T2"}`, rec.Body.String())
		requireProblem(t, b.do("POST", "/admin/tasks/T1/"+verb, "", "Content-Type", "application/json"), 409, social.CodeTaskConflict)
		requireProblem(t, b.do("POST", "/admin/tasks/T3/"+verb, "", "Content-Type", "application/json"), 404, social.CodeTaskNotFound)
		requireProblem(t, b.do("POST", "/admin/tasks/T2/"+verb, ""), 400, social.CodeInvalidRequest)
	}
}
