-- +goose Up

-- What people have asked for of their data. key is the object of the latest
-- attempt, which the table object has as well.
CREATE TABLE export (
    id         TEXT PRIMARY KEY CHECK (id <> ''),
    uid        INTEGER NOT NULL,
    task_id    TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('accepted', 'ready', 'failed')),
    key        TEXT NOT NULL DEFAULT '',
    size       INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    CHECK ((state = 'ready') = (expires_at IS NOT NULL))
) STRICT;
CREATE INDEX export_uid ON export (uid, created_at);
CREATE INDEX export_created ON export (created_at);

-- +goose Down
DROP TABLE export;
