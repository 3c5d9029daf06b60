-- Reviewers of the platform itself: the role reviewer without an organisation. They see and decide the requests that no
-- organisation has brought, and nothing else of what is the platform's.

CREATE FUNCTION app_reviews_platform() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT app_role() = 'reviewer' AND app_organization_id() IS NULL $$;
COMMENT ON FUNCTION app_reviews_platform() IS 'Whether the actor reviews for the platform: a reviewer of no organisation.';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['credentialing_request', 'verification', 'credentialing_event', 'credentialing_task',
        'workflow_step'] LOOP
        EXECUTE format($p$CREATE POLICY app_platform_review ON %I TO provdir_app
            USING (organization_id IS NULL AND (SELECT app_reviews_platform()))
            WITH CHECK (organization_id IS NULL AND (SELECT app_reviews_platform()))$p$, name);
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION app_may_decide(provider uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT EXISTS (SELECT 1 FROM provider p WHERE p.id = $1 AND p.merged_into IS NULL
            AND (p.owner_organization_id IS NULL AND (app_is_platform() OR app_reviews_platform()
                    OR EXISTS (SELECT 1 FROM credentialing_authority a WHERE a.organization_id = app_organization_id())
                        AND app_role() IN ('reviewer', 'organization_admin'))
                OR p.owner_organization_id = app_organization_id()))
    $$;
COMMENT ON FUNCTION app_may_decide(uuid) IS
    'Whether the actor may change the status of a provider: of a public one the platform, its reviewers and whoever has its authority; of a private one its tenant.';

-- Whose request it is. The doors below run as the owner, before whom no policy stands.
CREATE FUNCTION app_may_review(organization uuid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        SELECT app_is_platform() OR organization = app_organization_id()
            OR organization IS NULL AND app_reviews_platform()
    $$;
COMMENT ON FUNCTION app_may_review(uuid) IS 'Whether the actor may decide requests of this organisation; null: those of the platform.';

CREATE OR REPLACE FUNCTION credentialing_approve(request uuid, notes text, decided_at timestamptz) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC'
    AS $$
DECLARE
    asked credentialing_request;
BEGIN
    SELECT * INTO asked FROM credentialing_request r WHERE r.id = request FOR UPDATE;
    IF NOT FOUND OR asked.status <> 'SUBMITTED' OR NOT app_may_decide(asked.provider_id)
        OR app_may_review(asked.organization_id) IS NOT TRUE THEN
        RAISE EXCEPTION 'no open request that this actor may approve'
            USING ERRCODE = 'no_data_found', CONSTRAINT = 'credentialing_request_open';
    END IF;
    IF asked.submitted_by = app_actor() AND credentialing_needs_four_eyes(asked) THEN
        RAISE EXCEPTION 'who submitted a request does not decide it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credentialing_four_eyes';
    END IF;
    IF EXISTS (SELECT 1 FROM exclusion_finding f WHERE f.provider_id = asked.provider_id
        AND (f.status = 'CONFIRMED' OR f.hit = 'identified' AND f.status = 'OPEN')) THEN
        RAISE EXCEPTION 'the provider is on a list of exclusions'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credentialing_excluded';
    END IF;
    UPDATE credentialing_request r
    SET status = 'APPROVED', stage = 'DECIDED', reviewed_at = credentialing_approve.decided_at, reviewer = app_actor(),
        reviewer_notes = notes, version = r.version + 1,
        expires_at = credentialing_approve.decided_at
            + CASE WHEN r.provisional THEN interval '60 days' ELSE interval '36 months' END
    WHERE r.id = request;
    PERFORM set_config('app.reason', 'credentialing request ' || request, true);
    UPDATE provider p SET network_status = 'ACTIVE', status_changed_at = credentialing_approve.decided_at
    WHERE p.id = asked.provider_id AND p.network_status <> 'ACTIVE';
    RETURN asked.provider_id;
END
$$;

CREATE OR REPLACE FUNCTION credentialing_close(request uuid, reason text, notes text, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    asked credentialing_request;
BEGIN
    SELECT * INTO asked FROM credentialing_request r WHERE r.id = request FOR UPDATE;
    IF NOT FOUND OR asked.status <> 'SUBMITTED' OR app_may_review(asked.organization_id) IS NOT TRUE THEN
        RAISE EXCEPTION 'no open request that this actor may close'
            USING ERRCODE = 'no_data_found', CONSTRAINT = 'credentialing_request_open';
    END IF;
    IF reason = 'declined' AND asked.submitted_by = app_actor() AND credentialing_needs_four_eyes(asked) THEN
        RAISE EXCEPTION 'who submitted a request does not decide it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credentialing_four_eyes';
    END IF;
    UPDATE credentialing_request r
    SET status = 'REJECTED', stage = 'DECIDED', closing_reason = reason, reviewed_at = at, reviewer = app_actor(),
        reviewer_notes = notes, version = r.version + 1
    WHERE r.id = request;
    RETURN true;
END
$$;
