-- Lists of everything that is at a tenant, not of free slots alone, are read in the order of time and stop after a page; a
-- patient's appointments and those that somebody has to call about are found without reading the others.

CREATE INDEX time_slot_organization_idx ON time_slot (organization_id, starts_at, id);
CREATE INDEX appointment_patient_idx ON appointment (organization_id, patient_reference, starts_at);
CREATE INDEX appointment_displaced_idx ON appointment (organization_id, starts_at) WHERE displaced;

-- No appointment is longer than a day: the bound on its begin is for the index.
CREATE OR REPLACE FUNCTION portal_appointments(since timestamptz, until timestamptz, most bigint)
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
        WHERE b.starts_at > since - interval '1 day' AND b.ends_at > since AND b.starts_at < until
            AND b.status <> 'cancelled'
        ORDER BY b.starts_at, b.id
        LIMIT most
    $$;
