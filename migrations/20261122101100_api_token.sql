CREATE TABLE api_token (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    name text NOT NULL CONSTRAINT api_token_name_key UNIQUE CHECK (name <> ''),
    token_hash bytea NOT NULL CONSTRAINT api_token_hash_key UNIQUE CHECK (octet_length(token_hash) = 32),
    role text NOT NULL CHECK (role IN ('platform_admin', 'import')),
    organization_id uuid REFERENCES organization (id),
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);
COMMENT ON TABLE api_token IS 'Tokens of machines and administrators. Reached through the functions below only.';
COMMENT ON COLUMN api_token.token_hash IS 'SHA-256 of the token (256 random bits, so no salt or stretching is needed). The token itself is shown once.';
COMMENT ON COLUMN api_token.organization_id IS 'The tenant it is bound to; null: none.';

ALTER TABLE api_token ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_token FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON api_token TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE FUNCTION api_token_issue(token_name text, hash bytea, granted text, organization uuid, at timestamptz,
        expires timestamptz) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    issued uuid;
BEGIN
    IF app_role() <> 'platform_admin' THEN
        RAISE EXCEPTION 'only a platform administrator issues tokens' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO api_token (name, token_hash, role, organization_id, created_at, created_by, expires_at)
    VALUES (token_name, hash, granted, organization, at, app_actor(), expires)
    RETURNING id INTO issued;
    RETURN issued;
END
$$;
CREATE FUNCTION api_token_find(hash bytea, at timestamptz)
    RETURNS TABLE (name text, role text, organization_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT t.name, t.role, t.organization_id FROM api_token t
        WHERE t.token_hash = hash AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > at)
    $$;
COMMENT ON FUNCTION api_token_find(bytea, timestamptz) IS 'Who a token is: asked before the tenant is known.';
CREATE FUNCTION api_token_revoke(token_name text, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF app_role() <> 'platform_admin' THEN
        RAISE EXCEPTION 'only a platform administrator revokes tokens' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE api_token t SET revoked_at = at WHERE t.name = token_name AND t.revoked_at IS NULL;
    RETURN FOUND;
END
$$;
REVOKE ALL ON FUNCTION api_token_issue, api_token_find, api_token_revoke FROM PUBLIC;
GRANT EXECUTE ON FUNCTION api_token_issue, api_token_find, api_token_revoke TO provdir_app;
