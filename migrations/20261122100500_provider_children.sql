-- What hangs on a provider. All are keyed by the provider first, so that reading one provider's rows is one range.

CREATE TABLE provider_location (
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    id uuid NOT NULL DEFAULT uuid_v7(),
    line1 text,
    line2 text,
    city text,
    state text CHECK (state ~ '^[A-Z]{2}$'),
    postal_code text CHECK (postal_code ~ '^([0-9]{5}|[0-9]{9})$'),
    foreign_postal_code text,
    county text,
    country text NOT NULL DEFAULT 'US' CHECK (country ~ '^[A-Z]{2}$'),
    lat_e7 integer CHECK (lat_e7 BETWEEN -900000000 AND 900000000),
    lon_e7 integer CHECK (lon_e7 BETWEEN -1800000000 AND 1800000000),
    position_quality text NOT NULL DEFAULT 'unknown'
        CHECK (position_quality IN ('given', 'postal_code', 'city', 'county', 'unknown')),
    phone text,
    fax text,
    time_zone text,
    hours jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(hours) = 'array'),
    telehealth boolean NOT NULL DEFAULT false,
    accessibility text[] NOT NULL DEFAULT '{}' CHECK (accessibility <@ ARRAY['cultcomp', 'handiaccess', 'adacomp',
        'pubtrans', 'anssrvc', 'cognitive', 'mobility']),
    is_primary boolean NOT NULL DEFAULT false,
    source text,
    verified_at date,
    PRIMARY KEY (provider_id, id),
    CONSTRAINT provider_location_point_check CHECK (
        (lat_e7 IS NULL) = (lon_e7 IS NULL) AND (lat_e7 IS NULL) = (position_quality = 'unknown'))
);
COMMENT ON TABLE provider_location IS 'A place where a provider practises.';
COMMENT ON COLUMN provider_location.postal_code IS 'A US ZIP, five or nine digits without the dash; else foreign_postal_code.';
COMMENT ON COLUMN provider_location.lat_e7 IS 'Degrees times 1e7 (WGS84): four bytes, a centimetre, equal points are equal.';
COMMENT ON COLUMN provider_location.position_quality IS 'given, or what the point is the centroid of; unknown: no point.';
COMMENT ON COLUMN provider_location.hours IS
    '[{"weekday": 1..7 (ISO), "opens": minutes, "closes": minutes}], local time of time_zone; closes <= opens runs past midnight.';
COMMENT ON COLUMN provider_location.accessibility IS 'Plan-Net AccessibilityCS codes.';
COMMENT ON COLUMN provider_location.source IS 'nppes (main practice address), nppes:pl (practice location file), manual, ...';

CREATE TABLE provider_specialty (
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    position smallint NOT NULL,
    code text NOT NULL CHECK (code ~ '^[0-9A-Z]{10}$'),
    is_primary boolean NOT NULL DEFAULT false,
    license_number text,
    license_state text CHECK (license_state ~ '^[A-Z]{2}$'),
    PRIMARY KEY (provider_id, position)
);
CREATE UNIQUE INDEX provider_specialty_primary_key ON provider_specialty (provider_id) WHERE is_primary;
COMMENT ON TABLE provider_specialty IS 'Taxonomies; the same code may come again for another state''s licence.';
COMMENT ON COLUMN provider_specialty.position IS 'Order as given, from one (the NPPES slot).';
COMMENT ON COLUMN provider_specialty.code IS 'NUCC.';

CREATE TABLE provider_language (
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    language text NOT NULL CHECK (language ~ '^[a-z][a-z0-9-]{1,34}$'),
    PRIMARY KEY (provider_id, language)
);
COMMENT ON TABLE provider_language IS 'Languages spoken, BCP 47 in lower case. The truth; provider.address extension.languages follows.';

CREATE TABLE provider_identifier (
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    position smallint NOT NULL,
    type_code text NOT NULL,
    value text NOT NULL,
    state text,
    issuer text,
    PRIMARY KEY (provider_id, position)
);
COMMENT ON TABLE provider_identifier IS 'Identifiers other than the NPI: Medicaid, DEA, board certificates, state ids.';
COMMENT ON COLUMN provider_identifier.type_code IS 'NPPES code (01 other, 05 Medicaid) or a name (dea, board_certification).';

CREATE TABLE provider_other_name (
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    position smallint NOT NULL,
    type_code smallint NOT NULL,
    name_prefix text,
    first_name text,
    middle_name text,
    last_name text,
    name_suffix text,
    credential text,
    organization_name text,
    source text,
    PRIMARY KEY (provider_id, position)
);
COMMENT ON TABLE provider_other_name IS 'Other names under which a provider is or was known.';
COMMENT ON COLUMN provider_other_name.type_code IS
    'NPPES: 1 former, 2 professional, 3 doing business as, 4 former legal business, 5 other.';
COMMENT ON COLUMN provider_other_name.source IS 'nppes (main file), nppes:othername (other name file), manual, ...';

CREATE TABLE provider_affiliation (
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    to_provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('member_of', 'admitting', 'covering', 'supervised_by', 'part_of')),
    PRIMARY KEY (provider_id, to_provider_id, role),
    CHECK (provider_id <> to_provider_id)
);
CREATE INDEX provider_affiliation_to_idx ON provider_affiliation (to_provider_id);
COMMENT ON TABLE provider_affiliation IS 'A tie to a group, hospital or supervisor.';

CREATE TABLE provider_endpoint (
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    position smallint NOT NULL,
    type_code text NOT NULL,
    address text NOT NULL,
    use_code text,
    use_description text,
    content_type text,
    description text,
    affiliation text,
    location jsonb,
    PRIMARY KEY (provider_id, position)
);
COMMENT ON TABLE provider_endpoint IS 'Electronic endpoints (NPPES endpoint file): Direct addresses, FHIR base URLs.';
COMMENT ON COLUMN provider_endpoint.location IS 'The endpoint''s own address where NPPES gives one.';

CREATE TABLE provider_status_history (
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    id bigint GENERATED ALWAYS AS IDENTITY,
    from_status text NOT NULL,
    to_status text NOT NULL,
    changed_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    reason text,
    PRIMARY KEY (provider_id, id)
);
COMMENT ON TABLE provider_status_history IS 'Every change of provider.network_status, written by trigger.';
COMMENT ON COLUMN provider_status_history.changed_at IS 'When it counts from.';
COMMENT ON COLUMN provider_status_history.recorded_at IS 'When the database learned of it.';

-- A child is readable and writable where its provider is. Imports write public rows by the million and are spared the
-- look-up: they run on the machine itself.
DO $$
DECLARE
    child text;
BEGIN
    FOREACH child IN ARRAY ARRAY['provider_location', 'provider_specialty', 'provider_language', 'provider_identifier',
        'provider_other_name', 'provider_affiliation', 'provider_endpoint', 'provider_status_history'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', child);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', child);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', child);
        EXECUTE format('CREATE POLICY feed_read ON %I FOR SELECT TO provdir_feed USING (true)', child);
        EXECUTE format('GRANT SELECT ON %I TO provdir_app, provdir_feed', child);
        EXECUTE format($p$CREATE POLICY app_read ON %I FOR SELECT TO provdir_app
            USING ((SELECT app_role()) = 'import' OR EXISTS (SELECT 1 FROM provider p WHERE p.id = provider_id))$p$, child);
        CONTINUE WHEN child = 'provider_status_history';
        EXECUTE format($p$CREATE POLICY app_write ON %I TO provdir_app
            USING ((SELECT app_role()) = 'import' OR EXISTS (
                SELECT 1 FROM provider p WHERE p.id = provider_id
                AND (p.owner_organization_id IS NOT NULL OR (SELECT app_is_platform()))))
            WITH CHECK ((SELECT app_role()) = 'import' OR EXISTS (
                SELECT 1 FROM provider p WHERE p.id = provider_id
                AND (p.owner_organization_id IS NOT NULL OR (SELECT app_is_platform()))))$p$, child);
        EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %I TO provdir_app', child);
    END LOOP;
END
$$;
