-- Whom an agency works with: outside providers, their people and machines, and the tokens these come in with.

CREATE TABLE agency_provider (
    organization_id uuid NOT NULL REFERENCES organization (id),
    provider_id uuid NOT NULL CONSTRAINT agency_provider_provider_id_fkey REFERENCES provider (id),
    type text NOT NULL CONSTRAINT agency_provider_type_check CHECK (type ~ '^[a-z][a-z0-9_]{0,62}$'),
    is_active boolean NOT NULL DEFAULT true,
    added_at timestamptz NOT NULL DEFAULT app_now(),
    added_by text NOT NULL DEFAULT app_actor(),
    CONSTRAINT agency_provider_pkey PRIMARY KEY (organization_id, provider_id)
);
COMMENT ON TABLE agency_provider IS
    'An outside provider that an agency works with, public or its own. The first of the three that a provider needs to see a case.';
COMMENT ON COLUMN agency_provider.type IS
    'What it is to the agency: ivf_clinic, attorney, escrow_agency, genetic_counselor, psychologist, or a word of its own.';
COMMENT ON COLUMN agency_provider.is_active IS 'Whether the agency still works with it; if not, its people see nothing.';

CREATE TABLE clinic_portal (
    subdomain text NOT NULL CONSTRAINT clinic_portal_pkey PRIMARY KEY
        CONSTRAINT clinic_portal_subdomain_check CHECK (subdomain ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    organization_id uuid NOT NULL,
    provider_id uuid NOT NULL,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    theme text NOT NULL DEFAULT 'plain'
        CONSTRAINT clinic_portal_theme_check CHECK (theme IN ('plain', 'teal', 'plum', 'amber')),
    welcome text NOT NULL DEFAULT '' CHECK (length(welcome) <= 1000),
    CONSTRAINT clinic_portal_provider_key UNIQUE (organization_id, provider_id),
    CONSTRAINT clinic_portal_provider_fkey FOREIGN KEY (organization_id, provider_id)
        REFERENCES agency_provider (organization_id, provider_id)
);
COMMENT ON TABLE clinic_portal IS 'Subdomains under which a clinic finds the portal in its own clothes. Others get the plain one.';
COMMENT ON COLUMN clinic_portal.theme IS 'One of the looks that the portal''s style sheet knows.';
COMMENT ON COLUMN clinic_portal.welcome IS 'Shown on the sign-in page; plain text.';

CREATE TABLE provider_user (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL,
    provider_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT provider_user_kind_check CHECK (kind IN ('person', 'machine')),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    email text CONSTRAINT provider_user_email_check CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(email) <= 254),
    status text NOT NULL DEFAULT 'invited'
        CONSTRAINT provider_user_status_check CHECK (status IN ('invited', 'active', 'deactivated')),
    invited_at timestamptz NOT NULL DEFAULT app_now(),
    invited_by text NOT NULL DEFAULT app_actor(),
    activated_at timestamptz,
    deactivated_at timestamptz,
    CONSTRAINT provider_user_organization_key UNIQUE (organization_id, id),
    CONSTRAINT provider_user_provider_fkey FOREIGN KEY (organization_id, provider_id)
        REFERENCES agency_provider (organization_id, provider_id),
    CONSTRAINT provider_user_person_check CHECK (kind = 'machine' OR email IS NOT NULL)
);
CREATE UNIQUE INDEX provider_user_email_key ON provider_user (organization_id, provider_id, lower(email));
COMMENT ON TABLE provider_user IS
    'A person at an outside provider who signs in to the agency''s portal, or a machine of it that comes through the external API. The second of the three.';
COMMENT ON COLUMN provider_user.status IS 'invited (has never signed in), active, deactivated (tokens are dead while it lasts).';

CREATE TABLE provider_token (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL,
    provider_user_id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    prefix text NOT NULL CONSTRAINT provider_token_prefix_key UNIQUE CHECK (prefix ~ '^[0-9a-f]{12}$'),
    token_hash bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
    created_at timestamptz NOT NULL DEFAULT app_now(),
    created_by text NOT NULL DEFAULT app_actor(),
    expires_at timestamptz,
    revoked_at timestamptz,
    revoked_by text,
    replaces uuid REFERENCES provider_token (id),
    CONSTRAINT provider_token_user_fkey FOREIGN KEY (organization_id, provider_user_id)
        REFERENCES provider_user (organization_id, id)
);
CREATE INDEX provider_token_user_idx ON provider_token (provider_user_id);
COMMENT ON TABLE provider_token IS 'What provider users come in with. Shown once, looked up by its prefix, kept as a digest.';
COMMENT ON COLUMN provider_token.prefix IS 'The part of the token that is no secret: tells tokens apart in lists and logs.';
COMMENT ON COLUMN provider_token.token_hash IS 'SHA-256 of the whole token (256 random bits, so no salt or stretching is needed).';
COMMENT ON COLUMN provider_token.scopes IS 'portal, external:read, external:acknowledge.';
COMMENT ON COLUMN provider_token.replaces IS 'The token that was rotated into this one.';

CREATE TABLE provider_session (
    session_hash bytea PRIMARY KEY CHECK (octet_length(session_hash) = 32),
    token_id uuid NOT NULL REFERENCES provider_token (id),
    organization_id uuid NOT NULL REFERENCES organization (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX provider_session_token_idx ON provider_session (token_id);
COMMENT ON TABLE provider_session IS
    'A provider user signed in to the portal''s pages. Good only as long as the token that opened it. Reached through functions only.';
COMMENT ON COLUMN provider_session.session_hash IS 'SHA-256 of the cookie''s 256 random bits.';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['agency_provider', 'clinic_portal', 'provider_user', 'provider_token', 'provider_session'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        CONTINUE WHEN name = 'provider_session';
        EXECUTE format($p$CREATE POLICY app_agency ON %I TO provdir_app
            USING (organization_id = (SELECT app_organization_id()) AND (SELECT app_is_agency()))
            WITH CHECK (organization_id = (SELECT app_organization_id()) AND (SELECT app_is_agency()))$p$, name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO provdir_app', name);
    END LOOP;
END
$$;
GRANT UPDATE (type, is_active) ON agency_provider TO provdir_app;
GRANT UPDATE (provider_id, title, theme, welcome), DELETE ON clinic_portal TO provdir_app;
GRANT UPDATE (name, email, status, activated_at, deactivated_at) ON provider_user TO provdir_app;
GRANT UPDATE (revoked_at, revoked_by) ON provider_token TO provdir_app;

-- Before anybody is known. A token or session is good while everything behind it is: the user, its provider, the agency.

CREATE FUNCTION provider_token_standing(token uuid, at timestamptz)
    RETURNS TABLE (organization_id uuid, provider_id uuid, provider_user_id uuid, kind text, user_name text,
        status text, scopes text[], expires_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT u.organization_id, u.provider_id, u.id, u.kind, u.name, u.status, t.scopes, t.expires_at
        FROM provider_token t
        JOIN provider_user u ON u.id = t.provider_user_id
        JOIN agency_provider a ON a.organization_id = u.organization_id AND a.provider_id = u.provider_id
        JOIN organization o ON o.id = u.organization_id
        WHERE t.id = token AND (t.revoked_at IS NULL OR t.revoked_at > at) AND (t.expires_at IS NULL OR t.expires_at > at)
        AND u.status <> 'deactivated' AND a.is_active AND o.is_active
    $$;
COMMENT ON FUNCTION provider_token_standing(uuid, timestamptz) IS 'Who a token is at a moment; no row: nobody any more.';

CREATE FUNCTION provider_token_find(given_prefix text) RETURNS TABLE (id uuid, token_hash bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT t.id, t.token_hash FROM provider_token t WHERE t.prefix = given_prefix $$;
COMMENT ON FUNCTION provider_token_find(text) IS 'The digest to compare with, by the part of the token that is no secret.';

CREATE FUNCTION provider_user_accept(token uuid, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    UPDATE provider_user u SET status = 'active', activated_at = at
    FROM provider_token_standing(token, at) s
    WHERE u.id = s.provider_user_id AND u.status = 'invited';
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION provider_user_accept(uuid, timestamptz) IS 'An invited user has signed in: active from now on.';

CREATE FUNCTION provider_session_open(hash bytea, token uuid, at timestamptz, until timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        DELETE FROM provider_session s WHERE s.token_id = token AND s.expires_at < at;
        INSERT INTO provider_session (session_hash, token_id, organization_id, created_at, expires_at)
        SELECT hash, token, s.organization_id, at, until FROM provider_token_standing(token, at) s
    $$;
CREATE FUNCTION provider_session_find(hash bytea, at timestamptz) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT s.token_id FROM provider_session s
        WHERE s.session_hash = hash AND s.ended_at IS NULL AND s.expires_at > at
    $$;
CREATE FUNCTION provider_session_end(hash bytea, at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$ UPDATE provider_session s SET ended_at = at WHERE s.session_hash = hash AND s.ended_at IS NULL $$;

CREATE FUNCTION clinic_portal_find(given text)
    RETURNS TABLE (organization_id uuid, provider_id uuid, title text, theme text, welcome text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT c.organization_id, c.provider_id, c.title, c.theme, c.welcome FROM clinic_portal c
        JOIN agency_provider a ON a.organization_id = c.organization_id AND a.provider_id = c.provider_id AND a.is_active
        WHERE c.subdomain = given
    $$;
COMMENT ON FUNCTION clinic_portal_find(text) IS 'The clothes of the portal under a subdomain, before anybody has signed in.';

REVOKE ALL ON FUNCTION provider_token_standing, provider_token_find, provider_user_accept, provider_session_open,
    provider_session_find, provider_session_end, clinic_portal_find FROM PUBLIC;
GRANT EXECUTE ON FUNCTION provider_token_standing, provider_token_find, provider_user_accept, provider_session_open,
    provider_session_find, provider_session_end, clinic_portal_find TO provdir_app;
