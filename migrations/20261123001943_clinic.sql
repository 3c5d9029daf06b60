CREATE TABLE clinic (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL CONSTRAINT clinic_organization_id_fkey REFERENCES organization (id) ON DELETE CASCADE,
    name text NOT NULL CHECK (name <> '' AND length(name) <= 200),
    line1 text,
    line2 text,
    city text,
    state text CONSTRAINT clinic_state_check CHECK (state ~ '^[A-Z]{2}$'),
    postal_code text CONSTRAINT clinic_postal_code_check CHECK (postal_code ~ '^([0-9]{5}|[0-9]{9})$'),
    lat_e7 integer CHECK (lat_e7 BETWEEN -900000000 AND 900000000),
    lon_e7 integer CHECK (lon_e7 BETWEEN -1800000000 AND 1800000000),
    phone text,
    email text,
    time_zone text NOT NULL,
    operating_hours jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(operating_hours) = 'array'),
    holidays jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(holidays) = 'array'),
    is_active boolean NOT NULL DEFAULT true,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT clinic_name_key UNIQUE (organization_id, name),
    CONSTRAINT clinic_organization_key UNIQUE (organization_id, id),
    CHECK ((lat_e7 IS NULL) = (lon_e7 IS NULL))
);
COMMENT ON TABLE clinic IS 'A site of a tenant.';
COMMENT ON COLUMN clinic.time_zone IS 'IANA name, which operating hours, holidays and schedules are in.';
COMMENT ON COLUMN clinic.operating_hours IS
    '[{"weekday": 1..7 (ISO), "opens": minutes, "closes": minutes}], local time; closes <= opens runs past midnight.';
COMMENT ON COLUMN clinic.holidays IS
    '[{"date", "name"?, "hours": [{"opens", "closes"}]}]: these hours instead of the weekday''s; none: closed.';
COMMENT ON CONSTRAINT clinic_organization_key ON clinic IS
    'For foreign keys of a tenant''s rows: (organization_id, clinic_id) can name no other tenant''s clinic.';

ALTER TABLE clinic ENABLE ROW LEVEL SECURITY;
ALTER TABLE clinic FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON clinic TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_all ON clinic TO provdir_app
    USING (organization_id = (SELECT app_organization_id())) WITH CHECK (organization_id = (SELECT app_organization_id()));
GRANT SELECT, INSERT, DELETE ON clinic TO provdir_app;
GRANT UPDATE (name, line1, line2, city, state, postal_code, lat_e7, lon_e7, phone, email, time_zone, operating_hours,
    holidays, is_active, version, updated_at) ON clinic TO provdir_app;
