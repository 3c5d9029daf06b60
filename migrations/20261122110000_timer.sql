-- What changes by the passing of days alone, and how far each kind has been seen to.
CREATE TABLE timer (
    name text PRIMARY KEY,
    through date NOT NULL
);
COMMENT ON TABLE timer IS 'Days up to which outbox rows were written for what begins or ends by date.';
COMMENT ON COLUMN timer.through IS 'The last day that was seen to; the row lock lets one node at a time write.';
GRANT SELECT ON timer TO provdir_feed;

CREATE FUNCTION timer_participations(day date) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    since date;
    written bigint := 0;
BEGIN
    SELECT t.through INTO since FROM timer t WHERE t.name = 'participations';
    IF since >= day THEN
        RETURN 0; -- The common case takes no lock and no transaction number.
    END IF;
    -- The first day ever seen needs no rows: whatever is indexed was indexed on it.
    INSERT INTO timer (name, through) VALUES ('participations', day) ON CONFLICT DO NOTHING;
    IF FOUND THEN
        RETURN 0;
    END IF;
    SELECT t.through INTO since FROM timer t WHERE t.name = 'participations' FOR UPDATE;
    IF since >= day THEN
        RETURN 0; -- Another node was first.
    END IF;
    -- The last day of a participation is inclusive: it has ended on the day after.
    INSERT INTO outbox (kind, provider_id)
    SELECT DISTINCT 'PROVIDER', p.provider_id
    FROM participation p
    WHERE p.effective > since AND p.effective <= day
        OR p.termination >= since AND p.termination < day;
    GET DIAGNOSTICS written = ROW_COUNT;
    UPDATE timer SET through = day WHERE name = 'participations';
    IF written > 0 THEN
        PERFORM pg_notify('outbox', '');
    END IF;
    RETURN written;
END
$$;
COMMENT ON FUNCTION timer_participations(date) IS
    'Outbox rows for providers whose participations begin or have ended since the day last seen, once for all nodes.';
REVOKE ALL ON FUNCTION timer_participations FROM PUBLIC;
GRANT EXECUTE ON FUNCTION timer_participations TO provdir_feed;

-- A day's beginnings and endings are found without reading all participations.
CREATE INDEX participation_effective_idx ON participation (effective);
CREATE INDEX participation_termination_idx ON participation (termination) WHERE termination IS NOT NULL;
