-- What an administrator decides of a member is stronger than an invitation that was written before: a revocation or another role
-- withdraws the open ones of that person, in the same transaction, and no invitation from before a revocation lets anybody in.

ALTER TABLE organization_member ADD COLUMN revoked_at timestamptz;
COMMENT ON COLUMN organization_member.revoked_at IS
    'When the membership was revoked last, since this is kept. An invitation from before it is void, whatever address it went to.';

CREATE FUNCTION organization_member_decided() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF OLD.is_active AND NOT NEW.is_active THEN
        NEW.revoked_at := app_now();
    END IF;
    UPDATE invitation i SET revoked_at = app_now()
    FROM app_user u
    WHERE u.id = NEW.user_id AND i.organization_id = NEW.organization_id AND lower(i.email) = lower(u.email)
        AND i.accepted_at IS NULL AND i.revoked_at IS NULL;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION organization_member_decided() IS
    'Withdraws the open invitations of a member who is revoked or becomes something else.';
CREATE TRIGGER organization_member_decided BEFORE UPDATE ON organization_member
    FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active OR OLD.role <> NEW.role)
    EXECUTE FUNCTION organization_member_decided();

-- Of memberships that were revoked before this it is not known when: their open invitations may be older.
UPDATE invitation i SET revoked_at = now()
FROM organization_member m JOIN app_user u ON u.id = m.user_id
WHERE NOT m.is_active AND i.organization_id = m.organization_id AND lower(i.email) = lower(u.email)
    AND i.accepted_at IS NULL AND i.revoked_at IS NULL;

CREATE OR REPLACE FUNCTION invitation_accept(hash bytea, new_user uuid, called text, password text, at timestamptz)
    RETURNS TABLE (user_id uuid, organization_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
#variable_conflict use_column
DECLARE
    open invitation;
    person uuid;
BEGIN
    SELECT u.id INTO person FROM invitation i JOIN app_user u ON lower(u.email) = lower(i.email) WHERE i.token_hash = hash;
    -- The member before the invitation, as whoever decides of members does.
    PERFORM 1 FROM invitation i
    JOIN organization_member m ON m.organization_id = i.organization_id AND m.user_id = person
    WHERE i.token_hash = hash FOR NO KEY UPDATE OF m;
    SELECT i.* INTO open FROM invitation i JOIN organization o ON o.id = i.organization_id
    WHERE i.token_hash = hash AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > at AND o.is_active
        AND NOT EXISTS (
            SELECT 1 FROM organization_member m
            WHERE m.organization_id = i.organization_id AND m.user_id = person AND m.revoked_at > i.created_at)
    FOR UPDATE OF i;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no open invitation' USING ERRCODE = 'no_data_found';
    END IF;
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
