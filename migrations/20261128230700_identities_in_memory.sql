-- Who somebody is, in the memory of every node, so that a search of somebody signed in asks no database. Whatever changes it
-- tells all nodes at its commit which key to read anew; a node that has missed a word reads everything.

CREATE FUNCTION identity_tells() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    before jsonb := to_jsonb(OLD);
    after jsonb := to_jsonb(NEW);
BEGIN
    PERFORM pg_notify('identity', TG_ARGV[0] || ':' || k.key)
    FROM (SELECT DISTINCT j.told ->> TG_ARGV[1] AS key FROM (VALUES (before), (after)) j (told) WHERE j.told IS NOT NULL) k;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION identity_tells() IS 'Tells every node: who this is must be read anew. Arguments: the kind, the column of the key.';

DO $$
DECLARE
    told text[];
BEGIN
    FOREACH told SLICE 1 IN ARRAY ARRAY[
        ARRAY['user_session', 'session', 'token_hash'], ARRAY['api_token', 'token', 'token_hash'],
        ARRAY['app_user', 'user', 'id'], ARRAY['organization_member', 'user', 'user_id'],
        ARRAY['organization', 'organization', 'id'], ARRAY['organization_config', 'organization', 'organization_id']] LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %I
            FOR EACH ROW EXECUTE FUNCTION identity_tells(%L, %L)', told[1] || '_f_tells', told[1], told[2], told[3]);
    END LOOP;
END
$$;

-- What a node reads: what still holds, by key, or all of it where no keys are given.

CREATE FUNCTION identity_sessions(hashes bytea[], at timestamptz)
    RETURNS TABLE (token_hash bytea, user_id uuid, organization_id uuid, expires_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF hashes IS NULL THEN
        RETURN QUERY SELECT s.token_hash, s.user_id, s.organization_id, s.expires_at FROM user_session s
            WHERE s.revoked_at IS NULL AND s.expires_at > at;
    ELSE
        RETURN QUERY SELECT s.token_hash, s.user_id, s.organization_id, s.expires_at FROM user_session s
            WHERE s.token_hash = ANY (hashes) AND s.revoked_at IS NULL AND s.expires_at > at;
    END IF;
END
$$;
CREATE FUNCTION identity_tokens(hashes bytea[], at timestamptz)
    RETURNS TABLE (token_hash bytea, name text, role text, organization_id uuid, scopes text[], expires_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    RETURN QUERY SELECT t.token_hash, t.name, t.role, t.organization_id, t.scopes, t.expires_at FROM api_token t
        WHERE (hashes IS NULL OR t.token_hash = ANY (hashes))
        AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > at);
END
$$;
CREATE FUNCTION identity_users(people uuid[])
    RETURNS TABLE (id uuid, platform_role text, issuer text, subject text, organizations uuid[], roles text[])
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF people IS NULL THEN
        RETURN QUERY SELECT u.id, u.platform_role, u.issuer, u.subject, m.organizations, m.roles
            FROM app_user u
            LEFT JOIN (
                SELECT o.user_id, array_agg(o.organization_id) AS organizations, array_agg(o.role) AS roles
                FROM organization_member o WHERE o.is_active GROUP BY o.user_id) m ON m.user_id = u.id
            WHERE u.is_active;
    ELSE
        RETURN QUERY SELECT u.id, u.platform_role, u.issuer, u.subject, m.organizations, m.roles
            FROM app_user u
            CROSS JOIN LATERAL (
                SELECT array_agg(o.organization_id) AS organizations, array_agg(o.role) AS roles
                FROM organization_member o WHERE o.user_id = u.id AND o.is_active) m
            WHERE u.id = ANY (people) AND u.is_active;
    END IF;
END
$$;
CREATE FUNCTION identity_organizations(tenants uuid[])
    RETURNS TABLE (id uuid, name text, type text, tier text, is_active boolean, settings jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    RETURN QUERY SELECT o.id, o.name, o.type, o.tier, o.is_active, organization_settings(o.id) FROM organization o
        WHERE tenants IS NULL OR o.id = ANY (tenants);
END
$$;

CREATE OR REPLACE FUNCTION organization_settings(organization uuid) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT jsonb_strip_nulls(jsonb_build_object('acl', c.document -> 'acl', 'features', c.document -> 'features',
            'search', c.document -> 'search'))
        FROM organization_config c WHERE c.organization_id = organization
        ORDER BY c.version DESC LIMIT 1
    $$;
COMMENT ON FUNCTION organization_settings(uuid) IS
    'The sections of a tenant''s settings that permissions and its members'' searches depend on.';

DO $$
DECLARE
    signature text;
BEGIN
    FOREACH signature IN ARRAY ARRAY['identity_sessions(bytea[], timestamptz)', 'identity_tokens(bytea[], timestamptz)',
        'identity_users(uuid[])', 'identity_organizations(uuid[])'] LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', signature);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO provdir_feed', signature);
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION identity_tells FROM PUBLIC;
