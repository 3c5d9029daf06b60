-- A clinic may see in its own portal what is booked there: the agency says which of its sites the clinic is. Whom an
-- appointment is for it learns where that is a case assigned to it, and nowhere else.

ALTER TABLE clinic_portal ADD COLUMN clinic_id uuid;
ALTER TABLE clinic_portal ADD CONSTRAINT clinic_portal_clinic_fkey
    FOREIGN KEY (organization_id, clinic_id) REFERENCES clinic (organization_id, id);
COMMENT ON COLUMN clinic_portal.clinic_id IS 'The agency''s site whose appointments the clinic sees; null: none.';

DROP FUNCTION clinic_portal_find(text);
CREATE FUNCTION clinic_portal_find(given text)
    RETURNS TABLE (organization_id uuid, provider_id uuid, title text, theme text, welcome text, has_appointments boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT c.organization_id, c.provider_id, c.title, c.theme, c.welcome, c.clinic_id IS NOT NULL FROM clinic_portal c
        JOIN agency_provider a ON a.organization_id = c.organization_id AND a.provider_id = c.provider_id AND a.is_active
        WHERE c.subdomain = given AND agency_is_open(c.organization_id)
    $$;
COMMENT ON FUNCTION clinic_portal_find(text) IS 'The clothes of the portal under a subdomain, before anybody has signed in.';

CREATE FUNCTION portal_clinic() RETURNS TABLE (id uuid, organization_id uuid, name text, time_zone text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT c.id, c.organization_id, c.name, c.time_zone
        FROM portal_standing() s
        JOIN clinic_portal p ON p.organization_id = s.organization_id AND p.provider_id = s.provider_id
        JOIN clinic c ON c.organization_id = p.organization_id AND c.id = p.clinic_id
        WHERE s.kind = 'person'
    $$;
COMMENT ON FUNCTION portal_clinic() IS 'The site whose appointments the provider user sees.';

CREATE FUNCTION portal_appointments(since timestamptz, until timestamptz, most bigint)
    RETURNS TABLE (id uuid, starts_at timestamptz, ends_at timestamptz, practitioner_name text, appointment_type text,
        status text, displaced boolean, case_id uuid, case_reference text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT b.id, b.starts_at, b.ends_at, p.name, b.appointment_type, b.status, b.displaced, k.id, k.reference
        FROM portal_clinic() c
        JOIN appointment b ON b.organization_id = c.organization_id AND b.clinic_id = c.id
        JOIN practitioner p ON p.id = b.practitioner_id
        LEFT JOIN "case" k ON k.organization_id = b.organization_id AND k.reference = b.patient_reference
            AND k.id IN (SELECT a.case_id FROM portal_assignments() a)
        WHERE b.ends_at > since AND b.starts_at < until AND b.status <> 'cancelled'
        ORDER BY b.starts_at, b.id
        LIMIT most
    $$;
COMMENT ON FUNCTION portal_appointments(timestamptz, timestamptz, bigint) IS
    'What is booked at the site of the provider user, with the case that it is for where that is assigned to them; nobody''s name, no note.';

REVOKE ALL ON FUNCTION clinic_portal_find, portal_clinic, portal_appointments FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clinic_portal_find, portal_clinic, portal_appointments TO provdir_app;
