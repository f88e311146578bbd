-- +goose Up

-- What is known of each task. The queue's own row, job_id, has no more than the
-- task's id, goes soon after the end, and is another one after a retry.
CREATE TABLE task (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE CHECK (id <> ''),
    job_id     INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    queue      TEXT NOT NULL,
    uid        INTEGER,
    args       BLOB, -- null: deleted
    secret     INTEGER NOT NULL,
    name       TEXT,
    once       INTEGER NOT NULL,
    taken      INTEGER NOT NULL, -- no other task of this kind has the name
    tries      INTEGER NOT NULL,
    marked     INTEGER NOT NULL DEFAULT 0,
    progress   INTEGER NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    outcome    TEXT CHECK (outcome IN ('done', 'failed')),
    attempts   INTEGER,
    result     TEXT,
    error      TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    ended_at   INTEGER,
    CHECK ((outcome IS NULL) = (ended_at IS NULL))
) STRICT;

CREATE UNIQUE INDEX task_name ON task (kind, name) WHERE taken;
CREATE INDEX task_live ON task (job_id) WHERE outcome IS NULL;
CREATE INDEX task_failed ON task (seq) WHERE outcome = 'failed';
CREATE INDEX task_ended ON task (ended_at) WHERE outcome IS NOT NULL;

-- The latest turn of each schedule that some node has enqueued.
CREATE TABLE task_schedule (
    name TEXT PRIMARY KEY,
    due  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE task_schedule;
DROP TABLE task;
