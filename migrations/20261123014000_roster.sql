-- Rosters that payers and groups upload: checked first, applied when somebody says so.
CREATE TABLE roster (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL REFERENCES organization (id),
    network_id uuid NOT NULL,
    uploaded_at timestamptz NOT NULL,
    uploaded_by text NOT NULL DEFAULT app_actor(),
    rows jsonb NOT NULL CHECK (jsonb_typeof(rows) = 'array'),
    faults jsonb NOT NULL CHECK (jsonb_typeof(faults) = 'array'),
    applied_at timestamptz,
    applied_by text,
    changed bigint,
    CONSTRAINT roster_network_fkey FOREIGN KEY (network_id, organization_id) REFERENCES network (id, organization_id)
);
CREATE INDEX roster_organization_idx ON roster (organization_id, uploaded_at DESC);
COMMENT ON TABLE roster IS 'An uploaded roster as it was checked: nothing of it counts before it is applied.';
COMMENT ON COLUMN roster.rows IS 'The good rows, with their lines.';
COMMENT ON COLUMN roster.faults IS 'What is wrong with the others, by line and column.';
COMMENT ON COLUMN roster.changed IS 'Participations that were added or brought up to date when it was applied.';
ALTER TABLE roster ENABLE ROW LEVEL SECURITY;
ALTER TABLE roster FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON roster TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_all ON roster TO provdir_app
    USING (organization_id = (SELECT app_organization_id()) OR (SELECT app_is_platform()))
    WITH CHECK (organization_id = (SELECT app_organization_id()) OR (SELECT app_is_platform()));
GRANT SELECT, INSERT ON roster TO provdir_app;
GRANT UPDATE (applied_at, applied_by, changed) ON roster TO provdir_app;
