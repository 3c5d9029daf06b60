-- At which clinic a public provider is next free: who reads that somebody is free must know where.

CREATE FUNCTION public_next_slots(provider uuid, at timestamptz)
    RETURNS TABLE (organization text, clinic text, starts_at timestamptz, utc_offset_minutes integer)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT o.name, c.name, f.starts_at,
            (extract(epoch FROM (f.starts_at AT TIME ZONE c.time_zone) - (f.starts_at AT TIME ZONE 'UTC')) / 60)::integer
        FROM practitioner p
        JOIN provider v ON v.id = p.provider_id AND v.owner_organization_id IS NULL
        JOIN organization o ON o.id = p.organization_id
        JOIN clinic_assignment a ON a.practitioner_id = p.id
        JOIN clinic c ON c.id = a.clinic_id AND c.is_active
        CROSS JOIN LATERAL (
            SELECT s.starts_at
            FROM time_slot s
            JOIN schedule d ON d.id = s.schedule_id
            WHERE s.practitioner_id = p.id AND s.clinic_id = c.id AND s.taken < s.max_bookings AND s.starts_at > at
            AND d.is_active
            AND NOT (p.status <> 'active'
                AND (s.starts_at AT TIME ZONE c.time_zone)::date >= coalesce(p.status_from, '-infinity')
                AND (s.starts_at AT TIME ZONE c.time_zone)::date <= coalesce(p.status_until, 'infinity'))
            AND (s.starts_at AT TIME ZONE c.time_zone)::date >= a.start_date
            AND (s.starts_at AT TIME ZONE c.time_zone)::date <= coalesce(a.end_date, 'infinity')
            ORDER BY s.starts_at
            LIMIT 1) f
        WHERE p.provider_id = provider AND shows_free_slots(p.organization_id) AND shows_roles(p.organization_id)
        ORDER BY f.starts_at
        LIMIT 100
    $$;
COMMENT ON FUNCTION public_next_slots(uuid, timestamptz) IS
    'The first free slot of a public provider at each clinic of the tenants that show both, the earliest first.';
REVOKE ALL ON FUNCTION public_next_slots FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public_next_slots TO provdir_app;
