-- A transaction also says which person acts, and a machine's token what it is limited to.

CREATE FUNCTION app_user_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('app.user_id', true), '')::uuid $$;
COMMENT ON FUNCTION app_user_id() IS 'The person who acts, if it is one with an account (SET LOCAL app.user_id).';

CREATE FUNCTION app_provider_user_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('app.provider_user_id', true), '')::uuid $$;
COMMENT ON FUNCTION app_provider_user_id() IS
    'The person at an outside provider who acts in an agency''s portal (SET LOCAL app.provider_user_id).';

COMMENT ON FUNCTION app_role() IS
    'What the actor may do in principle (SET LOCAL app.role): anonymous, member, employer, practitioner, reviewer, organization_admin, provider_user, service, platform_admin, import.';

ALTER TABLE api_token DROP CONSTRAINT api_token_role_check;
ALTER TABLE api_token ADD CONSTRAINT api_token_role_check CHECK (
    role IN ('platform_admin', 'import')
    OR role = 'service'
    OR organization_id IS NOT NULL AND role IN ('member', 'employer', 'practitioner', 'reviewer', 'organization_admin'));
COMMENT ON CONSTRAINT api_token_role_check ON api_token IS
    'Tokens act for the platform or within one tenant; a machine may do either; people of outside providers have tokens of their own kind.';
ALTER TABLE api_token ADD COLUMN scopes text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN api_token.scopes IS 'What a service is limited to, as noun:verb; other roles need none.';

DROP FUNCTION api_token_issue(text, bytea, text, uuid, timestamptz, timestamptz);
CREATE FUNCTION api_token_issue(token_name text, hash bytea, granted text, organization uuid, at timestamptz,
        expires timestamptz, limited_to text[]) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    issued uuid;
BEGIN
    IF app_role() <> 'platform_admin' THEN
        RAISE EXCEPTION 'only a platform administrator issues tokens' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO api_token (name, token_hash, role, organization_id, created_at, created_by, expires_at, scopes)
    VALUES (token_name, hash, granted, organization, at, app_actor(), expires, limited_to)
    RETURNING id INTO issued;
    RETURN issued;
END
$$;
DROP FUNCTION api_token_find(bytea, timestamptz);
CREATE FUNCTION api_token_find(hash bytea, at timestamptz)
    RETURNS TABLE (name text, role text, organization_id uuid, scopes text[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT t.name, t.role, t.organization_id, t.scopes FROM api_token t
        WHERE t.token_hash = hash AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > at)
    $$;
COMMENT ON FUNCTION api_token_find(bytea, timestamptz) IS 'Who a token is: asked before the tenant is known.';
REVOKE ALL ON FUNCTION api_token_issue, api_token_find FROM PUBLIC;
GRANT EXECUTE ON FUNCTION api_token_issue, api_token_find TO provdir_app;
