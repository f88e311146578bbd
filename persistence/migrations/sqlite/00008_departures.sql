-- +goose Up

-- A number of who left and may come back is looked up at every first login.
CREATE INDEX users_departed ON users (phone_index) WHERE phone_index IS NOT NULL AND deleted_at IS NOT NULL;

-- What is erased with a user is found by the user, sessions that have ended too.
DROP INDEX session_uid;
CREATE INDEX session_uid ON session (uid);
CREATE INDEX task_uid ON task (uid) WHERE uid IS NOT NULL;

-- +goose Down
DROP INDEX task_uid;
DROP INDEX session_uid;
CREATE INDEX session_uid ON session (uid) WHERE revoked_at IS NULL;
DROP INDEX users_departed;
