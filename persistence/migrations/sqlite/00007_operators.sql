-- +goose Up

-- What operators have changed; id is the order of changes.
CREATE TABLE audit (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    by     TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action <> ''),
    target TEXT NOT NULL,
    was    TEXT NOT NULL,
    became TEXT NOT NULL
) STRICT;

-- Who was shut out, and when. Decks look at it where a card's row is read anyway.
ALTER TABLE users ADD COLUMN suspended_at INTEGER;
ALTER TABLE users ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE users DROP COLUMN suspended;
ALTER TABLE users DROP COLUMN suspended_at;
DROP TABLE audit;
