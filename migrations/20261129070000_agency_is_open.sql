-- While an agency is closed, or has `cases` switched off, it shows nothing to anybody outside: tokens and sessions are dead, the
-- portal has no clothes, and no row is seen. The history says when, so that the proof of sharing does.

CREATE FUNCTION agency_is_open(agency uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT o.is_active AND (
            SELECT c.document #> '{features,cases}' = 'false'::jsonb FROM organization_config c
            WHERE c.organization_id = o.id ORDER BY c.version DESC LIMIT 1) IS NOT TRUE
        FROM organization o WHERE o.id = agency
    $$;
COMMENT ON FUNCTION agency_is_open(uuid) IS 'Whether an organization works on cases with outside providers at all.';
REVOKE ALL ON FUNCTION agency_is_open FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agency_is_open TO provdir_app;

CREATE OR REPLACE FUNCTION portal_standing()
    RETURNS TABLE (organization_id uuid, provider_id uuid, provider_user_id uuid, kind text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT u.organization_id, u.provider_id, u.id, u.kind
        FROM provider_user u
        JOIN agency_provider a ON a.organization_id = u.organization_id AND a.provider_id = u.provider_id
        WHERE u.id = app_provider_user_id() AND u.organization_id = app_portal_organization_id()
        AND u.status = 'active' AND a.is_active AND agency_is_open(u.organization_id)
    $$;

CREATE OR REPLACE FUNCTION provider_token_standing(token uuid, at timestamptz)
    RETURNS TABLE (organization_id uuid, provider_id uuid, provider_user_id uuid, kind text, user_name text,
        status text, scopes text[], expires_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT u.organization_id, u.provider_id, u.id, u.kind, u.name, u.status, t.scopes, t.expires_at
        FROM provider_token t
        JOIN provider_user u ON u.id = t.provider_user_id
        JOIN agency_provider a ON a.organization_id = u.organization_id AND a.provider_id = u.provider_id
        WHERE t.id = token AND (t.revoked_at IS NULL OR t.revoked_at > at) AND (t.expires_at IS NULL OR t.expires_at > at)
        AND u.status <> 'deactivated' AND a.is_active AND agency_is_open(u.organization_id)
    $$;

CREATE FUNCTION agency_standing_is_kept() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    agency uuid := coalesce(to_jsonb(NEW) ->> 'organization_id', to_jsonb(NEW) ->> 'id')::uuid;
    says boolean := agency_is_open(agency);
BEGIN
    IF says IS DISTINCT FROM coalesce((SELECT h.holds FROM standing_history h
            WHERE h.entity = 'organization' AND h.entity_id = agency ORDER BY h.seq DESC LIMIT 1), true) THEN
        INSERT INTO standing_history (organization_id, entity, entity_id, holds) VALUES (agency, 'organization', agency, says);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION agency_standing_is_kept() IS 'Writes down when an agency closes or opens for outside providers; no row: it is open.';
REVOKE ALL ON FUNCTION agency_standing_is_kept FROM PUBLIC;
CREATE TRIGGER standing_is_kept AFTER INSERT OR UPDATE OF is_active ON organization
    FOR EACH ROW EXECUTE FUNCTION agency_standing_is_kept();
CREATE TRIGGER standing_is_kept AFTER INSERT ON organization_config
    FOR EACH ROW EXECUTE FUNCTION agency_standing_is_kept();
INSERT INTO standing_history (organization_id, entity, entity_id, holds)
    SELECT o.id, 'organization', o.id, false FROM organization o WHERE NOT agency_is_open(o.id);
COMMENT ON COLUMN standing_history.entity IS
    'organization, agency_provider, provider_user, case_provider, case_provider_external, case_item, provider_note.';

-- Why a token is not taken has two reasons more, and a session that is over is found like a token.

CREATE OR REPLACE FUNCTION provider_token_dead(given_prefix text, hash bytea, at timestamptz)
    RETURNS TABLE (id uuid, organization_id uuid, provider_user_id uuid, reason text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT t.id, t.organization_id, t.provider_user_id, CASE
            WHEN t.token_hash <> hash THEN 'wrong_secret'
            WHEN t.revoked_at <= at THEN 'revoked'
            WHEN t.expires_at <= at THEN 'expired'
            WHEN u.status = 'deactivated' THEN 'user_deactivated'
            WHEN NOT a.is_active THEN 'provider_inactive'
            WHEN NOT o.is_active THEN 'organization_inactive'
            WHEN NOT agency_is_open(o.id) THEN 'cases_off'
            ELSE 'not_for_this' END
        FROM provider_token t
        JOIN provider_user u ON u.id = t.provider_user_id
        JOIN agency_provider a ON a.organization_id = u.organization_id AND a.provider_id = u.provider_id
        JOIN organization o ON o.id = u.organization_id
        WHERE t.prefix = given_prefix
    $$;

CREATE FUNCTION provider_session_dead(hash bytea, at timestamptz)
    RETURNS TABLE (id uuid, organization_id uuid, provider_user_id uuid, reason text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT d.id, d.organization_id, d.provider_user_id, CASE
            WHEN s.ended_at IS NOT NULL THEN 'session_ended'
            WHEN s.expires_at <= at THEN 'session_expired'
            ELSE d.reason END
        FROM provider_session s
        JOIN provider_token t ON t.id = s.token_id
        CROSS JOIN LATERAL provider_token_dead(t.prefix, t.token_hash, at) d
        WHERE s.session_hash = hash
    $$;
COMMENT ON FUNCTION provider_session_dead(bytea, timestamptz) IS 'Whose session was shown that is not taken, and why.';
REVOKE ALL ON FUNCTION provider_session_dead FROM PUBLIC;
GRANT EXECUTE ON FUNCTION provider_session_dead TO provdir_app;
