package actors_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/actors/actorspb"
	"github.com/swiperhq/swiper/actors/cluster"
	"github.com/swiperhq/swiper/social"
)

func TestEveryCodeCrossesTheWire(t *testing.T) {
	t.Parallel()
	for _, code := range social.Codes() {
		e := &social.Error{Code: code, Message: "Said to people.", RetryAfter: 1500 * time.Millisecond, Field: "a.b", Cause: errors.New("secret")}
		want := &social.Error{Code: code, Message: "Said to people.", RetryAfter: 1500 * time.Millisecond, Field: "a.b"}

		var refusal actorspb.Refusal
		cross(t, actors.RefusalOf(e), &refusal)
		require.Equal(t, want, actors.ErrorOf(&refusal))

		var answer cluster.RefusalError
		cross(t, actors.AnswerOf(e), &answer)
		require.Equal(t, want, actors.ErrorOfAnswer(&answer))

		bare := social.Errorf(code, "Bare.")
		require.Equal(t, bare, actors.ErrorOfAnswer(actors.AnswerOf(bare)))
	}
}

func cross(t *testing.T, from, to proto.Message) {
	t.Helper()
	b, err := proto.Marshal(from)
	require.NoError(t, err)
	require.NotContains(t, string(b), "secret")
	require.NoError(t, proto.Unmarshal(b, to))
}

func TestUnknownErrorsAreInternal(t *testing.T) {
	t.Parallel()
	require.NoError(t, actors.ErrorOf(actors.RefusalOf(nil)))
	require.Equal(t, social.CodeInternal, social.CodeOf(actors.ErrorOf(actors.RefusalOf(errors.New("secret")))))
	require.Equal(t, social.CodeInternal, social.CodeOf(actors.ErrorOf(&actorspb.Refusal{Code: "from_the_future"})))
	require.Equal(t, social.CodeInternal, actors.ErrorOfAnswer(&cluster.RefusalError{Reason: cluster.ReasonPanic}).Code)
	require.Equal(t, social.CodeInternal, actors.ErrorOfAnswer(&cluster.RefusalError{}).Code)
}
