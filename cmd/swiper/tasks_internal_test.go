package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/tasks"
)

type listedTask struct {
	TaskID string `json:"task_id"`
	Kind   string
	State  string
}

// A server works at its own tasks and shows them, and the queue, to operators.
func TestTasksOfAServer(t *testing.T) {
	t.Parallel()
	alone(t)
	s := serving(t, t.TempDir())
	var done listedTask
	require.Eventually(t, func() bool {
		status, answer := call(t, http.MethodGet, s.admin+"/admin/tasks?kind=upkeep.prune&state=done", "", "")
		require.Equal(t, http.StatusOK, status, answer)
		var list struct{ Tasks []listedTask }
		require.NoError(t, json.Unmarshal([]byte(answer), &list))
		if len(list.Tasks) > 0 {
			done = list.Tasks[0]
		}
		return len(list.Tasks) > 0
	}, time.Minute, 20*time.Millisecond, "a schedule's first turn is at the start")

	status, answer := call(t, http.MethodPost, s.admin+"/admin/tasks/"+done.TaskID+"/retry", "", "{}")
	require.Equal(t, http.StatusUnprocessableEntity, status, answer)
	status, answer = call(t, http.MethodPost, s.admin+"/admin/tasks/none/cancel", "", "{}")
	require.Equal(t, http.StatusNotFound, status, answer)
	require.Contains(t, answer, "task_not_found")
	_, answer = call(t, http.MethodGet, s.admin+"/metrics", "", "")
	require.Contains(t, answer, `swiper_task_attempts_total{kind="upkeep.prune",outcome="done"}`)
	require.Contains(t, answer, `swiper_tasks{kind="message.code",state="failed"} 0`)

	status, answer = call(t, http.MethodGet, s.admin+"/queue/", "", "")
	require.Equal(t, http.StatusOK, status, answer)
	require.Contains(t, answer, `src="/queue/assets/`)
	require.Eventually(t, func() bool { // a task ends before its job does
		status, answer = call(t, http.MethodGet, s.admin+"/queue/api/jobs?state=completed&limit=20", "", "")
		require.Equal(t, http.StatusOK, status, answer)
		return strings.Contains(answer, "upkeep.prune")
	}, time.Minute, 20*time.Millisecond)
	status, _ = call(t, http.MethodPost, s.admin+"/queue/api/jobs/cancel", "", `{"ids":["1"]}`)
	require.Contains(t, []int{http.StatusNotFound, http.StatusMethodNotAllowed}, status, "it is for reading")
	status, _ = call(t, http.MethodGet, s.http+"/queue/", "", "")
	require.Equal(t, http.StatusNotFound, status, "not in public")
}

func TestDeliverCode(t *testing.T) {
	t.Parallel()
	vault, err := accounts.NewVault([][]byte{make([]byte, 32)})
	require.NoError(t, err)
	var sealed []byte
	box := accounts.NewOutbox(vault, func(_ context.Context, s []byte) error {
		sealed = s
		return nil
	})
	to, err := accounts.ParsePhone("13800000000")
	require.NoError(t, err)
	away, unsettled := errors.New("away"), &wrapped{accounts.ErrUnsettled}
	no := social.Errorf(social.CodeInternal, "Never.")
	for name, c := range map[string]struct {
		age         time.Duration
		says, wants error
		permanent   bool
	}{
		"sent":      {},
		"refused":   {says: away, wants: away},
		"unsettled": {says: unsettled, wants: accounts.ErrUnsettled, permanent: true},
		"hopeless":  {says: no, wants: no, permanent: true},
		"stale":     {age: time.Hour, wants: accounts.ErrStale, permanent: true},
	} {
		require.NoError(t, box.Send(t.Context(), accounts.Message{To: to, Code: "123456", Time: time.Now().Add(-c.age)}))
		err := deliverCode(t.Context(), box, codeArgs{sealed}, says{c.says})
		require.ErrorIs(t, err, c.wants, name)
		require.Equal(t, c.permanent, tasks.IsPermanent(err), name)
	}
}

type wrapped struct{ error }

func (w *wrapped) Unwrap() error { return w.error }

type says struct{ err error }

func (s says) Send(context.Context, accounts.Message) error { return s.err }
