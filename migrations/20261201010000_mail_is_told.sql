-- An e-mail that changes is named in the event, as everything that everybody reads of a provider.

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
        ('email', to_jsonb(o.email), to_jsonb(n.email)),
        ('verified_at', to_jsonb(o.verified_at), to_jsonb(n.verified_at))
    ) f (field, before, after)
    WHERE f.before IS DISTINCT FROM f.after
    AND (NOT app_is_bulk() OR n.version > 1)
    ON CONFLICT (provider_id, xid, field) DO UPDATE SET after = excluded.after;
    RETURN NULL;
END
$$;
