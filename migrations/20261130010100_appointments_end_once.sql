-- An appointment that took place, was cancelled or missed stays so, by whatever way somebody comes. One that is over needs no slot:
-- where hours change under it, it lets go of the slot and keeps its times.

CREATE FUNCTION appointment_stays_ended() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'an appointment that is % stays so', OLD.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'appointment_ended';
END
$$;
COMMENT ON FUNCTION appointment_stays_ended() IS 'fulfilled, cancelled and no_show are final.';
CREATE TRIGGER appointment_stays_ended BEFORE UPDATE OF status ON appointment
    FOR EACH ROW WHEN (OLD.status IN ('fulfilled', 'cancelled', 'no_show') AND NEW.status <> OLD.status)
    EXECUTE FUNCTION appointment_stays_ended();

ALTER TABLE appointment
    DROP CONSTRAINT appointment_placed_check,
    ADD CONSTRAINT appointment_placed_check
        CHECK (slot_id IS NOT NULL OR displaced OR status IN ('fulfilled', 'cancelled', 'no_show')) NOT VALID;
ALTER TABLE appointment VALIDATE CONSTRAINT appointment_placed_check;
COMMENT ON CONSTRAINT appointment_placed_check ON appointment IS 'What is not over lies in a slot or is flagged.';
