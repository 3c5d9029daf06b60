-- Who belongs to several organisations signs in where they acted last: joining a second one does not leave the next session nowhere.

CREATE OR REPLACE FUNCTION user_session_open(hash bytea, person uuid, at timestamptz, until timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        DELETE FROM user_session s WHERE s.user_id = person AND s.expires_at < at - interval '30 days';
        INSERT INTO user_session (token_hash, user_id, organization_id, created_at, expires_at)
        VALUES (hash, person, (
            SELECT CASE WHEN count(*) = 1 THEN (array_agg(m.organization_id))[1]
                ELSE (
                    SELECT s.organization_id FROM user_session s
                    WHERE s.user_id = person AND s.organization_id = ANY (array_agg(m.organization_id))
                    ORDER BY s.created_at DESC LIMIT 1) END
            FROM organization_member m JOIN organization o ON o.id = m.organization_id
            WHERE m.user_id = person AND m.is_active AND o.is_active), at, until)
    $$;
COMMENT ON FUNCTION user_session_open(bytea, uuid, timestamptz, timestamptz) IS
    'Begins a session once the password has been checked, in the person''s organisation if there is only one, else in that of their last session.';
