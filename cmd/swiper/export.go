package main

import (
	"context"
	"path/filepath"

	"github.com/swiperhq/swiper/exports"
	"github.com/swiperhq/swiper/internal/hints"
	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/social"
)

// openExports gives who gathers people's data for them.
func (n *node) openExports(db database, pictures *gallery, w *worker, bus *hints.Bus) (*exports.Service, error) {
	return exports.New(exports.Options{
		Store: mortal[exports.Store](db, mortalData{db}), Media: pictures.store, Transfers: pictures.transfers, Post: w.post, Dir: filepath.Join(n.settings.Data.Dir, "tmp"),
		Phone: func(ctx context.Context, uid social.UserID) (string, error) {
			sealed, err := db.SealedPhone(ctx, uid)
			if err != nil || len(sealed) == 0 {
				return "", err
			}
			return w.vault.Open(sealed)
		},
		Hint: bus.Hint, Now: sabotage.Now, Logger: n.logger,
	})
}
