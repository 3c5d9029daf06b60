-- The next free slots of public providers: who shows them to everybody, and a row of the outbox whenever they change.

ALTER TABLE outbox
    DROP CONSTRAINT outbox_kind_check,
    DROP CONSTRAINT outbox_check,
    ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('PROVIDER', 'REBUILD', 'REFERENCE', 'EVENT', 'SLOTS')),
    ADD CONSTRAINT outbox_provider_check CHECK ((kind IN ('PROVIDER', 'SLOTS')) = (provider_id IS NOT NULL));
COMMENT ON COLUMN outbox.kind IS
    'PROVIDER: this one changed. REBUILD: a bulk load changed too many to name. REFERENCE: networks, plans or organisations changed. EVENT: to be published. SLOTS: the free slots of this provider changed.';

CREATE FUNCTION shows_free_slots(organization uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT EXISTS (
            SELECT 1 FROM organization o
            CROSS JOIN LATERAL (
                SELECT c.document FROM organization_config c WHERE c.organization_id = o.id
                ORDER BY c.version DESC LIMIT 1) c
            WHERE o.id = organization AND o.is_active
            AND c.document #> '{appointments,public_free_slots}' = 'true')
    $$;
COMMENT ON FUNCTION shows_free_slots(uuid) IS 'Whether everybody may see when somebody of this tenant is free: its own setting, off by default.';

CREATE FUNCTION providers_with_free_slots(after uuid, most integer) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT DISTINCT p.provider_id FROM practitioner p
        WHERE p.provider_id > after AND shows_free_slots(p.organization_id)
        ORDER BY p.provider_id LIMIT most
    $$;
COMMENT ON FUNCTION providers_with_free_slots(uuid, integer) IS
    'Providers behind a key who are practitioners of a tenant that shows its free slots, in order.';

CREATE FUNCTION public_free_slots(providers uuid[], at timestamptz, most integer)
    RETURNS TABLE (provider_id uuid, starts_at timestamptz, utc_offset_minutes integer)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT p.provider_id, f.starts_at,
            (extract(epoch FROM (f.starts_at AT TIME ZONE f.time_zone) - (f.starts_at AT TIME ZONE 'UTC')) / 60)::integer
        FROM unnest(providers) AS u (id)
        JOIN practitioner p ON p.provider_id = u.id AND shows_free_slots(p.organization_id)
        CROSS JOIN LATERAL (
            SELECT s.starts_at, c.time_zone
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
    'The first free slots of these providers in each of their tenants that shows them; nothing but when they are.';

CREATE FUNCTION slot_holds_release(at timestamptz) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    released bigint;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM slot_hold h WHERE h.expires_at <= at) THEN
        RETURN 0; -- The common case writes nothing and takes no lock.
    END IF;
    WITH due AS MATERIALIZED (
        SELECT s.id FROM time_slot s
        WHERE s.id IN (SELECT h.slot_id FROM slot_hold h WHERE h.expires_at <= at)
        ORDER BY s.id FOR NO KEY UPDATE SKIP LOCKED)
    DELETE FROM slot_hold h USING due WHERE h.slot_id = due.id AND h.expires_at <= at;
    GET DIAGNOSTICS released = ROW_COUNT;
    RETURN released;
END
$$;
COMMENT ON FUNCTION slot_holds_release(timestamptz) IS
    'Gives back the holds that have run out, so that what they kept is seen to be free by those who only look.';
CREATE INDEX slot_hold_due_idx ON slot_hold (expires_at);

DO $$
DECLARE
    signature text;
BEGIN
    FOREACH signature IN ARRAY ARRAY['shows_free_slots(uuid)', 'providers_with_free_slots(uuid, integer)',
        'public_free_slots(uuid[], timestamptz, integer)', 'slot_holds_release(timestamptz)'] LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', signature);
    END LOOP;
END
$$;
GRANT EXECUTE ON FUNCTION providers_with_free_slots, public_free_slots, slot_holds_release TO provdir_feed;

-- Whatever free slots depend on writes rows.

CREATE FUNCTION free_slots_of(practitioners uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    INSERT INTO outbox (kind, provider_id)
    SELECT DISTINCT 'SLOTS', p.provider_id FROM practitioner p
    WHERE p.id = ANY (practitioners) AND p.provider_id IS NOT NULL AND shows_free_slots(p.organization_id);
    IF FOUND THEN
        PERFORM pg_notify('outbox', '');
    END IF;
END
$$;
COMMENT ON FUNCTION free_slots_of(uuid[]) IS 'Says that these practitioners are free at other times, as far as anybody is told.';
CREATE FUNCTION free_slots_within(organizations uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    INSERT INTO outbox (kind, provider_id)
    SELECT DISTINCT 'SLOTS', p.provider_id FROM practitioner p
    WHERE p.organization_id = ANY (organizations) AND p.provider_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('outbox', '');
    END IF;
END
$$;
COMMENT ON FUNCTION free_slots_within(uuid[]) IS 'Says that these tenants show what they did not, or hide it.';
REVOKE ALL ON FUNCTION free_slots_of, free_slots_within FROM PUBLIC;

CREATE FUNCTION time_slot_frees() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM free_slots_of(array_agg(DISTINCT c.practitioner_id)) FROM changed c;
    RETURN NULL;
END
$$;
CREATE FUNCTION time_slot_is_taken() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM free_slots_of(array_agg(DISTINCT n.practitioner_id))
    FROM new_rows n JOIN old_rows o ON o.id = n.id
    WHERE (o.taken < o.max_bookings) <> (n.taken < n.max_bookings);
    RETURN NULL;
END
$$;
CREATE TRIGGER time_slot_d_inserted AFTER INSERT ON time_slot
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION time_slot_frees();
CREATE TRIGGER time_slot_d_deleted AFTER DELETE ON time_slot
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION time_slot_frees();
CREATE TRIGGER time_slot_d_updated AFTER UPDATE ON time_slot
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION time_slot_is_taken();

CREATE TRIGGER schedule_d_updated AFTER UPDATE ON schedule
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION time_slot_frees();
CREATE TRIGGER clinic_assignment_d_inserted AFTER INSERT ON clinic_assignment
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION time_slot_frees();
CREATE TRIGGER clinic_assignment_d_updated AFTER UPDATE ON clinic_assignment
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION time_slot_frees();
CREATE TRIGGER clinic_assignment_d_deleted AFTER DELETE ON clinic_assignment
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION time_slot_frees();

CREATE FUNCTION clinic_frees() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM free_slots_of(array_agg(DISTINCT a.practitioner_id))
    FROM new_rows n
    JOIN old_rows o ON o.id = n.id
    JOIN clinic_assignment a ON a.clinic_id = n.id
    WHERE (o.is_active, o.time_zone) IS DISTINCT FROM (n.is_active, n.time_zone);
    RETURN NULL;
END
$$;
CREATE TRIGGER clinic_d_updated AFTER UPDATE ON clinic
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION clinic_frees();

-- A profile that leaves its provider, or goes with its tenant, takes its slots along, whatever was set.
CREATE FUNCTION practitioner_frees() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    INSERT INTO outbox (kind, provider_id)
    SELECT DISTINCT 'SLOTS', c.provider_id FROM changed c WHERE c.provider_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('outbox', '');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER practitioner_d_inserted AFTER INSERT ON practitioner
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION practitioner_frees();
CREATE TRIGGER practitioner_d_updated AFTER UPDATE ON practitioner
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION practitioner_frees();
CREATE TRIGGER practitioner_e_updated AFTER UPDATE ON practitioner
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION practitioner_frees();
CREATE TRIGGER practitioner_d_deleted AFTER DELETE ON practitioner
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION practitioner_frees();

CREATE FUNCTION organization_frees() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM free_slots_within(array_agg(n.id))
    FROM new_rows n JOIN old_rows o ON o.id = n.id WHERE o.is_active <> n.is_active;
    RETURN NULL;
END
$$;
CREATE TRIGGER organization_e_updated AFTER UPDATE ON organization
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION organization_frees();

CREATE FUNCTION organization_config_frees() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM free_slots_within(array_agg(n.organization_id))
    FROM new_rows n
    LEFT JOIN organization_config o ON o.organization_id = n.organization_id AND o.version = n.version - 1
    WHERE o.document #> '{appointments,public_free_slots}'
        IS DISTINCT FROM n.document #> '{appointments,public_free_slots}';
    RETURN NULL;
END
$$;
CREATE TRIGGER organization_config_d_inserted AFTER INSERT ON organization_config
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION organization_config_frees();

-- A profile may be there before the directory has its provider.
CREATE INDEX practitioner_unlinked_idx ON practitioner (npi) WHERE provider_id IS NULL AND npi IS NOT NULL;
CREATE FUNCTION provider_finds_practitioners() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    -- Hardly ever is there anybody to find, and new providers come by the million.
    IF EXISTS (SELECT 1 FROM practitioner p WHERE p.provider_id IS NULL AND p.npi IS NOT NULL) THEN
        UPDATE practitioner p SET provider_id = n.id
        FROM new_rows n
        WHERE p.npi = n.npi AND p.provider_id IS NULL AND n.owner_organization_id IS NULL;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION provider_finds_practitioners() IS 'Links the profiles of its number to a provider that has come.';
CREATE TRIGGER provider_e_inserted AFTER INSERT ON provider
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION provider_finds_practitioners();
