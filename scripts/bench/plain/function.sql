-- One swipe: what stands afterwards. A volatile function's statements each see
-- what was committed before them, so what follows the lock sees its last holder's work.
CREATE OR REPLACE FUNCTION plain_swipe(
    u bigint, s bigint, m smallint, at timestamptz, pair bigint,
    OUT stored smallint, OUT inserted boolean, OUT friends boolean, OUT swiper boolean, OUT stranger boolean
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    a CONSTANT bigint := least(u, s);
    b CONSTANT bigint := greatest(u, s);
BEGIN
    stored := 0;
    inserted := false;
    friends := false;
    PERFORM pg_advisory_xact_lock(pair);
    swiper := EXISTS (SELECT 1 FROM users WHERE id = u AND deleted_at IS NULL);
    stranger := EXISTS (SELECT 1 FROM users WHERE id = s AND deleted_at IS NULL);
    IF swiper AND stranger THEN
        INSERT INTO swiped (uid, sid, mark, time) VALUES (u, s, m, at) ON CONFLICT (uid, sid) DO NOTHING;
        inserted := FOUND;
    END IF;
    IF NOT inserted THEN
        SELECT mark INTO stored FROM swiped WHERE uid = u AND sid = s;
        stored := coalesce(stored, 0);
        friends := stored > 0 AND EXISTS (SELECT 1 FROM friend WHERE uid1 = a AND uid2 = b);
        RETURN;
    END IF;
    stored := m;
    IF m > 0 AND EXISTS (SELECT 1 FROM swiped WHERE uid = s AND sid = u AND mark > 0) THEN
        PERFORM 1 FROM users WHERE id IN (a, b) AND deleted_at IS NULL ORDER BY id FOR SHARE;
        INSERT INTO friend (uid1, uid2, time)
        SELECT a, b, at WHERE (SELECT count(*) FROM users WHERE id IN (a, b) AND deleted_at IS NULL) = 2
        ON CONFLICT (uid1, uid2) DO NOTHING;
        IF FOUND THEN
            friends := true;
            INSERT INTO event (uid, kind, other, time) VALUES (a, 'match', b, at), (b, 'match', a, at);
        END IF;
    END IF;
END
$$
