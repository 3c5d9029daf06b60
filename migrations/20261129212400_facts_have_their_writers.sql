-- What NPPES tells of numbers, and how far imports are, everybody may read; imports and the platform write it. Until now any
-- transaction of a tenant could have done so as well.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['npi_event', 'import_run'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY all_read ON %I FOR SELECT TO provdir_app, provdir_feed USING (true)', name);
        EXECUTE format($p$CREATE POLICY app_adds ON %I FOR INSERT TO provdir_app
            WITH CHECK ((SELECT app_is_platform()))$p$, name);
        EXECUTE format($p$CREATE POLICY app_changes ON %I FOR UPDATE TO provdir_app
            USING ((SELECT app_is_platform())) WITH CHECK ((SELECT app_is_platform()))$p$, name);
    END LOOP;
END
$$;
COMMENT ON TABLE npi_event IS
    'What NPPES tells of an NPI''s life, also of NPIs that the directory does not hold. Public facts: read by all, written by imports.';
