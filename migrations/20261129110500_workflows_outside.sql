-- Workflows may wait on an engine outside. It is called by what stands here: a call is written with the step that it is
-- about, and kept until it has been heard.

CREATE TABLE workflow_outside (
    workflow text PRIMARY KEY,
    since timestamptz NOT NULL
);
COMMENT ON TABLE workflow_outside IS
    'Workflows whose steps another engine waits for. None: the server does it itself.';

CREATE TABLE workflow_call (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workflow text NOT NULL,
    subject uuid NOT NULL,
    organization_id uuid
);
COMMENT ON TABLE workflow_call IS
    'Something was set on the clock for a subject whose workflow waits outside; gone once the engine there has heard of it.';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['workflow_outside', 'workflow_call'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, INSERT, DELETE ON %I TO provdir_app', name);
    END LOOP;
END
$$;
CREATE POLICY app_read ON workflow_outside FOR SELECT TO provdir_app USING (true);
CREATE POLICY app_write ON workflow_outside TO provdir_app
    USING ((SELECT app_is_platform())) WITH CHECK ((SELECT app_is_platform()));
-- As the steps that the calls are about.
CREATE POLICY app_all ON workflow_call TO provdir_app
    USING (organization_id = (SELECT app_organization_id()) OR (SELECT app_is_platform()))
    WITH CHECK (organization_id = (SELECT app_organization_id()) OR (SELECT app_is_platform()));
CREATE POLICY app_platform_review ON workflow_call TO provdir_app
    USING (organization_id IS NULL AND (SELECT app_reviews_platform()))
    WITH CHECK (organization_id IS NULL AND (SELECT app_reviews_platform()));
