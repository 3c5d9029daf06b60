-- A sequence for each year: concurrent creations never wait for each other, a rolled back one leaves a gap.
CREATE FUNCTION next_locator(year integer) RETURNS text
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    sequence text := format('public.locator_%s', year);
BEGIN
    IF year NOT BETWEEN 2000 AND 9999 THEN
        RAISE EXCEPTION 'no locators for the year %', year USING ERRCODE = 'check_violation';
    END IF;
    IF to_regclass(sequence) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(sequence, 0));
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %s', sequence);
    END IF;
    RETURN format('PRV-%s-%s', year, lpad_number(nextval(sequence::regclass)));
END
$$;
COMMENT ON FUNCTION next_locator(integer) IS 'The next free locator of a year.';

CREATE FUNCTION lpad_number(number bigint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT lpad(number::text, greatest(6, length(number::text)), '0') $$;
COMMENT ON FUNCTION lpad_number(bigint) IS 'At least six digits, never cut.';

REVOKE ALL ON FUNCTION next_locator FROM PUBLIC;
GRANT EXECUTE ON FUNCTION next_locator TO provdir_app;

-- The first transaction of a year would hold the others up until it commits: some years are there from the start.
DO $$
BEGIN
    FOR year IN 2020..2060 LOOP
        EXECUTE format('CREATE SEQUENCE public.locator_%s', year);
    END LOOP;
END
$$;
