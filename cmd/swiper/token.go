package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/swiperhq/swiper/accounts"
)

func (a *app) tokenCommand() *cobra.Command {
	var ttl time.Duration
	cmd := &cobra.Command{
		Use: "token UID", Short: "Print an access token of a user", Args: cobra.ExactArgs(1),
		Long: `Prints an access token that servers with the same auth.key accept. Whether the
user exists is not asked.`,
		Example: `  curl -H "Authorization: Bearer $(swiper token 1)" http://127.0.0.1:8080/v1/me`,
		RunE: func(cmd *cobra.Command, args []string) error {
			uid, err := parseUserID(args[0])
			if err != nil {
				return err
			}
			if ttl < time.Second {
				return &usageError{errors.New("--ttl must be at least 1s")}
			}
			s, err := a.settings(cmd)
			if err != nil {
				return err
			}
			key, err := s.AuthKey()
			if err != nil {
				return err
			}
			token, err := accounts.NewTokens(key, time.Now).Mint(uid, ttl)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.stdout, token)
			return err
		},
	}
	cmd.Flags().DurationVar(&ttl, "ttl", 24*time.Hour, "how long the token is good")
	return cmd
}
