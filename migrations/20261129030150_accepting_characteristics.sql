-- Which new patients are taken, in words (Plan-Net: characteristics of accepted patients), and never where none are.

ALTER TABLE participation
    ADD COLUMN characteristics text,
    ADD CONSTRAINT participation_characteristics_check CHECK (characteristics IS NULL
        OR accepting IS NOT NULL AND accepting <> 'nopt' AND characteristics <> '' AND length(characteristics) <= 500);
ALTER TABLE participation_history ADD COLUMN characteristics text;
COMMENT ON COLUMN participation.characteristics IS 'Which patients, such as ages; only where accepting says that some are taken.';

CREATE OR REPLACE FUNCTION participation_keeps_history() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    -- A state that lived within one transaction only was never known to anybody.
    INSERT INTO participation_history (id, provider_id, location_id, network_id, organization_id, tier, status,
        effective, termination, accepting, characteristics, recorded_at, recorded_xid)
    SELECT o.id, o.provider_id, o.location_id, o.network_id, o.organization_id, o.tier, o.status,
        o.effective, o.termination, o.accepting, o.characteristics, o.recorded_at, o.recorded_xid
    FROM old_rows o
    WHERE o.recorded_at <> now() OR o.recorded_xid <> pg_current_xact_id();
    RETURN NULL;
END
$$;
