-- +goose Up

-- How far the order of swipes had come at some moment of an hour: swipes have no
-- index by time, and need none for "the likes of the last days".
CREATE TABLE swiped_hour (
    hour INTEGER PRIMARY KEY,
    seq  INTEGER NOT NULL
) STRICT;

INSERT INTO swiped_hour (hour, seq)
SELECT time - time % 3600000000, min(seq) - 1 FROM swiped
WHERE time > (unixepoch('now') - 40 * 86400) * 1000000 GROUP BY 1;

-- +goose Down
DROP TABLE swiped_hour;
