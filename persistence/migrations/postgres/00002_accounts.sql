-- +goose Up

-- Sealed phone numbers; null for people made up. A deleted user's number is free.
ALTER TABLE users ADD COLUMN phone bytea, ADD COLUMN phone_index bytea;

CREATE UNIQUE INDEX users_phone ON users (phone_index) WHERE phone_index IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE session (
    id         text PRIMARY KEY CHECK (id <> ''),
    uid        bigint NOT NULL,
    generation bigint NOT NULL CHECK (generation > 0),
    secret     bytea NOT NULL,
    created_at timestamptz NOT NULL,
    used_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE INDEX session_uid ON session (uid) WHERE revoked_at IS NULL;
CREATE INDEX session_expires ON session (expires_at);

-- Answers kept for requests that are sent again. response is '' only inside of
-- the transaction that claims the key; it is written a moment after the row:
-- room for that in place.
CREATE TABLE idempotency (
    uid      bigint NOT NULL,
    key      text NOT NULL CHECK (key <> '' AND length(key) <= 200),
    digest   bytea NOT NULL,
    response text NOT NULL DEFAULT '',
    time     timestamptz NOT NULL,
    PRIMARY KEY (uid, key)
) WITH (fillfactor = 70);

CREATE INDEX idempotency_time ON idempotency (time);

-- +goose Down
DROP TABLE idempotency, session;
DROP INDEX users_phone;
ALTER TABLE users DROP COLUMN phone_index, DROP COLUMN phone;
