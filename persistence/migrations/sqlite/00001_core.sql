-- +goose Up

-- Times are microseconds since 1970 in UTC, dates YYYY-MM-DD.

-- People. Ids are dense. Fields of an unfinished profile are '', 0 or null.
CREATE TABLE users (
    id             INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
    nickname       TEXT NOT NULL DEFAULT '',
    sex            TEXT NOT NULL DEFAULT '' CHECK (sex IN ('', 'male', 'female', 'other')),
    birthday       TEXT,
    location       TEXT NOT NULL DEFAULT '',
    bio            TEXT NOT NULL DEFAULT '',
    avatar         TEXT NOT NULL DEFAULT '',
    dating_sex     TEXT NOT NULL DEFAULT '' CHECK (dating_sex IN ('', 'male', 'female', 'other', 'any')),
    min_dating_age INTEGER NOT NULL DEFAULT 0,
    max_dating_age INTEGER NOT NULL DEFAULT 0,
    last_active_at INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    deleted_at     INTEGER,
    -- social.User.Complete in SQL.
    complete       INTEGER NOT NULL GENERATED ALWAYS AS (
        nickname <> '' AND sex <> '' AND birthday IS NOT NULL AND location <> ''
        AND dating_sex <> '' AND min_dating_age > 0 AND max_dating_age > 0) STORED
) STRICT;

-- The deck's paging walks one location in the order of ids and reads the table
-- only of those who fit.
CREATE INDEX users_deck ON users (location, id, sex, birthday, dating_sex, min_dating_age, max_dating_age)
    WHERE complete AND deleted_at IS NULL;

-- One swipe per ordered pair, a user's swipes side by side. seq is the order of
-- swipes, drawn from counter.
CREATE TABLE swiped (
    uid  INTEGER NOT NULL,
    sid  INTEGER NOT NULL,
    seq  INTEGER NOT NULL,
    mark INTEGER NOT NULL CHECK (mark IN (1, 2, -1, -2)),
    time INTEGER NOT NULL CHECK (time >= -62135596800000000 AND time < 253402300800000000),
    CHECK (uid <> sid),
    PRIMARY KEY (uid, sid)
) STRICT, WITHOUT ROWID;

CREATE INDEX swiped_likes ON swiped (sid, mark, seq) WHERE mark > 0;

-- The last number handed out, by name: a rewound swipe's seq is never used again.
CREATE TABLE counter (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO counter (name, value) VALUES ('swiped', 0);

CREATE TABLE friend (
    uid1 INTEGER NOT NULL,
    uid2 INTEGER NOT NULL,
    time INTEGER NOT NULL,
    CHECK (uid1 < uid2),
    PRIMARY KEY (uid1, uid2)
) STRICT, WITHOUT ROWID;

CREATE INDEX friend_uid2 ON friend (uid2);

CREATE TABLE quota (
    uid    INTEGER NOT NULL,
    day    TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action <> ''),
    used   INTEGER NOT NULL CHECK (used >= 0),
    PRIMARY KEY (uid, day, action)
) STRICT, WITHOUT ROWID;

-- Swipes taken back; id is the order of rewinds.
CREATE TABLE rewound (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    seq        INTEGER NOT NULL,
    uid        INTEGER NOT NULL,
    sid        INTEGER NOT NULL,
    mark       INTEGER NOT NULL,
    swiped_at  INTEGER NOT NULL,
    rewound_at INTEGER NOT NULL
) STRICT;

CREATE INDEX rewound_uid ON rewound (uid, id, sid);

CREATE TABLE event (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    uid   INTEGER NOT NULL,
    kind  TEXT NOT NULL CHECK (kind <> ''),
    other INTEGER NOT NULL,
    time  INTEGER NOT NULL
) STRICT;

CREATE INDEX event_uid ON event (uid, id);

CREATE TABLE setting (
    key        TEXT PRIMARY KEY CHECK (key <> ''),
    value      TEXT NOT NULL CHECK (json_valid(value)),
    version    INTEGER NOT NULL CHECK (version > 0),
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE setting_log (
    key        TEXT NOT NULL,
    value      TEXT NOT NULL,
    version    INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL,
    PRIMARY KEY (key, version)
) STRICT, WITHOUT ROWID;

-- Where a user's paging through candidates stands, for one digest of what is wanted.
CREATE TABLE deck (
    uid    INTEGER PRIMARY KEY,
    digest INTEGER NOT NULL,
    after  INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE deck;
DROP TABLE setting_log;
DROP TABLE setting;
DROP TABLE event;
DROP TABLE rewound;
DROP TABLE quota;
DROP TABLE friend;
DROP TABLE counter;
DROP TABLE swiped;
DROP TABLE users;
