-- That credentialing has ended for a provider is said by whoever could have let them in: of a public provider the platform, or an
-- organization with the authority; of a tenant's own that tenant. What others ask about a provider is their own affair: it decides
-- and holds nobody's claims, unless the platform itself declines it.
ALTER TABLE credentialing_request ADD COLUMN declined_by_platform boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN credentialing_request.declined_by_platform IS 'Whether it was the platform that said no, whoever had asked.';

CREATE FUNCTION credentialing_request_declined() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    NEW.declined_by_platform := true;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION credentialing_request_declined() IS 'Keeps that the platform declined a request.';
REVOKE ALL ON FUNCTION credentialing_request_declined FROM PUBLIC;
CREATE TRIGGER credentialing_request_declined BEFORE UPDATE ON credentialing_request
    FOR EACH ROW WHEN (OLD.status = 'SUBMITTED' AND NEW.status = 'REJECTED' AND NEW.closing_reason = 'declined'
        AND app_is_platform())
    EXECUTE FUNCTION credentialing_request_declined();

CREATE OR REPLACE FUNCTION provider_is_rejected(provider uuid, at timestamptz, snapshot pg_snapshot) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
    AS $$
        WITH asked AS (
            SELECT r.status, r.opened_known_at, r.opened_xid, r.closed_known_at, r.closed_xid, r.declined_by_platform,
                r.organization_id IS NOT DISTINCT FROM p.owner_organization_id OR p.owner_organization_id IS NULL
                    AND r.organization_id IN (SELECT a.organization_id FROM credentialing_authority a) AS may_decide
            FROM credentialing_request r JOIN provider p ON p.id = r.provider_id
            WHERE r.provider_id = $1
        )
        SELECT CASE WHEN at IS NULL THEN
            EXISTS (SELECT 1 FROM asked r WHERE r.status = 'REJECTED' AND (r.may_decide OR r.declined_by_platform))
            AND NOT EXISTS (SELECT 1 FROM asked r WHERE r.status = 'SUBMITTED' AND r.may_decide)
        ELSE
            EXISTS (SELECT 1 FROM asked r
                WHERE r.status = 'REJECTED' AND (r.may_decide OR r.declined_by_platform)
                AND was_known(r.closed_known_at, r.closed_xid, at, snapshot))
            AND NOT EXISTS (SELECT 1 FROM asked r
                WHERE r.may_decide AND was_known(r.opened_known_at, r.opened_xid, at, snapshot)
                AND was_known(r.closed_known_at, r.closed_xid, at, snapshot) IS NOT TRUE)
        END
    $$;
COMMENT ON FUNCTION provider_is_rejected(uuid, timestamptz, pg_snapshot) IS
    'Whether no request of who may let the provider in was open any more, and one had been rejected, as known at a moment; null: now.';
GRANT SELECT (organization_id, declined_by_platform) ON credentialing_request TO provdir_feed;
CREATE POLICY feed_read ON credentialing_authority FOR SELECT TO provdir_feed USING (true);
GRANT SELECT ON credentialing_authority TO provdir_feed;

-- Claims that were decided or held by requests of others.
INSERT INTO outbox (kind, provider_id)
SELECT 'DECIDED', p.id FROM provider p
WHERE p.network_status = 'PENDING' AND EXISTS (
    SELECT 1 FROM credentialing_request r
    WHERE r.provider_id = p.id AND r.organization_id IS DISTINCT FROM p.owner_organization_id);
