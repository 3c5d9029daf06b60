CREATE TABLE npi_event (
    npi bigint NOT NULL CHECK (npi BETWEEN 1000000000 AND 9999999999),
    kind text NOT NULL CHECK (kind IN ('deactivation', 'reactivation', 'replacement')),
    occurred_on date NOT NULL,
    replacement_npi bigint,
    reason_code text,
    source text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (npi, kind, occurred_on)
);
COMMENT ON TABLE npi_event IS
    'What NPPES tells of an NPI''s life, also of NPIs that the directory does not hold. Public facts: no row-level security.';
COMMENT ON COLUMN npi_event.replacement_npi IS 'The NPI that took its place, for a replacement.';
COMMENT ON COLUMN npi_event.reason_code IS 'NPPES deactivation reason, where the file has one.';

CREATE TABLE change_proposal (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('deactivate', 'reactivate', 'update', 'merge')),
    change jsonb NOT NULL DEFAULT '{}',
    source text NOT NULL,
    status text NOT NULL DEFAULT 'OPEN' CHECK (status IN ('OPEN', 'ACCEPTED', 'DISMISSED')),
    created_at timestamptz NOT NULL DEFAULT now(),
    decided_at timestamptz,
    decided_by text
);
CREATE UNIQUE INDEX change_proposal_open_key ON change_proposal (provider_id, kind, source) WHERE status = 'OPEN';
COMMENT ON TABLE change_proposal IS 'What an import suggests and a person decides, for example that a deactivated NPI leave the network.';
COMMENT ON COLUMN change_proposal.change IS 'What would change, by field.';
COMMENT ON INDEX change_proposal_open_key IS 'A second import of the same file proposes nothing twice.';

ALTER TABLE change_proposal ENABLE ROW LEVEL SECURITY;
ALTER TABLE change_proposal FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON change_proposal TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_all ON change_proposal TO provdir_app
    USING ((SELECT app_is_platform())) WITH CHECK ((SELECT app_is_platform()));

GRANT SELECT, INSERT, UPDATE ON npi_event, change_proposal TO provdir_app;
GRANT SELECT ON npi_event TO provdir_feed;
