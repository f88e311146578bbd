package storetest

import (
	"encoding/json"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
)

func settingCases() []testCase {
	return []testCase{
		{"setting/set, read, logged", settingsLogged},
		{"setting/changes at once get a version each", settingsAtOnce},
	}
}

func settingsLogged(t *testing.T, db Database) {
	all, err := db.A.Settings(t.Context())
	require.NoError(t, err)
	require.Empty(t, all)

	var want []persistence.Setting
	for i, value := range []string{`3`, `null`, `"Asia/Shanghai"`, `{"b":1,"a":[true, 2]}`} {
		at := noon.Add(time.Duration(i) * time.Minute)
		got, err := db.A.PutSetting(t.Context(), "quota", json.RawMessage(value), "operator "+strconv.Itoa(i), at)
		require.NoError(t, err)
		s := persistence.Setting{Key: "quota", Value: json.RawMessage(value), Version: int64(i + 1), UpdatedAt: at, UpdatedBy: "operator " + strconv.Itoa(i)}
		requireSameSetting(t, s, got)
		want = append([]persistence.Setting{s}, want...)
	}
	other, err := db.B.PutSetting(t.Context(), "another", json.RawMessage(`0`), "", noon)
	require.NoError(t, err)
	require.EqualValues(t, 1, other.Version, "versions are each key's own")

	all, err = db.B.Settings(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, "another", all[0].Key, "by key")
	requireSameSetting(t, want[0], all[1])

	log, err := db.B.SettingLog(t.Context(), "quota", 3)
	require.NoError(t, err)
	require.Len(t, log, 3)
	for i := range log {
		requireSameSetting(t, want[i], log[i])
	}
	log, err = db.B.SettingLog(t.Context(), "never", 3)
	require.NoError(t, err)
	require.Empty(t, log)
}

func settingsAtOnce(t *testing.T, db Database) {
	const each = 20
	var versions [2 * each]int64
	var errs [2 * each]error
	var calls []func()
	for i := range versions {
		s := db.A
		if i%2 == 1 {
			s = db.B
		}
		calls = append(calls, func() {
			got, err := s.PutSetting(background(), "k", json.RawMessage(strconv.Itoa(i)), "x", noon)
			versions[i], errs[i] = got.Version, err
		})
	}
	together(calls...)
	require.NoError(t, errors.Join(errs[:]...))
	seen := map[int64]bool{}
	for _, v := range versions {
		seen[v] = true
	}
	for v := int64(1); v <= 2*each; v++ {
		require.True(t, seen[v], "version %d", v)
	}
	log, err := db.A.SettingLog(t.Context(), "k", everything)
	require.NoError(t, err)
	require.Len(t, log, 2*each)
	all, err := db.A.Settings(t.Context())
	require.NoError(t, err)
	requireSameSetting(t, log[0], all[0])
}

func requireSameSetting(t require.TestingT, want, got persistence.Setting) {
	require.True(t, want.UpdatedAt.Equal(got.UpdatedAt), "want %s, got %s", want.UpdatedAt, got.UpdatedAt)
	require.JSONEq(t, string(want.Value), string(got.Value))
	want.UpdatedAt, want.Value, got.UpdatedAt, got.Value = time.Time{}, nil, time.Time{}, nil
	require.Equal(t, want, got)
}
