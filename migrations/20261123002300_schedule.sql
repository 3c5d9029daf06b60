-- When practitioners see people: weekly schedules, exceptions from them, and the slots made of both.

CREATE TABLE schedule (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL,
    practitioner_id uuid NOT NULL,
    clinic_id uuid NOT NULL,
    day_of_week smallint NOT NULL CHECK (day_of_week BETWEEN 1 AND 7),
    start_time time NOT NULL,
    end_time time NOT NULL,
    slot_minutes smallint NOT NULL CHECK (slot_minutes BETWEEN 1 AND 1440),
    buffer_minutes smallint NOT NULL CHECK (buffer_minutes BETWEEN 0 AND 1440),
    max_bookings smallint NOT NULL CHECK (max_bookings BETWEEN 1 AND 1000),
    appointment_types text[] NOT NULL DEFAULT '{}',
    valid_from date NOT NULL,
    valid_until date,
    is_active boolean NOT NULL DEFAULT true,
    materialized_through date NOT NULL,
    deleted_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT schedule_organization_key UNIQUE (organization_id, id),
    CONSTRAINT schedule_practitioner_fkey FOREIGN KEY (organization_id, practitioner_id)
        REFERENCES practitioner (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT schedule_assignment_fkey FOREIGN KEY (practitioner_id, clinic_id)
        REFERENCES clinic_assignment (practitioner_id, clinic_id),
    CHECK (valid_until >= valid_from IS NOT FALSE),
    CHECK (deleted_at IS NULL OR NOT is_active)
);
CREATE INDEX schedule_practitioner_idx ON schedule (practitioner_id);
CREATE INDEX schedule_clinic_idx ON schedule (clinic_id);
CREATE INDEX schedule_window_idx ON schedule (materialized_through) WHERE is_active;
COMMENT ON TABLE schedule IS 'The same hours each week of a practitioner at one of their clinics, on that clinic''s wall clock.';
COMMENT ON COLUMN schedule.day_of_week IS '1 Monday to 7 Sunday (ISO 8601): the day on which the session begins.';
COMMENT ON COLUMN schedule.end_time IS 'At or before start_time it is on the next day.';
COMMENT ON COLUMN schedule.buffer_minutes IS 'From the end of a slot to the start of the next.';
COMMENT ON COLUMN schedule.max_bookings IS 'How many appointments a slot takes.';
COMMENT ON COLUMN schedule.appointment_types IS 'What may be booked; empty: anything.';
COMMENT ON COLUMN schedule.deleted_at IS 'Deleted ones stay for what was booked in them, inactive.';
COMMENT ON COLUMN schedule.materialized_through IS 'The last day that there are slots for; the window rolls on every night.';

CREATE TABLE schedule_exception (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('closed', 'extra')),
    schedule_id uuid,
    practitioner_id uuid,
    clinic_id uuid,
    first_day date NOT NULL,
    last_day date NOT NULL CHECK (last_day >= first_day),
    start_time time,
    end_time time,
    reason text,
    created_at timestamptz NOT NULL,
    CONSTRAINT schedule_exception_schedule_fkey FOREIGN KEY (organization_id, schedule_id)
        REFERENCES schedule (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT schedule_exception_practitioner_fkey FOREIGN KEY (organization_id, practitioner_id)
        REFERENCES practitioner (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT schedule_exception_clinic_fkey FOREIGN KEY (organization_id, clinic_id)
        REFERENCES clinic (organization_id, id) ON DELETE CASCADE,
    CHECK ((start_time IS NULL) = (end_time IS NULL)),
    CHECK (kind <> 'extra' OR schedule_id IS NOT NULL AND start_time IS NOT NULL),
    CHECK (num_nonnulls(schedule_id, practitioner_id, clinic_id) > 0)
);
CREATE INDEX schedule_exception_days_idx ON schedule_exception (organization_id, last_day);
COMMENT ON TABLE schedule_exception IS 'Days or hours that are otherwise than each week: a holiday, a closure, a session more.';
COMMENT ON COLUMN schedule_exception.schedule_id IS 'For an extra session: whose slots it has. For a closure: of this schedule alone.';
COMMENT ON COLUMN schedule_exception.start_time IS 'On each of the days, on the clinic''s wall clock; null: the whole day.';

CREATE TABLE time_slot (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL,
    schedule_id uuid NOT NULL,
    practitioner_id uuid NOT NULL,
    clinic_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    max_bookings smallint NOT NULL,
    taken smallint NOT NULL DEFAULT 0,
    appointment_types text[] NOT NULL DEFAULT '{}',
    CONSTRAINT time_slot_practitioner_key UNIQUE (practitioner_id, starts_at),
    CONSTRAINT time_slot_schedule_fkey FOREIGN KEY (organization_id, schedule_id)
        REFERENCES schedule (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT time_slot_taken_check CHECK (taken BETWEEN 0 AND max_bookings),
    CHECK (ends_at > starts_at)
);
CREATE INDEX time_slot_schedule_idx ON time_slot (schedule_id, starts_at);
CREATE INDEX time_slot_free_idx ON time_slot (practitioner_id, starts_at) WHERE taken < max_bookings;
CREATE INDEX time_slot_free_clinic_idx ON time_slot (clinic_id, starts_at, practitioner_id) WHERE taken < max_bookings;
CREATE INDEX time_slot_free_organization_idx ON time_slot (organization_id, starts_at, practitioner_id) WHERE taken < max_bookings;
COMMENT ON TABLE time_slot IS
    'A span that can be booked. Its times never change: another time is another slot. Elapsed ones stay, for numbers.';
COMMENT ON COLUMN time_slot.max_bookings IS 'How many appointments and holds it takes.';
COMMENT ON COLUMN time_slot.taken IS 'How many it has. Written by the triggers of appointment and slot_hold alone.';
COMMENT ON CONSTRAINT time_slot_taken_check ON time_slot IS 'No slot is booked beyond its capacity, whoever books at the same time.';

-- One person is at one place: slots of a practitioner never overlap, whichever clinic they are at.
CREATE FUNCTION time_slot_never_overlaps() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    -- Who adds slots for the same practitioner at the same time waits here; the next statement then sees theirs.
    PERFORM 1 FROM practitioner p WHERE p.id IN (SELECT n.practitioner_id FROM new_rows n)
    ORDER BY p.id FOR NO KEY UPDATE;
    -- The slots that were there don't overlap, so the last one that begins before the end of the new one tells.
    IF EXISTS (
        SELECT 1 FROM new_rows n
        CROSS JOIN LATERAL (
            SELECT s.ends_at FROM time_slot s
            WHERE s.practitioner_id = n.practitioner_id AND s.starts_at < n.ends_at AND s.id <> n.id
            ORDER BY s.starts_at DESC LIMIT 1) before
        WHERE before.ends_at > n.starts_at) THEN
        RAISE EXCEPTION 'slots of a practitioner never overlap'
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'time_slot_overlap';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER time_slot_never_overlaps AFTER INSERT ON time_slot
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION time_slot_never_overlaps();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['schedule', 'schedule_exception', 'time_slot'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format($p$CREATE POLICY app_all ON %I TO provdir_app
            USING (organization_id = (SELECT app_organization_id()))
            WITH CHECK (organization_id = (SELECT app_organization_id()))$p$, name);
    END LOOP;
END
$$;
GRANT SELECT, INSERT ON schedule TO provdir_app;
GRANT UPDATE (day_of_week, start_time, end_time, slot_minutes, buffer_minutes, max_bookings, appointment_types,
    valid_from, valid_until, is_active, materialized_through, deleted_at, version, updated_at) ON schedule TO provdir_app;
GRANT SELECT, INSERT, DELETE ON schedule_exception TO provdir_app;
GRANT SELECT, DELETE ON time_slot TO provdir_app;
GRANT INSERT (id, organization_id, schedule_id, practitioner_id, clinic_id, starts_at, ends_at, max_bookings,
    appointment_types), UPDATE (max_bookings, appointment_types) ON time_slot TO provdir_app;
