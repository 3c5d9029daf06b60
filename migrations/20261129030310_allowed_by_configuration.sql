-- What a tenant's configuration gives a role holds in the database, too: its policies ask the role, and from now on the
-- configuration beside it. Which act needs which permission is for the program to say; here it opens the tenant's own rows.

CREATE FUNCTION app_is_allowed(VARIADIC permissions text[]) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT coalesce((
            SELECT o.tier IN ('professional', 'enterprise') AND EXISTS (
                SELECT 1 FROM unnest(permissions) permission
                WHERE c.document #> ARRAY['acl', 'roles', app_role(), 'allow'] ? permission
                AND (c.document #> ARRAY['acl', 'roles', app_role(), 'deny'] ? permission) IS NOT TRUE)
            FROM organization_config c JOIN organization o ON o.id = c.organization_id
            WHERE c.organization_id = app_organization_id()
            ORDER BY c.version DESC LIMIT 1), false)
    $$;
COMMENT ON FUNCTION app_is_allowed(text[]) IS
    'Whether the tenant''s configuration gives one of these permissions to the role of the actor, and takes it by no other rule.';
REVOKE ALL ON FUNCTION app_is_allowed FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app_is_allowed TO provdir_app, provdir_feed;

CREATE OR REPLACE FUNCTION app_is_agency() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT app_organization_id() IS NOT NULL
            AND (coalesce(current_setting('app.role', true), '') IN ('organization_admin', 'service')
                OR app_is_allowed('cases:read', 'cases:write', 'shares:write', 'provider_users:write'))
    $$;
COMMENT ON FUNCTION app_is_agency() IS
    'Whether the actor is of the agency itself, by role or by its configuration: its cases are for its own people and machines.';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['clinic_contact', 'clinic_document'] LOOP
        EXECUTE format($p$ALTER POLICY app_agency ON %I
            USING (organization_id = (SELECT app_organization_id())
                AND ((SELECT app_is_agency()) OR clinic_id IS NOT NULL AND (SELECT app_is_allowed('clinics:write'))))
            WITH CHECK (organization_id = (SELECT app_organization_id())
                AND ((SELECT app_is_agency()) OR clinic_id IS NOT NULL AND (SELECT app_is_allowed('clinics:write'))))$p$, name);
    END LOOP;
END
$$;

-- Whoever may review by configuration reads what the role reviewer reads, and decides with the authority of the organisation.
ALTER POLICY app_read ON exclusion
    USING ((SELECT app_role()) IN ('reviewer', 'organization_admin')
        OR (SELECT app_is_allowed('credentialing:read', 'credentialing:review')));
ALTER POLICY app_read ON exclusion_finding
    USING (((SELECT app_role()) IN ('reviewer', 'organization_admin')
            OR (SELECT app_is_allowed('credentialing:read', 'credentialing:review')))
        AND EXISTS (SELECT 1 FROM provider p WHERE p.id = provider_id));

CREATE OR REPLACE FUNCTION app_may_decide(provider uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT EXISTS (SELECT 1 FROM provider p WHERE p.id = $1 AND p.merged_into IS NULL
            AND (p.owner_organization_id IS NULL AND (app_is_platform() OR app_reviews_platform()
                    OR EXISTS (SELECT 1 FROM credentialing_authority a WHERE a.organization_id = app_organization_id())
                        AND (app_role() IN ('reviewer', 'organization_admin') OR app_is_allowed('credentialing:review')))
                OR p.owner_organization_id = app_organization_id()))
    $$;
