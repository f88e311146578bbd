-- +goose Up

-- What people show of themselves, in order: the first approved one is the avatar
-- of their profile. pending: its user alone sees it until somebody decides;
-- rejected: nobody sees it any more, and it has no place. large, medium and small
-- are keys of objects, which photos with the same pixels share.
CREATE TABLE photo (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid         bigint NOT NULL,
    position    integer, -- ascends; null: none
    state       text NOT NULL CHECK (state IN ('pending', 'approved', 'rejected')),
    large       text NOT NULL,
    medium      text NOT NULL,
    small       text NOT NULL,
    blurhash    text NOT NULL,
    replaced_by bigint, -- goes once that photo of the same user, which is pending, is approved
    created_at  timestamptz NOT NULL,
    decided_at  timestamptz,
    CHECK ((state = 'rejected') = (position IS NULL))
);
CREATE INDEX photo_uid ON photo (uid, position);
CREATE INDEX photo_state ON photo (state, id) WHERE state <> 'approved';
CREATE INDEX photo_rejected ON photo (decided_at) WHERE state = 'rejected';

-- Of avatars so far only the medium size was told to anybody.
INSERT INTO photo (uid, position, state, large, medium, small, blurhash, created_at, decided_at)
    SELECT id, 0, 'approved', avatar, avatar, avatar, avatar_blurhash, now(), now()
    FROM users WHERE avatar <> '' ORDER BY id;

-- Which photo an upload has become, and what it was asked for with.
ALTER TABLE upload ADD COLUMN photo_id bigint, ADD COLUMN digest text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE upload DROP COLUMN digest, DROP COLUMN photo_id;
DROP TABLE photo;
