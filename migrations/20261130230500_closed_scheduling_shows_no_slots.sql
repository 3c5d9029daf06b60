-- A tenant that has switched scheduling off has nothing to book: nobody is told of its free slots any more.

CREATE OR REPLACE FUNCTION shows_free_slots(organization uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT EXISTS (
            SELECT 1 FROM organization o
            CROSS JOIN LATERAL (
                SELECT c.document FROM organization_config c WHERE c.organization_id = o.id
                ORDER BY c.version DESC LIMIT 1) c
            WHERE o.id = organization AND o.is_active
            AND c.document #> '{appointments,public_free_slots}' = 'true'
            AND c.document #> '{features,scheduling}' IS DISTINCT FROM 'false')
    $$;
COMMENT ON FUNCTION shows_free_slots(uuid) IS
    'Whether everybody may see when somebody of this tenant is free: its own setting, off by default, and off where nothing is scheduled.';

CREATE OR REPLACE FUNCTION organization_config_frees() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM free_slots_within(array_agg(n.organization_id))
    FROM new_rows n
    LEFT JOIN organization_config o ON o.organization_id = n.organization_id AND o.version = n.version - 1
    WHERE (o.document #> '{appointments,public_free_slots}', o.document #> '{appointments,public_clinics}',
            o.document #> '{features,scheduling}')
        IS DISTINCT FROM (n.document #> '{appointments,public_free_slots}', n.document #> '{appointments,public_clinics}',
            n.document #> '{features,scheduling}');
    RETURN NULL;
END
$$;
