-- To check a password takes a while. A session begins only if it is still the one that was checked; the lock lets whoever sets another
-- one wait for the session, and end it with the others.

CREATE FUNCTION user_session_open_by_password(hash bytea, person uuid, seen text, at timestamptz, until timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM 1 FROM app_user u WHERE u.id = person AND u.is_active AND u.password_hash = seen FOR SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM user_session_open(hash, person, at, until);
    RETURN true;
END
$$;
COMMENT ON FUNCTION user_session_open_by_password(bytea, uuid, text, timestamptz, timestamptz) IS
    'Begins a session once a password has been checked against what was seen; false where that does not hold any more.';
REVOKE ALL ON FUNCTION user_session_open_by_password FROM PUBLIC;
GRANT EXECUTE ON FUNCTION user_session_open_by_password TO provdir_app;
