-- Who leaves a clinic may come back to it: a practitioner has any number of periods at one clinic, and no two of them share a day.
--
-- An exclusion constraint over a key and days needs an extension that not every Postgres has, so triggers hold this: whoever writes
-- periods of a practitioner waits for that practitioner's row first, and then sees what others have written.

ALTER TABLE schedule DROP CONSTRAINT schedule_assignment_fkey;
ALTER TABLE clinic_assignment DROP CONSTRAINT clinic_assignment_key;
CREATE INDEX clinic_assignment_period_idx ON clinic_assignment (practitioner_id, clinic_id, start_date);
COMMENT ON TABLE clinic_assignment IS
    'That a practitioner works at a clinic, from a day to a day (inclusive; null: open). Periods at one clinic share no day.';

CREATE FUNCTION clinic_assignment_apart() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM 1 FROM practitioner p WHERE p.id = NEW.practitioner_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM clinic_assignment a
        WHERE a.practitioner_id = NEW.practitioner_id AND a.clinic_id = NEW.clinic_id AND a.id <> NEW.id
        AND a.start_date <= coalesce(NEW.end_date, 'infinity') AND NEW.start_date <= coalesce(a.end_date, 'infinity')) THEN
        RAISE EXCEPTION 'two periods at one clinic share a day'
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'clinic_assignment_apart';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION clinic_assignment_apart() IS 'Periods of a practitioner at one clinic share no day.';
CREATE TRIGGER clinic_assignment_apart BEFORE INSERT OR UPDATE OF start_date, end_date ON clinic_assignment
    FOR EACH ROW EXECUTE FUNCTION clinic_assignment_apart();

CREATE FUNCTION schedule_is_assigned() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM 1 FROM practitioner p WHERE p.id = NEW.practitioner_id FOR NO KEY UPDATE;
    IF NOT EXISTS (
        SELECT 1 FROM clinic_assignment a
        WHERE a.practitioner_id = NEW.practitioner_id AND a.clinic_id = NEW.clinic_id
        AND a.organization_id = NEW.organization_id) THEN
        RAISE EXCEPTION 'the practitioner is not assigned to the clinic'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'schedule_is_assigned';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION schedule_is_assigned() IS 'Hours are those of somebody who works at the clinic.';
CREATE TRIGGER schedule_is_assigned BEFORE INSERT ON schedule
    FOR EACH ROW EXECUTE FUNCTION schedule_is_assigned();

CREATE FUNCTION clinic_assignment_has_schedules() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM 1 FROM practitioner p WHERE p.id = OLD.practitioner_id FOR NO KEY UPDATE;
    -- With the practitioner the schedules go as well, whichever goes first.
    IF FOUND AND EXISTS (
        SELECT 1 FROM schedule d
        WHERE d.practitioner_id = OLD.practitioner_id AND d.clinic_id = OLD.clinic_id
        AND NOT EXISTS (
            SELECT 1 FROM clinic_assignment a
            WHERE a.practitioner_id = d.practitioner_id AND a.clinic_id = d.clinic_id
            AND a.start_date <= d.valid_from AND d.valid_from <= coalesce(a.end_date, 'infinity'))) THEN
        RAISE EXCEPTION 'schedules hang on the assignment'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'clinic_assignment_has_schedules';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION clinic_assignment_has_schedules() IS 'A period goes only where no schedule is left without one.';
CREATE TRIGGER clinic_assignment_has_schedules AFTER DELETE ON clinic_assignment
    FOR EACH ROW EXECUTE FUNCTION clinic_assignment_has_schedules();
