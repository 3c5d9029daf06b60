CREATE TABLE invitation (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    email text NOT NULL CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(email) <= 254),
    role text NOT NULL CONSTRAINT invitation_role_check
        CHECK (role IN ('organization_admin', 'reviewer', 'practitioner', 'employer', 'member')),
    token_hash bytea NOT NULL CONSTRAINT invitation_hash_key UNIQUE CHECK (octet_length(token_hash) = 32),
    invited_by text NOT NULL DEFAULT app_actor(),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    revoked_at timestamptz,
    CHECK (accepted_at IS NULL OR revoked_at IS NULL)
);
CREATE UNIQUE INDEX invitation_open_key ON invitation (organization_id, lower(email))
    WHERE accepted_at IS NULL AND revoked_at IS NULL;
COMMENT ON TABLE invitation IS 'Somebody asked to join a tenant, by address. Whoever has the token and that address may.';
COMMENT ON COLUMN invitation.token_hash IS 'SHA-256 of 256 random bits; the token itself is shown once.';

ALTER TABLE invitation ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitation FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON invitation TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_all ON invitation TO provdir_app
    USING (organization_id = (SELECT app_organization_id())
        AND (SELECT app_role()) IN ('organization_admin', 'platform_admin'))
    WITH CHECK (organization_id = (SELECT app_organization_id())
        AND (SELECT app_role()) IN ('organization_admin', 'platform_admin'));
GRANT SELECT (id, organization_id, email, role, invited_by, created_at, expires_at, accepted_at, revoked_at)
    ON invitation TO provdir_app;
GRANT INSERT (id, organization_id, email, role, token_hash, created_at, expires_at) ON invitation TO provdir_app;
GRANT UPDATE (revoked_at) ON invitation TO provdir_app;

CREATE FUNCTION invitation_find(hash bytea, at timestamptz)
    RETURNS TABLE (organization_name text, email text, role text, has_account boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT o.name, i.email, i.role, EXISTS (SELECT 1 FROM app_user u WHERE lower(u.email) = lower(i.email))
        FROM invitation i JOIN organization o ON o.id = i.organization_id
        WHERE i.token_hash = hash AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > at
        AND o.is_active
    $$;
COMMENT ON FUNCTION invitation_find(bytea, timestamptz) IS 'What an invitation is for, asked by whoever has its token.';

CREATE FUNCTION invitation_accept(hash bytea, new_user uuid, called text, password text, at timestamptz)
    RETURNS TABLE (user_id uuid, organization_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
#variable_conflict use_column
DECLARE
    open invitation;
    person uuid;
BEGIN
    SELECT i.* INTO open FROM invitation i JOIN organization o ON o.id = i.organization_id
    WHERE i.token_hash = hash AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > at AND o.is_active
    FOR UPDATE OF i;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no open invitation' USING ERRCODE = 'no_data_found';
    END IF;
    SELECT u.id INTO person FROM app_user u WHERE lower(u.email) = lower(open.email);
    IF person IS NULL THEN
        IF password IS NULL THEN
            RAISE EXCEPTION 'a new account has a password' USING ERRCODE = 'insufficient_privilege';
        END IF;
        person := new_user;
        INSERT INTO app_user (id, email, name, password_hash, created_at)
        VALUES (person, open.email, called, password, at);
    ELSIF person IS DISTINCT FROM app_user_id() THEN
        RAISE EXCEPTION 'an account joins by itself' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE invitation i SET accepted_at = at WHERE i.id = open.id;
    INSERT INTO organization_member (organization_id, user_id, role, created_at)
    VALUES (open.organization_id, person, open.role, at)
    ON CONFLICT ON CONSTRAINT organization_member_pkey DO UPDATE SET role = excluded.role, is_active = true;
    RETURN QUERY SELECT person, open.organization_id;
END
$$;
COMMENT ON FUNCTION invitation_accept(bytea, uuid, text, text, timestamptz) IS
    'Joins a tenant: with a new account, or as the one of that address who is signed in.';
REVOKE ALL ON FUNCTION invitation_find, invitation_accept FROM PUBLIC;
GRANT EXECUTE ON FUNCTION invitation_find, invitation_accept TO provdir_app;
