CREATE FUNCTION npi_is_valid(npi bigint) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
        -- Luhn over 80840 and ten digits. Doubled: digits 1, 3, 5, 7, 9 from the left; the prefix adds 24.
        SELECT npi BETWEEN 1000000000 AND 9999999999 AND (24
            + (npi / 1000000000 % 10) * 2 - CASE WHEN npi / 1000000000 % 10 > 4 THEN 9 ELSE 0 END
            + (npi / 100000000 % 10)
            + (npi / 10000000 % 10) * 2 - CASE WHEN npi / 10000000 % 10 > 4 THEN 9 ELSE 0 END
            + (npi / 1000000 % 10)
            + (npi / 100000 % 10) * 2 - CASE WHEN npi / 100000 % 10 > 4 THEN 9 ELSE 0 END
            + (npi / 10000 % 10)
            + (npi / 1000 % 10) * 2 - CASE WHEN npi / 1000 % 10 > 4 THEN 9 ELSE 0 END
            + (npi / 100 % 10)
            + (npi / 10 % 10) * 2 - CASE WHEN npi / 10 % 10 > 4 THEN 9 ELSE 0 END
            + (npi % 10)) % 10 = 0
    $$;
COMMENT ON FUNCTION npi_is_valid(bigint) IS 'Whether a number is an NPI by its length and check digit (45 CFR 162.406).';

CREATE TABLE provider (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    locator text NOT NULL CONSTRAINT provider_locator_key UNIQUE
        CONSTRAINT provider_locator_check CHECK (locator ~ '^PRV-[0-9]{4}-[0-9]{6,}$'),
    npi bigint CONSTRAINT provider_npi_key UNIQUE CONSTRAINT provider_npi_check CHECK (npi_is_valid(npi)),
    party_id uuid NOT NULL,
    party_type text NOT NULL GENERATED ALWAYS AS ('PROVIDER') STORED,
    kind text NOT NULL CHECK (kind IN ('individual', 'organization')),
    category text NOT NULL CHECK (category ~ '^[a-z][a-z0-9_]{0,62}$'),
    name_prefix text,
    first_name text,
    middle_name text,
    last_name text,
    name_suffix text,
    credential text,
    organization_name text,
    gender text CHECK (gender IN ('F', 'M', 'X')),
    specialty text,
    network_status text NOT NULL DEFAULT 'PENDING' CHECK (network_status IN ('PENDING', 'ACTIVE', 'INACTIVE')),
    status_changed_at timestamptz,
    activated_at timestamptz,
    address jsonb CHECK (jsonb_typeof(address) = 'object'),
    mailing_address jsonb CHECK (jsonb_typeof(mailing_address) = 'object'),
    phone text,
    email text,
    owner_organization_id uuid REFERENCES organization (id),
    verified_at date,
    source text,
    provenance jsonb NOT NULL DEFAULT '{}',
    enumerated_on date,
    source_updated_on date,
    source_digest bytea,
    extra jsonb,
    version bigint NOT NULL DEFAULT 1,
    version_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT provider_party_fkey FOREIGN KEY (party_id, party_type) REFERENCES party (id, party_type),
    CONSTRAINT provider_name_check CHECK (
        CASE kind WHEN 'organization' THEN organization_name <> '' ELSE last_name <> '' END IS TRUE)
);
CREATE INDEX provider_owner_idx ON provider (owner_organization_id) WHERE owner_organization_id IS NOT NULL;

COMMENT ON TABLE provider IS
    'A provider of the directory, person or organisation. Platform-level: public, or private to one tenant.';
COMMENT ON COLUMN provider.locator IS 'The readable key, PRV-<year>-<at least six digits>; from next_locator(), gaps allowed.';
COMMENT ON COLUMN provider.npi IS
    'A number, not text: ten digits that never start with zero, eight bytes in the index. Null outside health care.';
COMMENT ON COLUMN provider.party_type IS 'Constant; makes the foreign key refuse parties of another type.';
COMMENT ON COLUMN provider.category IS
    'practitioner, hospital, pharmacy, group, clinic, lab, facility, ivf_clinic, attorney, escrow_agency, genetic_counselor, psychologist, other, or a tenant''s own word.';
COMMENT ON COLUMN provider.specialty IS 'The primary NUCC code: a copy of provider_specialty, for plain SQL. A load may bring it; the trigger on provider_specialty corrects it.';
COMMENT ON COLUMN provider.network_status IS
    'The ceiling over every participation. To ACTIVE only through an approved credentialing request (provider_guard).';
COMMENT ON COLUMN provider.status_changed_at IS 'The moment that the last change of status counts from.';
COMMENT ON COLUMN provider.activated_at IS 'The first time ACTIVE; later activations are in provider_status_history.';
COMMENT ON COLUMN provider.address IS
    'As the record has it, free form. extension.languages mirrors provider_language, kept in step both ways by trigger.';
COMMENT ON COLUMN provider.owner_organization_id IS 'Null: public. Else visible to that tenant alone.';
COMMENT ON COLUMN provider.verified_at IS 'When somebody last confirmed the listing.';
COMMENT ON COLUMN provider.source IS 'Where the record comes from: nppes, roster:<name>, manual.';
COMMENT ON COLUMN provider.provenance IS 'Source and date of verification by field group: {"address": {"source": .., "verified_at": ..}}.';
COMMENT ON COLUMN provider.enumerated_on IS 'When the NPI was issued.';
COMMENT ON COLUMN provider.source_updated_on IS 'The source''s own last update: an older record never overwrites a newer one.';
COMMENT ON COLUMN provider.source_digest IS 'Digest of the source record last merged: an equal one changes nothing.';
COMMENT ON COLUMN provider.extra IS 'Fields of the source record without a column of their own (authorised official, sole proprietor, ...).';
COMMENT ON COLUMN provider.version IS 'Raised once by every transaction that changes the provider or a child of it.';
COMMENT ON COLUMN provider.version_xid IS
    'The transaction that last raised version; with updated_at (the same transaction''s time, for transaction numbers start anew after a restore) it tells whether this one has done so already.';

ALTER TABLE provider ENABLE ROW LEVEL SECURITY;
ALTER TABLE provider FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON provider TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY feed_read ON provider FOR SELECT TO provdir_feed USING (true);
CREATE POLICY app_read ON provider FOR SELECT TO provdir_app
    USING (owner_organization_id IS NULL OR owner_organization_id = (SELECT app_organization_id()));
CREATE POLICY app_insert ON provider FOR INSERT TO provdir_app
    WITH CHECK (owner_organization_id = (SELECT app_organization_id())
        OR owner_organization_id IS NULL AND (SELECT app_is_platform()));
CREATE POLICY app_update ON provider FOR UPDATE TO provdir_app
    USING (owner_organization_id = (SELECT app_organization_id())
        OR owner_organization_id IS NULL AND (SELECT app_is_platform()))
    WITH CHECK (owner_organization_id = (SELECT app_organization_id())
        OR owner_organization_id IS NULL AND (SELECT app_is_platform()));

-- Not granted: network_status, status_changed_at, activated_at, version, version_xid, updated_at, and the
-- identity of the row once it is there. DELETE is nobody's: a provider is deactivated.
GRANT SELECT ON provider TO provdir_app, provdir_feed;
GRANT INSERT (id, locator, npi, party_id, kind, category, name_prefix, first_name, middle_name, last_name, name_suffix,
        credential, organization_name, gender, specialty, address, mailing_address, phone, email, owner_organization_id,
        verified_at, source, provenance, enumerated_on, source_updated_on, source_digest, extra)
    ON provider TO provdir_app;
GRANT UPDATE (npi, kind, category, name_prefix, first_name, middle_name, last_name, name_suffix, credential,
        organization_name, gender, address, mailing_address, phone, email, verified_at, source, provenance,
        enumerated_on, source_updated_on, source_digest, extra)
    ON provider TO provdir_app;
