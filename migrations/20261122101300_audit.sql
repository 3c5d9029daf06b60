CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL DEFAULT app_actor(),
    organization_id uuid DEFAULT app_organization_id(),
    action text NOT NULL CHECK (action <> ''),
    entity text NOT NULL,
    entity_id text,
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_entity_idx ON audit (entity, entity_id);
COMMENT ON TABLE audit IS 'Who did what. Append only, for everybody: UPDATE and DELETE raise.';
COMMENT ON COLUMN audit.organization_id IS 'The tenant that the actor acted for; null: the platform.';

CREATE FUNCTION audit_is_append_only() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RAISE EXCEPTION 'the audit is append only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON audit TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_insert ON audit FOR INSERT TO provdir_app
    WITH CHECK (organization_id IS NOT DISTINCT FROM (SELECT app_organization_id()) AND actor = app_actor());
CREATE POLICY app_read ON audit FOR SELECT TO provdir_app
    USING (organization_id = (SELECT app_organization_id()) OR (SELECT app_role()) = 'platform_admin');

GRANT SELECT, INSERT ON audit TO provdir_app;
