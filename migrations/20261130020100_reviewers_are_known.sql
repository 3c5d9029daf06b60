-- Work is given to somebody who can do it: reviewers are people and programs that may review the request in question.

CREATE FUNCTION credentialing_reviewer_is_known(reviewer text, roles text[]) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT reviewer = app_actor() OR EXISTS (
            SELECT 1 FROM app_user u
            WHERE 'user:' || u.id = reviewer AND u.is_active
            AND (EXISTS (
                    SELECT 1 FROM organization_member m
                    WHERE m.user_id = u.id AND m.organization_id = app_organization_id() AND m.is_active
                    AND m.role = ANY (roles))
                OR (app_role() = 'platform_admin' OR app_organization_id() IS NULL)
                    AND u.platform_role IN ('reviewer', 'platform_admin')))
        OR EXISTS (
            SELECT 1 FROM api_token t
            WHERE 'token:' || t.name = reviewer AND t.revoked_at IS NULL
            AND (t.expires_at IS NULL OR t.expires_at > app_now())
            AND (t.role = ANY (roles) OR t.role = 'service' AND 'credentialing:review' = ANY (t.scopes))
            AND (t.organization_id = app_organization_id()
                OR t.organization_id IS NULL AND (app_role() = 'platform_admin' OR app_organization_id() IS NULL)))
    $$;
COMMENT ON FUNCTION credentialing_reviewer_is_known(text, text[]) IS
    'Whether somebody of this name may review in the tenant of the transaction, by one of these roles: of its own, or, where the platform asks, of the platform.';
REVOKE ALL ON FUNCTION credentialing_reviewer_is_known(text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION credentialing_reviewer_is_known(text, text[]) TO provdir_app;
