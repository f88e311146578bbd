-- +goose Up

-- A photo with a key here is what is seen of a video before it moves. It stands
-- outside of the photos' order; a user has one, and one more that waits to replace it.
ALTER TABLE photo ADD COLUMN video TEXT NOT NULL DEFAULT '';
ALTER TABLE photo ADD COLUMN duration_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE photo ADD COLUMN width INTEGER NOT NULL DEFAULT 0;
ALTER TABLE photo ADD COLUMN height INTEGER NOT NULL DEFAULT 0;

-- +goose Down
DELETE FROM photo WHERE video <> '';
ALTER TABLE photo DROP COLUMN height;
ALTER TABLE photo DROP COLUMN width;
ALTER TABLE photo DROP COLUMN duration_ms;
ALTER TABLE photo DROP COLUMN video;
