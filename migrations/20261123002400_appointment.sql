-- Places in slots: kept for a moment, or booked. Both count themselves into time_slot.taken, whose check holds capacity.

CREATE TABLE slot_hold (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    slot_id uuid NOT NULL CONSTRAINT slot_hold_slot_id_fkey REFERENCES time_slot (id) ON DELETE CASCADE,
    held_by text NOT NULL DEFAULT app_actor(),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at)
);
CREATE INDEX slot_hold_expires_idx ON slot_hold (organization_id, expires_at);
CREATE INDEX slot_hold_slot_idx ON slot_hold (slot_id);
COMMENT ON TABLE slot_hold IS 'A place in a slot that is kept while somebody makes up their mind. Goes when it is booked, given back or has run out.';

CREATE TABLE appointment (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    slot_id uuid CONSTRAINT appointment_slot_id_fkey REFERENCES time_slot (id),
    practitioner_id uuid NOT NULL,
    clinic_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    appointment_type text CHECK (appointment_type <> ''),
    patient_reference text NOT NULL CHECK (patient_reference <> ''),
    note text,
    status text NOT NULL DEFAULT 'booked'
        CHECK (status IN ('booked', 'confirmed', 'arrived', 'fulfilled', 'cancelled', 'no_show')),
    displaced boolean NOT NULL DEFAULT false,
    cancellation_reason text,
    created_by text NOT NULL DEFAULT app_actor(),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT appointment_practitioner_fkey FOREIGN KEY (organization_id, practitioner_id)
        REFERENCES practitioner (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT appointment_placed_check CHECK (slot_id IS NOT NULL OR displaced OR status = 'cancelled'),
    CHECK (NOT displaced OR slot_id IS NULL)
);
CREATE INDEX appointment_slot_idx ON appointment (slot_id);
CREATE INDEX appointment_practitioner_idx ON appointment (practitioner_id, starts_at);
CREATE INDEX appointment_clinic_idx ON appointment (clinic_id, starts_at);
CREATE INDEX appointment_organization_idx ON appointment (organization_id, starts_at);
COMMENT ON TABLE appointment IS 'A booked place in a slot; practitioner, clinic and times are the slot''s, and stay when the slot goes.';
COMMENT ON COLUMN appointment.patient_reference IS 'The patient, by the key of the tenant''s own records.';
COMMENT ON COLUMN appointment.displaced IS 'Hours have changed so that it has no slot any more: somebody has to call.';
COMMENT ON COLUMN appointment.version IS 'Raised by every change; also iCalendar''s SEQUENCE.';
COMMENT ON CONSTRAINT appointment_placed_check ON appointment IS 'What is not cancelled lies in a slot or is flagged.';

CREATE FUNCTION slot_hold_counts() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE time_slot s SET taken = s.taken - 1 WHERE s.id = OLD.slot_id;
        RETURN NULL;
    END IF;
    UPDATE time_slot s SET taken = s.taken + 1
    WHERE s.id = NEW.slot_id AND s.organization_id = NEW.organization_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such slot' USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'slot_hold_slot_id_fkey';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER slot_hold_counts AFTER INSERT OR DELETE ON slot_hold
    FOR EACH ROW EXECUTE FUNCTION slot_hold_counts();

CREATE FUNCTION appointment_counts() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    slot time_slot;
    gives uuid := CASE WHEN TG_OP = 'UPDATE' AND OLD.status <> 'cancelled' THEN OLD.slot_id END;
    takes uuid := CASE WHEN NEW.status <> 'cancelled' THEN NEW.slot_id END;
BEGIN
    IF gives IS NOT DISTINCT FROM takes THEN
        RETURN NEW;
    END IF;
    -- In the order of the ids, so that two who change places don't wait for each other.
    PERFORM 1 FROM time_slot s WHERE s.id IN (gives, takes) ORDER BY s.id FOR NO KEY UPDATE;
    UPDATE time_slot s SET taken = s.taken - 1 WHERE s.id = gives;
    IF takes IS NOT NULL THEN
        UPDATE time_slot s SET taken = s.taken + 1
        WHERE s.id = takes AND s.organization_id = NEW.organization_id RETURNING * INTO slot;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'no such slot' USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'appointment_slot_id_fkey';
        END IF;
        NEW.practitioner_id := slot.practitioner_id;
        NEW.clinic_id := slot.clinic_id;
        NEW.starts_at := slot.starts_at;
        NEW.ends_at := slot.ends_at;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION appointment_counts() IS
    'Every appointment that is not cancelled is counted in its slot, and has the slot''s times, practitioner and clinic.';
CREATE TRIGGER appointment_counts BEFORE INSERT OR UPDATE OF slot_id, status ON appointment
    FOR EACH ROW EXECUTE FUNCTION appointment_counts();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['slot_hold', 'appointment'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format($p$CREATE POLICY app_all ON %I TO provdir_app
            USING (organization_id = (SELECT app_organization_id()))
            WITH CHECK (organization_id = (SELECT app_organization_id()))$p$, name);
    END LOOP;
END
$$;
GRANT SELECT, DELETE ON slot_hold TO provdir_app;
GRANT INSERT (id, organization_id, slot_id, created_at, expires_at) ON slot_hold TO provdir_app;
GRANT SELECT ON appointment TO provdir_app;
GRANT INSERT (id, organization_id, slot_id, appointment_type, patient_reference, note, created_at, updated_at),
    UPDATE (slot_id, appointment_type, note, status, displaced, cancellation_reason, version, updated_at)
    ON appointment TO provdir_app;
