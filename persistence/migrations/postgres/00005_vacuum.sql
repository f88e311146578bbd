-- +goose Up

-- Whom a user has swiped, and who has superliked them, is read from indexes alone
-- only where vacuum has marked the table's pages as visible to all; elsewhere each
-- row costs a visit to the table. By default vacuum waits until a fifth of the
-- table is new: tens of millions of swipes, of just the people who are active.
-- Nothing but the new pages is gone through, so to come often costs little.
-- analyze comes as often and tells the planner how much is visible.
ALTER TABLE swiped SET (
    autovacuum_vacuum_insert_scale_factor = 0.02,
    autovacuum_vacuum_insert_threshold = 10000,
    autovacuum_analyze_scale_factor = 0.02,
    autovacuum_analyze_threshold = 10000
);

-- +goose Down
ALTER TABLE swiped RESET (
    autovacuum_vacuum_insert_scale_factor,
    autovacuum_vacuum_insert_threshold,
    autovacuum_analyze_scale_factor,
    autovacuum_analyze_threshold
);
