-- Nobody whom a list of exclusions identifies becomes ACTIVE, by whichever door; and who was credentialed elsewhere is
-- looked at every month like everybody else.

CREATE FUNCTION provider_is_excluded(provider uuid, npi bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        WITH RECURSIVE behind (id) AS (
            SELECT p.id FROM provider p WHERE p.merged_into = $1
            UNION SELECT p.id FROM behind b JOIN provider p ON p.merged_into = b.id
        )
        SELECT EXISTS (SELECT 1 FROM exclusion_finding f WHERE f.provider_id = $1
                AND (f.status = 'CONFIRMED' OR f.hit = 'identified' AND f.status = 'OPEN'))
            OR EXISTS (SELECT 1 FROM exclusion x JOIN exclusion_list l ON l.id = x.list_id AND l.is_current
                WHERE x.npi IN (SELECT $2 UNION ALL SELECT g.npi FROM behind JOIN provider g ON g.id = behind.id)
                AND x.reinstated_on IS NULL
                AND NOT EXISTS (SELECT 1 FROM exclusion_finding f
                    WHERE f.provider_id = $1 AND f.source = l.source AND f.status = 'DISMISSED'
                    AND f.decided_by NOT LIKE 'list:%' AND f.evidence ->> 'npi' = x.npi::text
                    AND f.evidence ->> 'kind' = x.kind AND f.evidence ->> 'excluded_on' = x.excluded_on::text))
    $$;
COMMENT ON FUNCTION provider_is_excluded(uuid, bigint) IS
    'Whether a finding stands against the provider, or a list that counts has its number, or that of a record merged into it, in a line that no person has dismissed, looked for or not.';
REVOKE ALL ON FUNCTION provider_is_excluded FROM PUBLIC;
GRANT EXECUTE ON FUNCTION provider_is_excluded TO provdir_app;

CREATE OR REPLACE FUNCTION provider_guard() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF NEW.network_status = OLD.network_status THEN
        IF NEW.activated_at IS DISTINCT FROM OLD.activated_at THEN
            RAISE EXCEPTION 'activated_at is set by the first activation only'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'provider_activated_once';
        END IF;
        RETURN NEW;
    END IF;
    IF (OLD.network_status, NEW.network_status) NOT IN
        (('PENDING', 'ACTIVE'), ('ACTIVE', 'INACTIVE'), ('INACTIVE', 'ACTIVE'), ('PENDING', 'INACTIVE')) THEN
        RAISE EXCEPTION 'a provider cannot go from % to %', OLD.network_status, NEW.network_status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'provider_status_transition';
    END IF;
    IF NEW.status_changed_at IS NOT DISTINCT FROM OLD.status_changed_at THEN
        NEW.status_changed_at := now();
    END IF;
    IF NEW.network_status = 'ACTIVE' THEN
        IF NOT EXISTS (
            SELECT 1 FROM credentialing_request r
            WHERE r.provider_id = NEW.id AND r.status = 'APPROVED'
            AND r.reviewed_at <= NEW.status_changed_at AND r.expires_at > NEW.status_changed_at) THEN
            RAISE EXCEPTION 'a provider becomes ACTIVE through an approved credentialing request that has not run out'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'provider_needs_credentialing';
        END IF;
        IF provider_is_excluded(NEW.id, NEW.npi) THEN
            RAISE EXCEPTION 'the provider is on a list of exclusions'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'credentialing_excluded';
        END IF;
        NEW.activated_at := coalesce(OLD.activated_at, NEW.status_changed_at);
    ELSE
        NEW.activated_at := OLD.activated_at;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION provider_guard() IS
    'PENDING -> ACTIVE -> INACTIVE -> ACTIVE and PENDING -> INACTIVE; ACTIVE only with an approved request, and on no list of exclusions.';

-- Approvals from elsewhere that nothing has been scheduled for: the next monthly look, and what is still to be asked for
-- before they run out. The times are those that a new one gets; the settings count as they are now.
INSERT INTO workflow_step (workflow, subject, organization_id, name, due_at)
SELECT 'credentialing', r.id, r.organization_id, 'monitor:' || m.month,
    (r.reviewed_at AT TIME ZONE 'UTC' + make_interval(months => m.month)) AT TIME ZONE 'UTC'
FROM credentialing_request r
CROSS JOIN LATERAL (
    SELECT (12 * extract(year FROM a.age) + extract(month FROM a.age))::integer + 1 AS month
    FROM (SELECT age(now() AT TIME ZONE 'UTC', r.reviewed_at AT TIME ZONE 'UTC') AS age) a
) m
WHERE r.status = 'APPROVED' AND r.delegated_source IS NOT NULL AND r.lapsed_at IS NULL AND r.expires_at > now()
ON CONFLICT DO NOTHING;
INSERT INTO workflow_step (workflow, subject, organization_id, name, due_at)
SELECT 'credentialing', r.id, r.organization_id, 'renew:' || d.days, r.expires_at - make_interval(days => d.days)
FROM credentialing_request r
LEFT JOIN credentialing_rules c ON c.tenant = coalesce(r.organization_id, '00000000-0000-0000-0000-000000000000')
CROSS JOIN LATERAL (
    SELECT DISTINCT e.days::integer AS days
    FROM jsonb_array_elements_text(coalesce(c.rules -> 'renewal_alert_days', '[180, 120, 90, 60, 30]')) e (days)
) d
WHERE r.status = 'APPROVED' AND r.delegated_source IS NOT NULL AND r.lapsed_at IS NULL
AND r.expires_at - make_interval(days => d.days) > now()
ON CONFLICT DO NOTHING;

-- A licence is looked for among all that was verified about its holder.
CREATE INDEX verification_provider_idx ON verification (provider_id);
