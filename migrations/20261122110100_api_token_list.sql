CREATE FUNCTION api_token_list()
    RETURNS TABLE (name text, role text, created_at timestamptz, created_by text, expires_at timestamptz, revoked_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF app_role() <> 'platform_admin' THEN
        RAISE EXCEPTION 'only a platform administrator lists tokens' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY SELECT t.name, t.role, t.created_at, t.created_by, t.expires_at, t.revoked_at
        FROM api_token t ORDER BY t.name;
END
$$;
COMMENT ON FUNCTION api_token_list() IS 'All tokens, without what would let anybody in.';
REVOKE ALL ON FUNCTION api_token_list FROM PUBLIC;
GRANT EXECUTE ON FUNCTION api_token_list TO provdir_app;
