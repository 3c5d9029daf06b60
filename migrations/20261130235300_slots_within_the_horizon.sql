-- How far ahead an organisation books bounds what is shown and booked, also where slots were made for later days before.

ALTER TABLE schedule ADD COLUMN open_through date;
COMMENT ON COLUMN schedule.open_through IS
    'The last day whose slots are shown and booked; null: all that there are, up to materialized_through. Moves on every night.';
GRANT UPDATE (open_through) ON schedule TO provdir_app;

CREATE OR REPLACE FUNCTION public_free_slots(providers uuid[], at timestamptz, most integer)
    RETURNS TABLE (provider_id uuid, starts_at timestamptz, utc_offset_minutes integer, clinic text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT p.provider_id, f.starts_at,
            (extract(epoch FROM (f.starts_at AT TIME ZONE f.time_zone) - (f.starts_at AT TIME ZONE 'UTC')) / 60)::integer,
            CASE WHEN told.clinics THEN f.name END
        FROM unnest(providers) AS u (id)
        JOIN practitioner p ON p.provider_id = u.id AND shows_free_slots(p.organization_id)
        CROSS JOIN LATERAL (SELECT shows_roles(p.organization_id) AS clinics) told
        CROSS JOIN LATERAL (
            SELECT s.starts_at, c.time_zone, c.name
            FROM time_slot s
            JOIN schedule d ON d.id = s.schedule_id
            JOIN clinic c ON c.id = s.clinic_id
            JOIN clinic_assignment a ON a.practitioner_id = s.practitioner_id AND a.clinic_id = s.clinic_id
            WHERE s.practitioner_id = p.id AND s.taken < s.max_bookings AND s.starts_at > at
            AND d.is_active AND c.is_active
            AND (s.starts_at AT TIME ZONE c.time_zone)::date <= coalesce(d.open_through, 'infinity')
            AND NOT (p.status <> 'active'
                AND (s.starts_at AT TIME ZONE c.time_zone)::date >= coalesce(p.status_from, '-infinity')
                AND (s.starts_at AT TIME ZONE c.time_zone)::date <= coalesce(p.status_until, 'infinity'))
            AND (s.starts_at AT TIME ZONE c.time_zone)::date >= a.start_date
            AND (s.starts_at AT TIME ZONE c.time_zone)::date <= coalesce(a.end_date, 'infinity')
            ORDER BY s.starts_at
            LIMIT most) f
    $$;
CREATE OR REPLACE FUNCTION public_next_slots(provider uuid, at timestamptz)
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
            AND (s.starts_at AT TIME ZONE c.time_zone)::date <= coalesce(d.open_through, 'infinity')
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
