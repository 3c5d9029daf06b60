-- People who sign in, and what they are in which organisation.

CREATE TABLE app_user (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    email text NOT NULL CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(email) <= 254),
    name text NOT NULL CHECK (name <> '' AND length(name) <= 200),
    password_hash text CHECK (password_hash LIKE '$argon2id$%'),
    platform_role text CONSTRAINT app_user_platform_role_check CHECK (platform_role IN ('platform_admin', 'reviewer')),
    issuer text,
    subject text,
    is_active boolean NOT NULL DEFAULT true,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    CHECK ((issuer IS NULL) = (subject IS NULL))
);
CREATE UNIQUE INDEX app_user_email_key ON app_user (lower(email));
CREATE UNIQUE INDEX app_user_subject_key ON app_user (issuer, subject);
COMMENT ON TABLE app_user IS 'A person with an account. Belongs to no tenant: memberships say where they act, and as what.';
COMMENT ON COLUMN app_user.password_hash IS
    'Argon2id, in PHC form; null: signs in elsewhere (OIDC). Read by app_user_for_sign_in only.';
COMMENT ON COLUMN app_user.platform_role IS 'What they may do without an organisation; null: what everybody may.';
COMMENT ON COLUMN app_user.issuer IS 'Who vouches for them (OIDC iss), bound at their first sign-in.';
COMMENT ON COLUMN app_user.subject IS 'As whom (OIDC sub).';

CREATE TABLE organization_member (
    organization_id uuid NOT NULL
        CONSTRAINT organization_member_organization_id_fkey REFERENCES organization (id) ON DELETE CASCADE,
    user_id uuid NOT NULL CONSTRAINT organization_member_user_id_fkey REFERENCES app_user (id),
    role text NOT NULL CONSTRAINT organization_member_role_check
        CHECK (role IN ('organization_admin', 'reviewer', 'practitioner', 'employer', 'member')),
    is_active boolean NOT NULL DEFAULT true,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    CONSTRAINT organization_member_pkey PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX organization_member_user_idx ON organization_member (user_id);
COMMENT ON TABLE organization_member IS 'A person in a tenant, with a role there. The same person may be another in another tenant.';
COMMENT ON COLUMN organization_member.is_active IS 'Revoked memberships stay, for what the person did.';

CREATE TABLE user_session (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    user_id uuid NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    organization_id uuid REFERENCES organization (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX user_session_user_idx ON user_session (user_id);
COMMENT ON TABLE user_session IS 'A person signed in, by bearer token or cookie. Reached through functions only.';
COMMENT ON COLUMN user_session.token_hash IS 'SHA-256 of 256 random bits; the token itself is shown once.';
COMMENT ON COLUMN user_session.organization_id IS 'Where they act when a request names no organisation.';

-- An organisation with an administrator never loses the last one; one that is deleted takes all along.
CREATE FUNCTION organization_member_guard() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.version := OLD.version + 1;
    END IF;
    IF OLD.role = 'organization_admin' AND OLD.is_active
        AND (TG_OP = 'DELETE' OR NOT NEW.is_active OR NEW.role <> 'organization_admin') THEN
        -- The lock lets two administrators who remove each other do so one after the other.
        PERFORM 1 FROM organization o WHERE o.id = OLD.organization_id FOR UPDATE;
        IF FOUND AND NOT EXISTS (
            SELECT 1 FROM organization_member m
            WHERE m.organization_id = OLD.organization_id AND m.user_id <> OLD.user_id
            AND m.role = 'organization_admin' AND m.is_active) THEN
            RAISE EXCEPTION 'the last administrator stays'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_last_admin';
        END IF;
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;
CREATE TRIGGER organization_member_guard BEFORE UPDATE OR DELETE ON organization_member
    FOR EACH ROW EXECUTE FUNCTION organization_member_guard();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['app_user', 'organization_member', 'user_session'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END
$$;

CREATE POLICY app_read ON organization_member FOR SELECT TO provdir_app
    USING (organization_id = (SELECT app_organization_id()) OR user_id = (SELECT app_user_id())
        OR (SELECT app_role()) = 'platform_admin');
CREATE POLICY app_write ON organization_member TO provdir_app
    USING (organization_id = (SELECT app_organization_id()) AND (SELECT app_role()) = 'organization_admin'
        OR (SELECT app_role()) = 'platform_admin')
    WITH CHECK (organization_id = (SELECT app_organization_id()) AND (SELECT app_role()) = 'organization_admin'
        OR (SELECT app_role()) = 'platform_admin');
GRANT SELECT, INSERT ON organization_member TO provdir_app;
GRANT UPDATE (role, is_active) ON organization_member TO provdir_app;

CREATE POLICY app_read ON app_user FOR SELECT TO provdir_app
    USING (id = (SELECT app_user_id()) OR (SELECT app_role()) = 'platform_admin'
        OR id IN (SELECT m.user_id FROM organization_member m WHERE m.organization_id = (SELECT app_organization_id())));
CREATE POLICY app_rename ON app_user FOR UPDATE TO provdir_app
    USING (id = (SELECT app_user_id())) WITH CHECK (id = (SELECT app_user_id()));
GRANT SELECT (id, email, name, platform_role, is_active, version, created_at) ON app_user TO provdir_app;
GRANT UPDATE (name) ON app_user TO provdir_app;

-- A person sees the organisations that they belong to, also before they choose one.
CREATE POLICY app_read_own ON organization FOR SELECT TO provdir_app
    USING (id IN (SELECT m.organization_id FROM organization_member m
        WHERE m.user_id = (SELECT app_user_id()) AND m.is_active));

-- Accounts are made and closed through these doors, which ask who comes.

CREATE FUNCTION app_user_create(user_id uuid, address text, called text, hash text, granted text, at timestamptz)
    RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF app_role() <> 'platform_admin' THEN
        RAISE EXCEPTION 'only a platform administrator creates accounts' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO app_user (id, email, name, password_hash, platform_role, created_at)
    VALUES (user_id, address, called, hash, granted, at);
END
$$;
CREATE FUNCTION app_user_enable(person uuid, enabled boolean, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF app_role() <> 'platform_admin' THEN
        RAISE EXCEPTION 'only a platform administrator closes accounts' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE app_user u SET is_active = enabled, version = u.version + 1 WHERE u.id = person;
    IF FOUND AND NOT enabled THEN
        UPDATE user_session s SET revoked_at = at WHERE s.user_id = person AND s.revoked_at IS NULL;
        RETURN true;
    END IF;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION app_user_enable(uuid, boolean, timestamptz) IS 'Opens or closes an account; closing ends its sessions.';
CREATE FUNCTION app_user_set_password(person uuid, hash text, keep bytea, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF app_role() <> 'platform_admin' AND person IS DISTINCT FROM app_user_id() THEN
        RAISE EXCEPTION 'a password is its owner''s' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE app_user u SET password_hash = hash, version = u.version + 1 WHERE u.id = person;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE user_session s SET revoked_at = at
    WHERE s.user_id = person AND s.revoked_at IS NULL AND s.token_hash IS DISTINCT FROM keep;
    RETURN true;
END
$$;
COMMENT ON FUNCTION app_user_set_password(uuid, text, bytea, timestamptz) IS
    'Sets a password and ends all sessions of its owner, except the one that asks.';

-- Before anybody is known.

CREATE FUNCTION app_user_for_sign_in(address text) RETURNS TABLE (id uuid, password_hash text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT u.id, u.password_hash FROM app_user u WHERE lower(u.email) = lower(address) AND u.is_active $$;
COMMENT ON FUNCTION app_user_for_sign_in(text) IS 'The account and its password''s hash, to be checked; not the closed ones.';
CREATE FUNCTION app_user_for_subject(vouching text, vouched text, address text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    found uuid;
BEGIN
    SELECT u.id INTO found FROM app_user u WHERE u.issuer = vouching AND u.subject = vouched AND u.is_active;
    IF found IS NULL AND address IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM app_user u WHERE u.issuer = vouching AND u.subject = vouched) THEN
        UPDATE app_user u SET issuer = vouching, subject = vouched
        WHERE lower(u.email) = lower(address) AND u.subject IS NULL AND u.is_active
        RETURNING u.id INTO found;
    END IF;
    RETURN found;
END
$$;
COMMENT ON FUNCTION app_user_for_subject(text, text, text) IS
    'The account that an issuer vouches for. The first time it is found by its verified address and bound to the subject.';

CREATE FUNCTION user_session_open(hash bytea, person uuid, at timestamptz, until timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        DELETE FROM user_session s WHERE s.user_id = person AND s.expires_at < at - interval '30 days';
        INSERT INTO user_session (token_hash, user_id, organization_id, created_at, expires_at)
        VALUES (hash, person, (
            SELECT CASE WHEN count(*) = 1 THEN (array_agg(m.organization_id))[1] END
            FROM organization_member m JOIN organization o ON o.id = m.organization_id
            WHERE m.user_id = person AND m.is_active AND o.is_active), at, until)
    $$;
COMMENT ON FUNCTION user_session_open(bytea, uuid, timestamptz, timestamptz) IS
    'Begins a session once the password has been checked, in the person''s organisation if there is only one.';
CREATE FUNCTION user_session_close(hash bytea, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    UPDATE user_session s SET revoked_at = at WHERE s.token_hash = hash AND s.revoked_at IS NULL;
    RETURN FOUND;
END
$$;
CREATE FUNCTION user_session_enter(hash bytea, wanted uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    UPDATE user_session s SET organization_id = wanted
    WHERE s.token_hash = hash AND EXISTS (
        SELECT 1 FROM organization_member m
        WHERE m.user_id = s.user_id AND m.organization_id = wanted AND m.is_active);
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION user_session_enter(bytea, uuid) IS 'Where a session acts from now on; false where the person is no member.';

-- Who is asking and for which tenant, in one look-up.

CREATE TYPE standing AS (
    name text,
    role text,
    user_id uuid,
    scopes text[],
    organization_id uuid,
    organization_name text,
    organization_type text,
    tier text,
    admitted boolean,
    organization_active boolean
);
COMMENT ON TYPE standing IS
    'What somebody is in the organisation that a request is for. admitted: whether they belong there; role: there, or on the platform.';

CREATE FUNCTION standing_of_user(person uuid, wanted uuid) RETURNS SETOF standing
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT 'user:' || u.id, coalesce(m.role, u.platform_role, 'member'), u.id, '{}'::text[],
            o.id, o.name, o.type, o.tier,
            wanted IS NULL OR m.user_id IS NOT NULL OR u.platform_role = 'platform_admin' AND o.id IS NOT NULL,
            coalesce(o.is_active, true)
        FROM app_user u
        LEFT JOIN organization o ON o.id = wanted
        LEFT JOIN organization_member m ON m.organization_id = wanted AND m.user_id = u.id AND m.is_active
        WHERE u.id = person AND u.is_active
    $$;
CREATE FUNCTION standing_of_session(hash bytea, wanted uuid, at timestamptz) RETURNS SETOF standing
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT t.* FROM user_session s
        LEFT JOIN organization_member m
            ON m.organization_id = s.organization_id AND m.user_id = s.user_id AND m.is_active
        CROSS JOIN LATERAL standing_of_user(s.user_id, coalesce(wanted, m.organization_id)) t
        WHERE s.token_hash = hash AND s.revoked_at IS NULL AND s.expires_at > at
    $$;
COMMENT ON FUNCTION standing_of_session(bytea, uuid, timestamptz) IS
    'Without a wanted organisation: in the one that the session is in, while the person belongs to it.';
CREATE FUNCTION standing_of_token(hash bytea, wanted uuid, at timestamptz) RETURNS SETOF standing
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT 'token:' || t.name, t.role, NULL::uuid, t.scopes, o.id, o.name, o.type, o.tier,
            wanted IS NULL OR wanted = t.organization_id OR t.role = 'platform_admin' AND o.id IS NOT NULL,
            coalesce(o.is_active, true)
        FROM api_token t
        LEFT JOIN organization o ON o.id = coalesce(wanted, t.organization_id)
        WHERE t.token_hash = hash AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > at)
    $$;

DO $$
DECLARE
    signature text;
BEGIN
    FOREACH signature IN ARRAY ARRAY[
        'app_user_create(uuid, text, text, text, text, timestamptz)', 'app_user_enable(uuid, boolean, timestamptz)',
        'app_user_set_password(uuid, text, bytea, timestamptz)', 'app_user_for_sign_in(text)',
        'app_user_for_subject(text, text, text)', 'user_session_open(bytea, uuid, timestamptz, timestamptz)',
        'user_session_close(bytea, timestamptz)', 'user_session_enter(bytea, uuid)', 'standing_of_user(uuid, uuid)',
        'standing_of_session(bytea, uuid, timestamptz)', 'standing_of_token(bytea, uuid, timestamptz)'] LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', signature);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO provdir_app', signature);
    END LOOP;
END
$$;
