-- Who practises in a tenant, and at which of its clinics.

CREATE TABLE practitioner (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL
        CONSTRAINT practitioner_organization_id_fkey REFERENCES organization (id) ON DELETE CASCADE,
    user_id uuid NOT NULL CONSTRAINT practitioner_user_id_fkey REFERENCES app_user (id),
    name text NOT NULL CHECK (name <> ''),
    specialty text CHECK (specialty <> ''),
    license_number text CHECK (license_number <> ''),
    npi bigint CHECK (npi_is_valid(npi)),
    provider_id uuid CONSTRAINT practitioner_provider_id_fkey REFERENCES provider (id) ON DELETE SET NULL,
    gender text CHECK (gender IN ('F', 'M', 'X')),
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive', 'on_leave')),
    status_from date,
    status_until date,
    cover_practitioner_id uuid,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT practitioner_user_key UNIQUE (organization_id, user_id),
    CONSTRAINT practitioner_npi_key UNIQUE (organization_id, npi),
    CONSTRAINT practitioner_organization_key UNIQUE (organization_id, id),
    CONSTRAINT practitioner_cover_fkey FOREIGN KEY (organization_id, cover_practitioner_id)
        REFERENCES practitioner (organization_id, id),
    CONSTRAINT practitioner_standing_check CHECK (
        (status <> 'active' OR status_from IS NULL AND status_until IS NULL AND cover_practitioner_id IS NULL)
        AND (status <> 'on_leave' OR status_from IS NOT NULL) AND status_until >= status_from IS NOT FALSE)
);
CREATE INDEX practitioner_specialty_idx ON practitioner (organization_id, specialty);
CREATE INDEX practitioner_provider_idx ON practitioner (provider_id) WHERE provider_id IS NOT NULL;
COMMENT ON TABLE practitioner IS 'A person''s profile in one tenant. Users without one stay users; the same person may have one in each tenant.';
COMMENT ON COLUMN practitioner.specialty IS 'A NUCC code.';
COMMENT ON COLUMN practitioner.provider_id IS 'The public provider of the same NPI.';
COMMENT ON COLUMN practitioner.status IS
    'inactive and on_leave hold from status_from (null: always) to status_until (null: open); on other days the practitioner is active.';
COMMENT ON COLUMN practitioner.cover_practitioner_id IS 'Who stands in meanwhile.';

CREATE TABLE practitioner_qualification (
    practitioner_id uuid NOT NULL,
    place smallint NOT NULL,
    organization_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('degree', 'certificate', 'licence')),
    name text NOT NULL CHECK (name <> ''),
    issuer text,
    valid_from date,
    valid_until date,
    PRIMARY KEY (practitioner_id, place),
    CONSTRAINT practitioner_qualification_practitioner_fkey FOREIGN KEY (organization_id, practitioner_id)
        REFERENCES practitioner (organization_id, id) ON DELETE CASCADE,
    CHECK (valid_until >= valid_from IS NOT FALSE)
);
COMMENT ON TABLE practitioner_qualification IS 'Degrees and certificates, in the order in which they are shown.';

CREATE TABLE clinic_assignment (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL,
    practitioner_id uuid NOT NULL,
    clinic_id uuid NOT NULL,
    start_date date NOT NULL,
    end_date date,
    is_primary boolean NOT NULL,
    CONSTRAINT clinic_assignment_key UNIQUE (practitioner_id, clinic_id),
    CONSTRAINT clinic_assignment_practitioner_fkey FOREIGN KEY (organization_id, practitioner_id)
        REFERENCES practitioner (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT clinic_assignment_clinic_fkey FOREIGN KEY (organization_id, clinic_id)
        REFERENCES clinic (organization_id, id) ON DELETE CASCADE,
    CHECK (end_date >= start_date IS NOT FALSE)
);
CREATE UNIQUE INDEX clinic_assignment_primary_key ON clinic_assignment (practitioner_id) WHERE is_primary;
CREATE INDEX clinic_assignment_clinic_idx ON clinic_assignment (clinic_id);
COMMENT ON TABLE clinic_assignment IS 'That a practitioner works at a clinic, from a day to a day (inclusive; null: open).';
COMMENT ON INDEX clinic_assignment_primary_key IS 'At most one primary; clinic_assignment_has_primary: at least one.';

-- At the end of the transaction, so that the primary can pass from one to the other.
CREATE FUNCTION clinic_assignment_has_primary() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    -- Whoever changes assignments of the same practitioner at the same time waits here and then sees this change.
    PERFORM 1 FROM practitioner p WHERE p.id = OLD.practitioner_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM clinic_assignment a WHERE a.practitioner_id = OLD.practitioner_id)
        AND NOT EXISTS (
            SELECT 1 FROM clinic_assignment a WHERE a.practitioner_id = OLD.practitioner_id AND a.is_primary) THEN
        RAISE EXCEPTION 'one of the assignments is the primary one'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'clinic_assignment_has_primary';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER clinic_assignment_has_primary AFTER UPDATE OR DELETE ON clinic_assignment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION clinic_assignment_has_primary();
CREATE FUNCTION clinic_assignment_first_is_primary() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM 1 FROM practitioner p WHERE p.id = NEW.practitioner_id FOR NO KEY UPDATE;
    NEW.is_primary := NEW.is_primary
        OR NOT EXISTS (SELECT 1 FROM clinic_assignment a WHERE a.practitioner_id = NEW.practitioner_id);
    IF NEW.is_primary THEN
        UPDATE clinic_assignment a SET is_primary = false WHERE a.practitioner_id = NEW.practitioner_id AND a.is_primary;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION clinic_assignment_first_is_primary() IS 'The first one is the primary; a new primary takes its place from the old one.';
CREATE TRIGGER clinic_assignment_first_is_primary BEFORE INSERT ON clinic_assignment
    FOR EACH ROW EXECUTE FUNCTION clinic_assignment_first_is_primary();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['practitioner', 'practitioner_qualification', 'clinic_assignment'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format($p$CREATE POLICY app_all ON %I TO provdir_app
            USING (organization_id = (SELECT app_organization_id()))
            WITH CHECK (organization_id = (SELECT app_organization_id()))$p$, name);
    END LOOP;
END
$$;
GRANT SELECT, INSERT ON practitioner TO provdir_app;
GRANT UPDATE (name, specialty, license_number, npi, provider_id, gender, status, status_from, status_until,
    cover_practitioner_id, version, updated_at) ON practitioner TO provdir_app;
GRANT SELECT, INSERT, DELETE ON practitioner_qualification TO provdir_app;
GRANT SELECT, INSERT, DELETE ON clinic_assignment TO provdir_app;
GRANT UPDATE (start_date, end_date, is_primary) ON clinic_assignment TO provdir_app;

CREATE FUNCTION practitioner_changed(practitioner uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    linked uuid;
BEGIN
    SELECT p.provider_id INTO linked FROM practitioner p
    WHERE p.id = practitioner_changed.practitioner AND p.organization_id = app_organization_id();
    IF linked IS NOT NULL THEN
        INSERT INTO outbox (kind, provider_id) VALUES ('PROVIDER', linked);
        PERFORM pg_notify('outbox', '');
    END IF;
END
$$;
COMMENT ON FUNCTION practitioner_changed(uuid) IS 'Copies of the linked public provider are made anew.';
REVOKE ALL ON FUNCTION practitioner_changed FROM PUBLIC;
GRANT EXECUTE ON FUNCTION practitioner_changed TO provdir_app;
