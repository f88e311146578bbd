-- +goose Up

-- What people have asked for of their data. key is the object of the latest
-- attempt, which the table object has as well.
CREATE TABLE export (
    id         text PRIMARY KEY CHECK (id <> ''),
    uid        bigint NOT NULL,
    task_id    text NOT NULL,
    state      text NOT NULL CHECK (state IN ('accepted', 'ready', 'failed')),
    key        text NOT NULL DEFAULT '',
    size       bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    CHECK ((state = 'ready') = (expires_at IS NOT NULL))
);
CREATE INDEX export_uid ON export (uid, created_at);
CREATE INDEX export_created ON export (created_at);

-- +goose Down
DROP TABLE export;
