-- What a provider was: names, addresses, taxonomies with their licences and the rest of a listing, as they were known before
-- a transaction changed them. Participations and the status have histories of their own.
--
-- A row for each field that a change of a provider that was there replaces; who is new writes none, so that a first load of
-- millions is spared. What was known at K: of each field the earliest row with superseded_at > K, else what is there now.

CREATE TABLE provider_history (
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    field text NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now(),
    superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    superseded_by text NOT NULL DEFAULT app_actor(),
    was jsonb,
    PRIMARY KEY (provider_id, field, superseded_xid)
);
COMMENT ON TABLE provider_history IS
    'Earlier values of the fields of providers, written by trigger: as known until before superseded_at. Nobody changes or deletes a row.';
COMMENT ON COLUMN provider_history.was IS 'Of a field with several rows, such as locations, all of them.';
ALTER TABLE provider_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE provider_history FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON provider_history TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_read ON provider_history FOR SELECT TO provdir_app
    USING (EXISTS (SELECT 1 FROM provider p WHERE p.id = provider_id));
GRANT SELECT ON provider_history TO provdir_app;

-- What is told to everybody is kept from where it is told; provider_change itself is pruned with the outbox.
CREATE FUNCTION provider_change_is_kept() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    INSERT INTO provider_history (provider_id, field, was)
    SELECT c.provider_id, c.field, c.before
    FROM new_rows c JOIN provider p ON p.id = c.provider_id AND p.version > 1
    WHERE c.field NOT IN ('network_status', 'participations', 'merged', 'merged_into')
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER provider_change_is_kept AFTER INSERT ON provider_change
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION provider_change_is_kept();

-- And what is not told.
CREATE FUNCTION provider_keeps_history() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off
    AS $$
BEGIN
    INSERT INTO provider_history (provider_id, field, was)
    SELECT n.id, f.field, f.before
    FROM new_rows n
    JOIN old_rows o ON o.id = n.id
    CROSS JOIN LATERAL (VALUES
        ('address', o.address, n.address),
        ('email', to_jsonb(o.email), to_jsonb(n.email))
    ) f (field, before, after)
    WHERE n.version > 1 AND f.before IS DISTINCT FROM f.after
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER provider_y_keeps_history AFTER UPDATE ON provider
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION provider_keeps_history();
