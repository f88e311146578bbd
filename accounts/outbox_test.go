package accounts_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/accounts"
)

type senderFunc func(ctx context.Context, m accounts.Message) error

func (f senderFunc) Send(ctx context.Context, m accounts.Message) error { return f(ctx, m) }

func TestOutbox(t *testing.T) {
	t.Parallel()
	vault := func(key byte) *accounts.Vault {
		secret := make([]byte, 32)
		secret[0] = key
		v, err := accounts.NewVault([][]byte{secret})
		require.NoError(t, err)
		return v
	}
	var sealed []byte
	box := accounts.NewOutbox(vault(1), func(_ context.Context, s []byte) error {
		sealed = s
		return nil
	})
	to, err := accounts.ParsePhone("13800000000")
	require.NoError(t, err)
	at := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	message := accounts.Message{To: to, Code: "123456", Text: "Your code is 123456.", Time: at}
	require.NoError(t, box.Send(t.Context(), message))
	require.NotContains(t, string(sealed), "123456")
	require.NotContains(t, string(sealed), "138")

	var got []accounts.Message
	next := senderFunc(func(_ context.Context, m accounts.Message) error {
		got = append(got, m)
		return nil
	})
	require.NoError(t, box.Deliver(t.Context(), sealed, at.Add(5*time.Minute-1), next))
	require.Equal(t, []accounts.Message{message}, got)
	require.ErrorIs(t, box.Deliver(t.Context(), sealed, at.Add(5*time.Minute), next), accounts.ErrStale)
	require.Error(t, accounts.NewOutbox(vault(2), nil).Deliver(t.Context(), sealed, at, next), "another key")
	require.Error(t, box.Deliver(t.Context(), sealed[:len(sealed)-1], at, next))
	require.Error(t, box.Deliver(t.Context(), nil, at, next))
	require.Len(t, got, 1, "nothing was sent")

	away := errors.New("away")
	require.ErrorIs(t, box.Deliver(t.Context(), sealed, at, senderFunc(func(context.Context, accounts.Message) error { return away })), away)
	full := accounts.NewOutbox(vault(1), func(context.Context, []byte) error { return away })
	require.ErrorIs(t, full.Send(t.Context(), message), away)
}
