-- Where a public provider practises, as their directory page tells it: the clinics of every tenant that has them as a
-- practitioner, with what is on a clinic's door and nothing else.

CREATE FUNCTION shows_roles(organization uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT EXISTS (
            SELECT 1 FROM organization o
            LEFT JOIN LATERAL (
                SELECT c.document FROM organization_config c WHERE c.organization_id = o.id
                ORDER BY c.version DESC LIMIT 1) c ON true
            WHERE o.id = organization AND o.is_active
            AND c.document #> '{appointments,public_clinics}' IS DISTINCT FROM 'false')
    $$;
COMMENT ON FUNCTION shows_roles(uuid) IS
    'Whether everybody may see who works at which clinic of this tenant: its own setting, on by default.';

CREATE FUNCTION public_roles(provider uuid, at timestamptz) RETURNS TABLE (organization text, clinic text, line1 text,
    line2 text, city text, state text, postal_code text, phone text, is_primary boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT o.name, c.name, c.line1, c.line2, c.city, c.state, c.postal_code, c.phone, a.is_primary
        FROM practitioner p
        JOIN provider v ON v.id = p.provider_id AND v.owner_organization_id IS NULL
        JOIN organization o ON o.id = p.organization_id
        JOIN clinic_assignment a ON a.practitioner_id = p.id
        JOIN clinic c ON c.id = a.clinic_id AND c.is_active
        CROSS JOIN LATERAL (SELECT (at AT TIME ZONE c.time_zone)::date AS day) here
        WHERE p.provider_id = provider AND shows_roles(p.organization_id)
        AND NOT (p.status = 'inactive' AND here.day >= coalesce(p.status_from, '-infinity')
            AND here.day <= coalesce(p.status_until, 'infinity'))
        AND here.day >= a.start_date AND here.day <= coalesce(a.end_date, 'infinity')
        ORDER BY o.name, o.id, a.is_primary DESC, c.name, c.id
        LIMIT 100
    $$;
COMMENT ON FUNCTION public_roles(uuid, timestamptz) IS
    'At which clinics of which tenants a public provider works on a day, as far as everybody may know.';
REVOKE ALL ON FUNCTION shows_roles, public_roles FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public_roles TO provdir_app;
