-- An agency's outside providers come in as the role provider_user. The tenant's own tables are closed to that role as a
-- whole, those of today and those to come: for it there is no app_organization_id(). What it may see, it sees through
-- policies that name it.
CREATE OR REPLACE FUNCTION app_organization_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT CASE WHEN coalesce(current_setting('app.role', true), '') <> 'provider_user'
            THEN nullif(current_setting('app.organization_id', true), '')::uuid END
    $$;
COMMENT ON FUNCTION app_organization_id() IS
    'The tenant that the transaction acts for (SET LOCAL app.organization_id); null: none, which sees public rows only. Null for people of outside providers too: they see what policies of their own let through.';

CREATE FUNCTION app_portal_organization_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT CASE WHEN current_setting('app.role', true) = 'provider_user'
            THEN nullif(current_setting('app.organization_id', true), '')::uuid END
    $$;
COMMENT ON FUNCTION app_portal_organization_id() IS 'The agency whose portal the transaction stands in; null outside of portals.';

CREATE FUNCTION app_now() RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()) $$;
COMMENT ON FUNCTION app_now() IS
    'The moment that the transaction happens at (SET LOCAL app.now), which assignments and shares are held against; else now().';

CREATE FUNCTION app_is_agency() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT coalesce(current_setting('app.role', true), '') IN ('organization_admin', 'service')
            AND app_organization_id() IS NOT NULL
    $$;
COMMENT ON FUNCTION app_is_agency() IS 'Whether the actor is of the agency itself: its cases are for its own people and machines.';

-- What people of outside providers do is audited under the agency.
ALTER TABLE audit ALTER COLUMN organization_id SET DEFAULT coalesce(app_organization_id(), app_portal_organization_id());
CREATE POLICY portal_insert ON audit FOR INSERT TO provdir_app
    WITH CHECK (organization_id = (SELECT app_portal_organization_id()) AND actor = app_actor());
