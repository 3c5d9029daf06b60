-- A tenant's systems hear what becomes of its appointments, by whatever way it does: one event for each transaction, as that
-- left the appointment. Whose patient it is and why they come is not told; the appointment is read by its key.

CREATE FUNCTION appointment_tells() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    here appointment;
    change text := 'booked';
    moment CONSTANT text := 'YYYY-MM-DD"T"HH24:MI:SS"Z"';
BEGIN
    SELECT * INTO here FROM appointment a WHERE a.id = NEW.id;
    IF (here.version, here.displaced) IS DISTINCT FROM (NEW.version, NEW.displaced) THEN
        RETURN NULL; -- It was changed once more, or is gone: that is what counts.
    END IF;
    IF TG_OP = 'UPDATE' THEN
        change := CASE
            WHEN NEW.status = 'cancelled' THEN 'cancelled'
            WHEN NEW.displaced THEN 'displaced'
            WHEN NEW.slot_id IS DISTINCT FROM OLD.slot_id THEN 'rescheduled'
            ELSE NEW.status
        END;
    END IF;
    PERFORM outbox_event(jsonb_build_object('owner', NEW.organization_id, 'event', jsonb_build_object(
        'specversion', '1.0',
        'id', md5('appointment/' || NEW.id || '/' || NEW.version || '/' || NEW.displaced)::uuid,
        'source', '/scheduling/appointments',
        'type', 'appointment.updated',
        'subject', NEW.id,
        'time', to_char(NEW.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'datacontenttype', 'application/json',
        'partitionkey', NEW.id,
        'sequence', '',
        'data', jsonb_build_object(
            'event', 'appointment.updated',
            'appointment_id', NEW.id,
            'organization_id', NEW.organization_id,
            'practitioner_id', NEW.practitioner_id,
            'clinic_id', NEW.clinic_id,
            'version', NEW.version,
            'change', change,
            'status', NEW.status,
            'displaced', NEW.displaced,
            'starts_at', to_char(NEW.starts_at AT TIME ZONE 'UTC', moment),
            'ends_at', to_char(NEW.ends_at AT TIME ZONE 'UTC', moment)))));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION appointment_tells() IS
    'Writes the event of an appointment when its transaction commits: a step that is taken back or overtaken in it is not told.';

CREATE CONSTRAINT TRIGGER appointment_tells_booked AFTER INSERT ON appointment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION appointment_tells();
CREATE CONSTRAINT TRIGGER appointment_tells_changed AFTER UPDATE ON appointment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.version <> NEW.version OR OLD.displaced <> NEW.displaced)
    EXECUTE FUNCTION appointment_tells();
