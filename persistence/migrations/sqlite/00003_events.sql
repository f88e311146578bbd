-- +goose Up

-- Nearly every event tells of a match and says who in other; what other kinds
-- tell, tasks and counts, is an object in data. A constraint cannot be dropped,
-- so the table is made again; its numbering moves with its name.
CREATE TABLE event_next (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    uid   INTEGER NOT NULL,
    kind  TEXT NOT NULL CHECK (kind <> ''),
    other INTEGER,
    data  TEXT CHECK (json_valid(data)),
    time  INTEGER NOT NULL
) STRICT;
INSERT INTO event_next (id, uid, kind, other, time) SELECT id, uid, kind, other, time FROM event ORDER BY id;
DROP TABLE event;
ALTER TABLE event_next RENAME TO event;
CREATE INDEX event_uid ON event (uid, id);

-- +goose Down
CREATE TABLE event_former (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    uid   INTEGER NOT NULL,
    kind  TEXT NOT NULL CHECK (kind <> ''),
    other INTEGER NOT NULL,
    time  INTEGER NOT NULL
) STRICT;
INSERT INTO event_former (id, uid, kind, other, time)
    SELECT id, uid, kind, other, time FROM event WHERE other IS NOT NULL ORDER BY id;
DROP TABLE event;
ALTER TABLE event_former RENAME TO event;
CREATE INDEX event_uid ON event (uid, id);
