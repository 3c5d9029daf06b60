-- A tenant takes everything along, and can be taken away. Both follow the catalogue, so that no table can be forgotten.

CREATE FUNCTION tenant_tables() RETURNS TABLE (name text, rows_of text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT c.relname::text,
            CASE min(CASE a.attname WHEN 'organization_id' THEN 1 WHEN 'owner_organization_id' THEN 2 ELSE 3 END)
                WHEN 1 THEN 'x.organization_id = $1'
                WHEN 2 THEN 'x.owner_organization_id = $1'
                ELSE 'x.provider_id IN (SELECT p.id FROM provider p WHERE p.owner_organization_id = $1)'
            END
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT a.attisdropped
        AND a.attname IN ('organization_id', 'owner_organization_id', 'provider_id')
        AND c.relname NOT IN ('audit', 'outbox')
        GROUP BY c.relname
        ORDER BY c.relname = 'provider', c.relname
    $$;
COMMENT ON FUNCTION tenant_tables() IS
    'Tables with a tenant''s rows, and which those are: named by the tenant, or by a private provider of it. Without the audit, which outlives its tenants.';

CREATE FUNCTION tenant_export(tenant uuid) RETURNS TABLE (entity text, content jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    t record;
    secrets text[];
BEGIN
    IF app_organization_id() IS DISTINCT FROM tenant OR app_role() NOT IN ('organization_admin', 'platform_admin') THEN
        RAISE EXCEPTION 'only its administrators take a tenant along' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY SELECT 'organization'::text, to_jsonb(o) FROM organization o WHERE o.id = tenant;
    FOR t IN SELECT * FROM tenant_tables() LOOP
        SELECT coalesce(array_agg(a.attname::text), '{}') INTO secrets FROM pg_attribute a
        WHERE a.attrelid = to_regclass(quote_ident(t.name)) AND a.attname ~ '(token|password|secret|code)_?hash$|secret';
        RETURN QUERY EXECUTE format('SELECT %L::text, to_jsonb(x) - $2 FROM %I x WHERE %s', t.name, t.name, t.rows_of)
            USING tenant, secrets;
    END LOOP;
END
$$;
COMMENT ON FUNCTION tenant_export(uuid) IS 'Every row of a tenant, table by table, without what would let anybody in.';

CREATE FUNCTION tenant_delete(tenant uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    t record;
    gone bigint;
    counts jsonb := '{}';
    left_over text[];
BEGIN
    IF app_role() <> 'platform_admin' THEN
        RAISE EXCEPTION 'only the platform deletes a tenant' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM 1 FROM organization o WHERE o.id = tenant AND NOT o.is_active FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'an active tenant stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_is_active';
    END IF;
    UPDATE organization o SET parent_id = NULL WHERE o.parent_id = tenant;
    -- What refers to other rows goes before them; the order is found by trying.
    FOR pass IN 1..12 LOOP
        left_over := '{}';
        FOR t IN SELECT * FROM tenant_tables() LOOP
            BEGIN
                EXECUTE format('DELETE FROM %I x WHERE %s', t.name, t.rows_of) USING tenant;
                GET DIAGNOSTICS gone = ROW_COUNT;
            EXCEPTION
                WHEN foreign_key_violation THEN
                    left_over := left_over || t.name;
                    gone := 0;
                WHEN insufficient_privilege OR check_violation OR raise_exception THEN
                    -- A history that nobody may shorten goes with its tenant only.
                    BEGIN
                        SET CONSTRAINTS ALL IMMEDIATE;
                        EXECUTE format('ALTER TABLE %I DISABLE TRIGGER USER', t.name);
                        EXECUTE format('DELETE FROM %I x WHERE %s', t.name, t.rows_of) USING tenant;
                        GET DIAGNOSTICS gone = ROW_COUNT;
                        EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', t.name);
                    EXCEPTION WHEN foreign_key_violation OR object_in_use THEN
                        left_over := left_over || t.name;
                        gone := 0;
                    END;
            END;
            IF gone > 0 THEN
                counts := counts || jsonb_build_object(t.name, gone + coalesce((counts ->> t.name)::bigint, 0));
            END IF;
        END LOOP;
        EXIT WHEN left_over = '{}';
    END LOOP;
    IF left_over <> '{}' THEN
        RAISE EXCEPTION 'rows of a tenant can not be deleted: %', left_over USING ERRCODE = 'foreign_key_violation';
    END IF;
    DELETE FROM organization o WHERE o.id = tenant;
    RETURN counts;
END
$$;
COMMENT ON FUNCTION tenant_delete(uuid) IS
    'Takes away an inactive tenant with all of its rows, whatever guards them; how many of each table. The audit stays.';
REVOKE ALL ON FUNCTION tenant_tables, tenant_export, tenant_delete FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant_export, tenant_delete TO provdir_app;
