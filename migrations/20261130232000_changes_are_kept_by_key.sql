-- What a provider was is kept by its key. The trigger runs within another one that forbids nested loops (for its own join of
-- two sets of rows), so its join read all providers: 80 ms for one change among 100,000, and seconds among millions.

CREATE OR REPLACE FUNCTION provider_change_is_kept() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    INSERT INTO provider_history (provider_id, field, was)
    SELECT c.provider_id, c.field, c.before
    FROM new_rows c
    WHERE c.field NOT IN ('network_status', 'participations', 'merged', 'merged_into')
    AND (SELECT p.version > 1 FROM provider p WHERE p.id = c.provider_id)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

-- The list of requests in its whole order: a roster's requests are all of one moment.
DROP INDEX credentialing_request_submitted_idx;
CREATE INDEX credentialing_request_submitted_idx ON credentialing_request (submitted_at DESC, id DESC);
