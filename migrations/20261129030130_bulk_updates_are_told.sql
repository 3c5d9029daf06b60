-- A bulk load raises the versions of providers that it changes, so whoever follows versions hears of each of them; of those
-- that it adds, nothing. The index does not read these rows: it is built anew for the REBUILD row.

CREATE OR REPLACE FUNCTION provider_updated_to_outbox() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off
    AS $$
DECLARE
    bulk boolean := app_is_bulk();
BEGIN
    IF NOT EXISTS (SELECT 1 FROM new_rows) THEN
        RETURN NULL;
    END IF;
    INSERT INTO outbox (kind, provider_id)
    SELECT CASE WHEN bulk THEN 'VERSION' ELSE 'PROVIDER' END, n.id
    FROM new_rows n JOIN old_rows o ON o.id = n.id WHERE n.version <> o.version;
    IF bulk THEN
        PERFORM outbox_mark('REBUILD');
    ELSE
        PERFORM pg_notify('outbox', '');
    END IF;
    RETURN NULL;
END
$$;

DROP TRIGGER outbox_tells_version ON outbox;
CREATE TRIGGER outbox_tells_version BEFORE INSERT ON outbox
    FOR EACH ROW WHEN (NEW.kind IN ('PROVIDER', 'VERSION')) EXECUTE FUNCTION outbox_tells_version();

CREATE OR REPLACE FUNCTION provider_keeps_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off
    AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM new_rows) THEN
        RETURN NULL;
    END IF;
    INSERT INTO provider_change (provider_id, field, before, after)
    SELECT n.id, f.field, f.before, f.after
    FROM new_rows n
    JOIN old_rows o ON o.id = n.id
    CROSS JOIN LATERAL (VALUES
        ('network_status', to_jsonb(o.network_status), to_jsonb(n.network_status)),
        ('activated_at', to_jsonb(o.activated_at), to_jsonb(n.activated_at)),
        ('npi', to_jsonb(o.npi::text), to_jsonb(n.npi::text)),
        ('kind', to_jsonb(o.kind), to_jsonb(n.kind)),
        ('category', to_jsonb(o.category), to_jsonb(n.category)),
        ('name', jsonb_build_array(o.name_prefix, o.first_name, o.middle_name, o.last_name, o.name_suffix, o.credential,
            o.organization_name), jsonb_build_array(n.name_prefix, n.first_name, n.middle_name, n.last_name,
            n.name_suffix, n.credential, n.organization_name)),
        ('gender', to_jsonb(o.gender), to_jsonb(n.gender)),
        ('phone', to_jsonb(o.phone), to_jsonb(n.phone)),
        ('verified_at', to_jsonb(o.verified_at), to_jsonb(n.verified_at))
    ) f (field, before, after)
    WHERE f.before IS DISTINCT FROM f.after
    AND (NOT app_is_bulk() OR n.version > 1)
    ON CONFLICT (provider_id, xid, field) DO UPDATE SET after = excluded.after;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION child_keeps_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    came jsonb := '[]';
    went jsonb := '[]';
    bulk boolean := app_is_bulk();
BEGIN
    -- A bulk load that has changed nobody so far has only added, and of who is new nothing is kept.
    IF bulk AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.xid = pg_current_xact_id() AND o.kind = 'VERSION') THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        SELECT coalesce(jsonb_agg(to_jsonb(n)), '[]') INTO came FROM new_rows n
        WHERE NOT bulk OR EXISTS (SELECT 1 FROM provider p WHERE p.id = n.provider_id AND p.version > 1);
    END IF;
    IF TG_OP <> 'INSERT' THEN
        SELECT coalesce(jsonb_agg(to_jsonb(o)), '[]') INTO went FROM old_rows o
        WHERE NOT bulk OR EXISTS (SELECT 1 FROM provider p WHERE p.id = o.provider_id AND p.version > 1);
    END IF;
    IF came <> '[]' OR went <> '[]' THEN
        PERFORM child_change(TG_RELID, TG_ARGV[0], came, went);
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION app_is_bulk() IS
    'Whether the transaction is a bulk load: one REBUILD marker in the outbox, and a VERSION row for each provider that it changes.';
