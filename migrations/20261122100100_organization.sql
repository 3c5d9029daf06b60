CREATE TABLE organization (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    name text NOT NULL CHECK (name <> ''),
    slug text NOT NULL CONSTRAINT organization_slug_key UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    type text NOT NULL CHECK (type IN ('hospital', 'clinic', 'practice_group', 'payer', 'agency')),
    tier text NOT NULL DEFAULT 'basic' CHECK (tier IN ('basic', 'professional', 'enterprise')),
    is_active boolean NOT NULL DEFAULT true,
    config jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(config) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE organization IS
    'A tenant. Its name and slug are public (they label networks and plans); its own settings are its members''.';
COMMENT ON COLUMN organization.slug IS 'The tenant''s word in addresses.';
COMMENT ON COLUMN organization.tier IS 'The subscription.';
COMMENT ON COLUMN organization.config IS 'Settings of the tenant by section.';

ALTER TABLE organization ENABLE ROW LEVEL SECURITY;
ALTER TABLE organization FORCE ROW LEVEL SECURITY;
-- The owner serves nobody; its policy lets SECURITY DEFINER functions work where the owner is no superuser.
CREATE POLICY owner_all ON organization TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY feed_read ON organization FOR SELECT TO provdir_feed USING (true);
CREATE POLICY app_read ON organization FOR SELECT TO provdir_app
    USING (id = (SELECT app_organization_id()) OR (SELECT app_is_platform()));
CREATE POLICY app_insert ON organization FOR INSERT TO provdir_app
    WITH CHECK ((SELECT app_role()) = 'platform_admin');
CREATE POLICY app_update ON organization FOR UPDATE TO provdir_app
    USING ((SELECT app_role()) = 'platform_admin') WITH CHECK ((SELECT app_role()) = 'platform_admin');

GRANT SELECT, INSERT, UPDATE ON organization TO provdir_app;
GRANT SELECT (id, name, slug, type, is_active) ON organization TO provdir_feed;
