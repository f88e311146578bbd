package strictjson_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api/strictjson"
)

type body struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

func TestUnmarshal(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for text, want := range map[string]error{
		`{"id":1,"name":"a"}`: nil, ` {"id":9223372036854775807} `: nil, `{}`: nil,
		``: strictjson.ErrSyntax, `{`: strictjson.ErrSyntax, `{} {}`: strictjson.ErrSyntax, `{"id":01}`: strictjson.ErrSyntax,
		"{\"name\":\"\xff\"}": strictjson.ErrSyntax, `{"name":"\ud800"}`: strictjson.ErrSyntax,
		`{"id":1,"id":1}`: strictjson.ErrDuplicate, `{"id":1,"\u0069d":1}`: strictjson.ErrDuplicate,
		`{"ID":1}`: strictjson.ErrUnknown, `{"other":1}`: strictjson.ErrUnknown,
		`{"id":"1"}`: strictjson.ErrType, `{"id":[1]}`: strictjson.ErrType, `{"id":1.0}`: strictjson.ErrType,
		`{"id":9223372036854775808}`: strictjson.ErrType, `[]`: strictjson.ErrType,
		nested(33): strictjson.ErrTooDeep, nested(100_000): strictjson.ErrTooDeep, strings.Repeat("[", 50): strictjson.ErrTooDeep,
		`{"name":"` + strings.Repeat("[", 100) + `"}`: nil,
	} {
		var v body
		require.ErrorIs(t, strictjson.Unmarshal([]byte(text), &v), want, "%.40s", text)
	}
	var tree any
	require.NoError(t, strictjson.Unmarshal([]byte(nested(32)), &tree))
}

func TestMarshal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, strictjson.Marshal(&out, map[string]any{"b": []int(nil), "a": 1}))
	require.Equal(t, `{"a":1,"b":[]}`, out.String()) //nolint:testifylint // the order matters
}

func FuzzUnmarshal(f *testing.F) {
	for _, seed := range []string{`{"id":1,"name":"a"}`, `{"id":1,"id":2}`, `[[[[`, "\xff", `{"a":{"b":[null,1e9]}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v body
		if strictjson.Unmarshal(data, &v) != nil {
			return
		}
		var out bytes.Buffer
		require.NoError(t, strictjson.Marshal(&out, v))
		var again body
		require.NoError(t, strictjson.Unmarshal(out.Bytes(), &again))
		require.Equal(t, v, again)
	})
}
