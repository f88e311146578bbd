-- +goose Up

-- What is known of each task. The queue's own row, job_id, has no more than the
-- task's id, goes soon after the end, and is another one after a retry.
CREATE TABLE task (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id         text NOT NULL UNIQUE CHECK (id <> ''),
    job_id     bigint NOT NULL,
    kind       text NOT NULL,
    queue      text NOT NULL,
    uid        bigint,
    args       bytea, -- null: deleted
    secret     boolean NOT NULL,
    name       text,
    once       boolean NOT NULL,
    taken      boolean NOT NULL, -- no other task of this kind has the name
    tries      smallint NOT NULL,
    marked     boolean NOT NULL DEFAULT false,
    progress   smallint NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    outcome    text CHECK (outcome IN ('done', 'failed')),
    attempts   integer,
    result     text,
    error      text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    ended_at   timestamptz,
    CHECK ((outcome IS NULL) = (ended_at IS NULL))
);

CREATE UNIQUE INDEX task_name ON task (kind, name) WHERE taken;
CREATE INDEX task_live ON task (job_id) WHERE outcome IS NULL;
CREATE INDEX task_failed ON task (seq) WHERE outcome = 'failed';
CREATE INDEX task_ended ON task (ended_at) WHERE outcome IS NOT NULL;

-- The latest turn of each schedule that some node has enqueued.
CREATE TABLE task_schedule (
    name text PRIMARY KEY,
    due  timestamptz NOT NULL
);

-- +goose Down
DROP TABLE task_schedule;
DROP TABLE task;
