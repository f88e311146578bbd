-- +goose Up

-- What people sent or were permitted to send. seq is the order of their requests.
CREATE TABLE upload (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE CHECK (id <> ''),
    uid        INTEGER NOT NULL,
    purpose    TEXT NOT NULL CHECK (purpose <> ''),
    state      TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'done', 'failed')),
    direct     INTEGER NOT NULL,
    task_id    TEXT,
    published  INTEGER NOT NULL DEFAULT 0, -- done, and not overtaken by a later one
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL -- until when something may arrive
) STRICT;
CREATE INDEX upload_uid ON upload (uid, seq);
CREATE INDEX upload_created ON upload (created_at);

-- What was sent while the store of media did not answer.
CREATE TABLE upload_bytes (
    upload_id TEXT PRIMARY KEY,
    data      BLOB NOT NULL
) STRICT;

-- The objects that we publish, recorded before they are stored and until they are
-- deleted. A key is of one user. pending: being stored for the upload seq; live:
-- shown; dropped: to be deleted from due on; deleting: somebody is at it.
CREATE TABLE object (
    key   TEXT PRIMARY KEY,
    uid   INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'live', 'dropped', 'deleting')),
    due   INTEGER NOT NULL -- of pending: when it was claimed
) STRICT, WITHOUT ROWID;
CREATE INDEX object_uid ON object (uid);
CREATE INDEX object_due ON object (due) WHERE state <> 'live';

ALTER TABLE users ADD COLUMN avatar_blurhash TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE users DROP COLUMN avatar_blurhash;
DROP TABLE object;
DROP TABLE upload_bytes;
DROP TABLE upload;
