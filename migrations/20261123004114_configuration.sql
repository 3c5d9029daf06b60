-- What tenants configure for themselves: every version is kept, the last one holds.

CREATE TABLE organization_config (
    organization_id uuid NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    version bigint NOT NULL CHECK (version > 0),
    document jsonb NOT NULL CHECK (jsonb_typeof(document) = 'object'),
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL DEFAULT app_actor(),
    restored_from bigint,
    CONSTRAINT organization_config_pkey PRIMARY KEY (organization_id, version)
);
COMMENT ON TABLE organization_config IS 'Settings of a tenant, all versions. Append only for those who serve.';
COMMENT ON COLUMN organization_config.document IS
    'What differs from the defaults, by section. What it means is told by the program, which checks it before it is written.';
COMMENT ON COLUMN organization_config.restored_from IS 'The version that a rollback took the document of.';

ALTER TABLE organization_config ENABLE ROW LEVEL SECURITY;
ALTER TABLE organization_config FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON organization_config TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_read ON organization_config FOR SELECT TO provdir_app
    USING (organization_id = (SELECT app_organization_id()));
CREATE POLICY app_insert ON organization_config FOR INSERT TO provdir_app
    WITH CHECK (organization_id = (SELECT app_organization_id())
        AND (SELECT app_role()) IN ('organization_admin', 'platform_admin'));
GRANT SELECT ON organization_config TO provdir_app;
GRANT INSERT (organization_id, version, document, changed_at, restored_from) ON organization_config TO provdir_app;

CREATE FUNCTION organization_config_tells() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM pg_notify('configuration', NEW.organization_id::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER organization_config_tells AFTER INSERT ON organization_config
    FOR EACH ROW EXECUTE FUNCTION organization_config_tells();
COMMENT ON FUNCTION organization_config_tells() IS 'Wakes all nodes that remember what the tenant configured before.';

-- Permissions follow from what is configured, so whoever asks who somebody is gets it along.
ALTER TYPE standing ADD ATTRIBUTE settings jsonb;

CREATE FUNCTION organization_settings(organization uuid) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT jsonb_strip_nulls(jsonb_build_object('acl', c.document -> 'acl', 'features', c.document -> 'features'))
        FROM organization_config c WHERE c.organization_id = organization
        ORDER BY c.version DESC LIMIT 1
    $$;
COMMENT ON FUNCTION organization_settings(uuid) IS 'The sections of a tenant''s settings that permissions depend on.';
REVOKE ALL ON FUNCTION organization_settings FROM PUBLIC;

CREATE OR REPLACE FUNCTION standing_of_user(person uuid, wanted uuid) RETURNS SETOF standing
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT 'user:' || u.id, coalesce(m.role, u.platform_role, 'member'), u.id, '{}'::text[],
            o.id, o.name, o.type, o.tier,
            coalesce(wanted IS NULL OR m.user_id IS NOT NULL OR u.platform_role = 'platform_admin' AND o.id IS NOT NULL, false),
            coalesce(o.is_active, true), organization_settings(o.id)
        FROM app_user u
        LEFT JOIN organization o ON o.id = wanted
        LEFT JOIN organization_member m ON m.organization_id = wanted AND m.user_id = u.id AND m.is_active
        WHERE u.id = person AND u.is_active
    $$;
CREATE OR REPLACE FUNCTION standing_of_token(hash bytea, wanted uuid, at timestamptz) RETURNS SETOF standing
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT 'token:' || t.name, t.role, NULL::uuid, t.scopes, o.id, o.name, o.type, o.tier,
            coalesce(wanted IS NULL OR wanted = t.organization_id OR t.role = 'platform_admin' AND o.id IS NOT NULL, false),
            coalesce(o.is_active, true), organization_settings(o.id)
        FROM api_token t
        LEFT JOIN organization o ON o.id = coalesce(wanted, t.organization_id)
        WHERE t.token_hash = hash AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > at)
    $$;
