-- +goose Up

-- A photo with a key here is what is seen of a video before it moves. It stands
-- outside of the photos' order; a user has one, and one more that waits to replace it.
ALTER TABLE photo
    ADD COLUMN video       text NOT NULL DEFAULT '',
    ADD COLUMN duration_ms bigint NOT NULL DEFAULT 0,
    ADD COLUMN width       integer NOT NULL DEFAULT 0,
    ADD COLUMN height      integer NOT NULL DEFAULT 0;

-- +goose Down
DELETE FROM photo WHERE video <> '';
ALTER TABLE photo DROP COLUMN height, DROP COLUMN width, DROP COLUMN duration_ms, DROP COLUMN video;
