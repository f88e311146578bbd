-- +goose Up

-- What people show of themselves, in order: the first approved one is the avatar
-- of their profile. pending: its user alone sees it until somebody decides;
-- rejected: nobody sees it any more, and it has no place. large, medium and small
-- are keys of objects, which photos with the same pixels share.
CREATE TABLE photo (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    uid         INTEGER NOT NULL,
    position    INTEGER, -- ascends; null: none
    state       TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'rejected')),
    large       TEXT NOT NULL,
    medium      TEXT NOT NULL,
    small       TEXT NOT NULL,
    blurhash    TEXT NOT NULL,
    replaced_by INTEGER, -- goes once that photo of the same user, which is pending, is approved
    created_at  INTEGER NOT NULL,
    decided_at  INTEGER,
    CHECK ((state = 'rejected') = (position IS NULL))
) STRICT;
CREATE INDEX photo_uid ON photo (uid, position);
CREATE INDEX photo_state ON photo (state, id) WHERE state <> 'approved';
CREATE INDEX photo_rejected ON photo (decided_at) WHERE state = 'rejected';

-- Of avatars so far only the medium size was told to anybody.
INSERT INTO photo (uid, position, state, large, medium, small, blurhash, created_at, decided_at)
    SELECT id, 0, 'approved', avatar, avatar, avatar, avatar_blurhash, unixepoch() * 1000000, unixepoch() * 1000000
    FROM users WHERE avatar <> '' ORDER BY id;

-- Which photo an upload has become, and what it was asked for with.
ALTER TABLE upload ADD COLUMN photo_id INTEGER;
ALTER TABLE upload ADD COLUMN digest TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE upload DROP COLUMN digest;
ALTER TABLE upload DROP COLUMN photo_id;
DROP TABLE photo;
