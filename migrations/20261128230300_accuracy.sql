-- How accurate a plan's directory is: a random sample, drawn once, what was listed then, and what was found.

CREATE TABLE accuracy_report (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL REFERENCES organization (id),
    plan_id uuid NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
    seed text NOT NULL CHECK (seed <> '' AND length(seed) <= 100),
    population bigint NOT NULL,
    drawn_at timestamptz NOT NULL,
    drawn_by text NOT NULL DEFAULT app_actor()
);
CREATE INDEX accuracy_report_plan_idx ON accuracy_report (plan_id, drawn_at DESC);
COMMENT ON TABLE accuracy_report IS 'A sample of the listings of a plan, to be checked field by field.';
COMMENT ON COLUMN accuracy_report.seed IS 'With the population it decides who is in the sample: the same seed draws the same ones.';
COMMENT ON COLUMN accuracy_report.population IS 'Listings of the plan when it was drawn.';

CREATE TABLE accuracy_listing (
    report_id uuid NOT NULL REFERENCES accuracy_report (id) ON DELETE CASCADE,
    organization_id uuid NOT NULL,
    place integer NOT NULL,
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    listed jsonb NOT NULL,
    PRIMARY KEY (report_id, provider_id)
);
COMMENT ON TABLE accuracy_listing IS 'A listing of the sample.';
COMMENT ON COLUMN accuracy_listing.place IS 'In the order in which they were drawn, from one.';
COMMENT ON COLUMN accuracy_listing.listed IS 'What the directory said when it was drawn: the check is of this.';

CREATE TABLE accuracy_finding (
    report_id uuid NOT NULL,
    provider_id uuid NOT NULL,
    field text NOT NULL,
    organization_id uuid NOT NULL,
    finding text NOT NULL CHECK (finding IN ('right', 'wrong', 'unreachable')),
    found_at timestamptz NOT NULL,
    found_by text NOT NULL DEFAULT app_actor(),
    PRIMARY KEY (report_id, provider_id, field),
    CONSTRAINT accuracy_finding_listing_fkey FOREIGN KEY (report_id, provider_id)
        REFERENCES accuracy_listing (report_id, provider_id) ON DELETE CASCADE
);
COMMENT ON TABLE accuracy_finding IS 'What was found of a field of a listing of the sample; a later word replaces an earlier one.';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['accuracy_report', 'accuracy_listing', 'accuracy_finding'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format($p$CREATE POLICY app_all ON %I TO provdir_app
            USING (organization_id = (SELECT app_organization_id()) OR (SELECT app_is_platform()))
            WITH CHECK (organization_id = (SELECT app_organization_id()) OR (SELECT app_is_platform()))$p$, name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO provdir_app', name);
    END LOOP;
END
$$;
GRANT UPDATE (finding, found_at, found_by) ON accuracy_finding TO provdir_app;
