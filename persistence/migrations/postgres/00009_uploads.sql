-- +goose Up

-- What people sent or were permitted to send. seq is the order of their requests.
CREATE TABLE upload (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id         text NOT NULL UNIQUE CHECK (id <> ''),
    uid        bigint NOT NULL,
    purpose    text NOT NULL CHECK (purpose <> ''),
    state      text NOT NULL CHECK (state IN ('open', 'accepted', 'done', 'failed')),
    direct     boolean NOT NULL,
    task_id    text,
    published  boolean NOT NULL DEFAULT false, -- done, and not overtaken by a later one
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL -- until when something may arrive
);
CREATE INDEX upload_uid ON upload (uid, seq);
CREATE INDEX upload_created ON upload (created_at);

-- What was sent while the store of media did not answer.
CREATE TABLE upload_bytes (
    upload_id text PRIMARY KEY,
    data      bytea NOT NULL
);
ALTER TABLE upload_bytes ALTER COLUMN data SET STORAGE EXTERNAL; -- pictures are compressed

-- The objects that we publish, recorded before they are stored and until they are
-- deleted. A key is of one user. pending: being stored for the upload seq; live:
-- shown; dropped: to be deleted from due on; deleting: somebody is at it.
CREATE TABLE object (
    key   text PRIMARY KEY,
    uid   bigint NOT NULL,
    seq   bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'live', 'dropped', 'deleting')),
    due   timestamptz NOT NULL -- of pending: when it was claimed
);
CREATE INDEX object_uid ON object (uid);
CREATE INDEX object_due ON object (due) WHERE state <> 'live';

ALTER TABLE users ADD COLUMN avatar_blurhash text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE users DROP COLUMN avatar_blurhash;
DROP TABLE object;
DROP TABLE upload_bytes;
DROP TABLE upload;
