-- +goose Up

-- Who stopped being there, in the order in which it happened. A node remembers
-- who exists together with the highest version it has seen; a batch that relies
-- on that compares the version in its transaction.
CREATE TABLE departed (
    version bigint PRIMARY KEY,
    uid     bigint NOT NULL
);

-- +goose StatementBegin
CREATE FUNCTION depart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- One after another, so that versions become visible in their order. Readers go on.
    EXECUTE format('LOCK TABLE %I.departed IN EXCLUSIVE MODE', TG_TABLE_SCHEMA);
    EXECUTE format('INSERT INTO %1$I.departed SELECT coalesce(max(version), 0) + 1, $1 FROM %1$I.departed', TG_TABLE_SCHEMA)
        USING OLD.id;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER departs AFTER UPDATE OF deleted_at ON users
    FOR EACH ROW WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION depart();
CREATE TRIGGER removed AFTER DELETE ON users
    FOR EACH ROW WHEN (OLD.deleted_at IS NULL) EXECUTE FUNCTION depart();

-- +goose Down
DROP TRIGGER removed ON users;
DROP TRIGGER departs ON users;
DROP FUNCTION depart;
DROP TABLE departed;
