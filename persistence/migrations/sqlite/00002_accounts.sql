-- +goose Up

-- Sealed phone numbers; null for people made up. A deleted user's number is free.
ALTER TABLE users ADD COLUMN phone BLOB;
ALTER TABLE users ADD COLUMN phone_index BLOB;

CREATE UNIQUE INDEX users_phone ON users (phone_index) WHERE phone_index IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE session (
    id         TEXT PRIMARY KEY CHECK (id <> ''),
    uid        INTEGER NOT NULL,
    generation INTEGER NOT NULL CHECK (generation > 0),
    secret     BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX session_uid ON session (uid) WHERE revoked_at IS NULL;
CREATE INDEX session_expires ON session (expires_at);

-- Answers kept for requests that are sent again.
CREATE TABLE idempotency (
    uid      INTEGER NOT NULL,
    key      TEXT NOT NULL CHECK (key <> '' AND length(key) <= 200),
    digest   BLOB NOT NULL,
    response TEXT NOT NULL,
    time     INTEGER NOT NULL,
    PRIMARY KEY (uid, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_time ON idempotency (time);

-- +goose Down
DROP TABLE idempotency;
DROP TABLE session;
DROP INDEX users_phone;
ALTER TABLE users DROP COLUMN phone_index;
ALTER TABLE users DROP COLUMN phone;
