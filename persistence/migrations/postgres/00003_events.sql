-- +goose Up

-- Clients catch up on their events by a cursor that must not run past a
-- transaction still open, so each event has the id of its transaction, and a
-- user's events are in the order (xid, id). Those written before share a
-- transaction older than any.
ALTER TABLE event ADD COLUMN xid xid8 NOT NULL DEFAULT '3';
ALTER TABLE event ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
ALTER TABLE event DROP CONSTRAINT event_pkey, ADD PRIMARY KEY (uid, xid, id);

-- Nearly every event tells of a match, written where every microsecond counts,
-- and says who with eight bytes: other stays a column of its own. What other
-- kinds tell, tasks and counts, is an object in data.
ALTER TABLE event ALTER COLUMN other DROP NOT NULL, ADD COLUMN data json;

-- For deleting the oldest; new ones are appended at its end.
CREATE INDEX event_time ON event (time);

-- +goose Down
DROP INDEX event_time;
DELETE FROM event WHERE other IS NULL;
ALTER TABLE event ALTER COLUMN other SET NOT NULL, DROP COLUMN data;
ALTER TABLE event DROP CONSTRAINT event_pkey, ADD PRIMARY KEY (uid, id);
ALTER TABLE event DROP COLUMN xid;
