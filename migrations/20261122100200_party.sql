CREATE TABLE party (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    party_type text NOT NULL CHECK (party_type IN ('PROVIDER', 'PERSON', 'ORGANIZATION')),
    owner_organization_id uuid REFERENCES organization (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT party_id_type_key UNIQUE (id, party_type)
);
COMMENT ON TABLE party IS 'The legal person behind a provider (or, later, a user or a payer).';
COMMENT ON COLUMN party.party_type IS 'A provider refers to (id, PROVIDER), so that a party of another type cannot be linked.';
COMMENT ON COLUMN party.owner_organization_id IS 'Null: public. Else private to that tenant.';

ALTER TABLE party ENABLE ROW LEVEL SECURITY;
ALTER TABLE party FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON party TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_read ON party FOR SELECT TO provdir_app
    USING (owner_organization_id IS NULL OR owner_organization_id = (SELECT app_organization_id()));
CREATE POLICY app_insert ON party FOR INSERT TO provdir_app
    WITH CHECK (owner_organization_id = (SELECT app_organization_id())
        OR owner_organization_id IS NULL AND (SELECT app_is_platform()));

GRANT SELECT, INSERT ON party TO provdir_app;
