-- +goose Up

-- How far the order of swipes had come at some moment of an hour: swipes have no
-- index by time, and need none for "the likes of the last days".
CREATE TABLE swiped_hour (
    hour timestamptz PRIMARY KEY,
    seq  bigint NOT NULL
);

INSERT INTO swiped_hour (hour, seq)
SELECT date_trunc('hour', time), min(seq) - 1 FROM swiped WHERE time > now() - interval '40 days' GROUP BY 1;

-- +goose Down
DROP TABLE swiped_hour;
