-- +goose Up

-- What operators have changed; id is the order of changes.
CREATE TABLE audit (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     timestamptz NOT NULL,
    by     text NOT NULL,
    action text NOT NULL CHECK (action <> ''),
    target text NOT NULL,
    was    text NOT NULL,
    became text NOT NULL
);

-- Who was shut out, and when. Decks look at it where a card's row is read anyway,
-- and at a boolean: before statistics are gathered the planner takes half of one
-- for false, and only one in 200 of anything for null.
ALTER TABLE users ADD COLUMN suspended_at timestamptz, ADD COLUMN suspended boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE users DROP COLUMN suspended, DROP COLUMN suspended_at;
DROP TABLE audit;
