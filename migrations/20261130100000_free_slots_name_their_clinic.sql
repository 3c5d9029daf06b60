-- Where a free slot is, beside when: who reads among results that somebody is free must know where to ask. Named only where the
-- tenant tells at which clinics its people work, as on the provider's own page.

DROP FUNCTION public_free_slots(uuid[], timestamptz, integer);
CREATE FUNCTION public_free_slots(providers uuid[], at timestamptz, most integer)
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
            AND NOT (p.status <> 'active'
                AND (s.starts_at AT TIME ZONE c.time_zone)::date >= coalesce(p.status_from, '-infinity')
                AND (s.starts_at AT TIME ZONE c.time_zone)::date <= coalesce(p.status_until, 'infinity'))
            AND (s.starts_at AT TIME ZONE c.time_zone)::date >= a.start_date
            AND (s.starts_at AT TIME ZONE c.time_zone)::date <= coalesce(a.end_date, 'infinity')
            ORDER BY s.starts_at
            LIMIT most) f
    $$;
COMMENT ON FUNCTION public_free_slots(uuid[], timestamptz, integer) IS
    'The first free slots of these providers in each of their tenants that shows them: when they are, and at which clinic as far as everybody may know.';
REVOKE ALL ON FUNCTION public_free_slots(uuid[], timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public_free_slots(uuid[], timestamptz, integer) TO provdir_feed;

-- A clinic that is called otherwise, and a tenant that names its clinics or no more, write rows as well.

CREATE OR REPLACE FUNCTION clinic_frees() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM free_slots_of(array_agg(DISTINCT a.practitioner_id))
    FROM new_rows n
    JOIN old_rows o ON o.id = n.id
    JOIN clinic_assignment a ON a.clinic_id = n.id
    WHERE (o.is_active, o.time_zone, o.name) IS DISTINCT FROM (n.is_active, n.time_zone, n.name);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION organization_config_frees() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM free_slots_within(array_agg(n.organization_id))
    FROM new_rows n
    LEFT JOIN organization_config o ON o.organization_id = n.organization_id AND o.version = n.version - 1
    WHERE (o.document #> '{appointments,public_free_slots}', o.document #> '{appointments,public_clinics}')
        IS DISTINCT FROM (n.document #> '{appointments,public_free_slots}', n.document #> '{appointments,public_clinics}');
    RETURN NULL;
END
$$;
