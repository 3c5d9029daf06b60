CREATE TABLE credentialing_request (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    organization_id uuid REFERENCES organization (id),
    status text NOT NULL DEFAULT 'SUBMITTED' CHECK (status IN ('SUBMITTED', 'APPROVED', 'REJECTED')),
    submitted_at timestamptz NOT NULL,
    reviewed_at timestamptz,
    reviewer text,
    reviewer_notes text,
    delegated_source text,
    expires_at timestamptz,
    CHECK ((status = 'SUBMITTED') = (reviewed_at IS NULL)),
    CHECK ((status = 'APPROVED') = (expires_at IS NOT NULL))
);
CREATE INDEX credentialing_request_provider_idx ON credentialing_request (provider_id);
CREATE UNIQUE INDEX credentialing_request_open_key ON credentialing_request (provider_id) WHERE status = 'SUBMITTED';
COMMENT ON TABLE credentialing_request IS 'A request to be let in. Only an approved one that has not run out makes a provider ACTIVE.';
COMMENT ON COLUMN credentialing_request.organization_id IS 'The tenant that asks for it; null: the platform.';
COMMENT ON COLUMN credentialing_request.delegated_source IS 'For a roster credentialed elsewhere (approve_delegated): by whom.';
COMMENT ON COLUMN credentialing_request.expires_at IS '36 months after the decision.';
COMMENT ON INDEX credentialing_request_open_key IS 'One open request for each provider.';

ALTER TABLE credentialing_request ENABLE ROW LEVEL SECURITY;
ALTER TABLE credentialing_request FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON credentialing_request TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_all ON credentialing_request TO provdir_app
    USING (organization_id = (SELECT app_organization_id()) OR (SELECT app_is_platform()))
    WITH CHECK (organization_id = (SELECT app_organization_id()) OR (SELECT app_is_platform()));

-- Not granted: status, reviewed_at, reviewer, delegated_source, expires_at. Those are written by the functions below.
GRANT SELECT ON credentialing_request TO provdir_app;
GRANT INSERT (id, provider_id, organization_id, submitted_at) ON credentialing_request TO provdir_app;
GRANT UPDATE (reviewer_notes) ON credentialing_request TO provdir_app;

-- The guard: holds for everybody, the owner and the functions below included.
CREATE FUNCTION provider_guard() RETURNS trigger
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
        NEW.activated_at := coalesce(OLD.activated_at, NEW.status_changed_at);
    ELSE
        NEW.activated_at := OLD.activated_at;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION provider_guard() IS
    'PENDING -> ACTIVE -> INACTIVE -> ACTIVE and PENDING -> INACTIVE; ACTIVE only with an approved request.';
CREATE TRIGGER provider_a_guard BEFORE UPDATE OF network_status, activated_at ON provider
    FOR EACH ROW EXECUTE FUNCTION provider_guard();

CREATE FUNCTION provider_starts_pending() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM new_rows n WHERE n.network_status <> 'PENDING' OR n.activated_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a provider starts as PENDING'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'provider_status_transition';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER provider_a_starts_pending AFTER INSERT ON provider
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION provider_starts_pending();

-- By row, for its condition spares the join of old and new rows: most updates change no status.
CREATE FUNCTION provider_keeps_status() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    INSERT INTO provider_status_history (provider_id, from_status, to_status, changed_at, actor, reason)
    VALUES (NEW.id, OLD.network_status, NEW.network_status, NEW.status_changed_at, app_actor(),
        nullif(current_setting('app.reason', true), ''));
    RETURN NULL;
END
$$;
CREATE TRIGGER provider_b_keeps_status AFTER UPDATE ON provider
    FOR EACH ROW WHEN (OLD.network_status <> NEW.network_status) EXECUTE FUNCTION provider_keeps_status();

-- The doors through the guard. SECURITY DEFINER sees every row, so each asks first whether the actor may.

CREATE FUNCTION app_may_decide(provider uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT EXISTS (SELECT 1 FROM provider p WHERE p.id = $1
            AND (p.owner_organization_id IS NULL AND app_is_platform()
                OR p.owner_organization_id = app_organization_id()))
    $$;
COMMENT ON FUNCTION app_may_decide(uuid) IS 'Whether the actor may change the status of a provider: the platform of a public one, its tenant of a private one.';

CREATE FUNCTION credentialing_approve(request uuid, notes text, decided_at timestamptz) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    approved uuid;
BEGIN
    UPDATE credentialing_request r
    SET status = 'APPROVED', reviewed_at = credentialing_approve.decided_at, reviewer = app_actor(),
        reviewer_notes = notes, expires_at = credentialing_approve.decided_at + interval '36 months'
    WHERE r.id = request AND r.status = 'SUBMITTED' AND app_may_decide(r.provider_id)
    RETURNING r.provider_id INTO approved;
    IF approved IS NULL THEN
        RAISE EXCEPTION 'no open request that this actor may approve'
            USING ERRCODE = 'no_data_found', CONSTRAINT = 'credentialing_request_open';
    END IF;
    PERFORM set_config('app.reason', 'credentialing request ' || request, true);
    UPDATE provider p SET network_status = 'ACTIVE', status_changed_at = credentialing_approve.decided_at
    WHERE p.id = approved AND p.network_status <> 'ACTIVE';
    RETURN approved;
END
$$;
COMMENT ON FUNCTION credentialing_approve(uuid, text, timestamptz) IS 'Approves an open request and makes its provider ACTIVE. The one way in.';

CREATE FUNCTION credentialing_approve_delegated(providers uuid[], source text, decided date, at timestamptz) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    approved bigint;
    waiting uuid[];
    decided_at timestamptz := decided::timestamp AT TIME ZONE 'UTC';
BEGIN
    IF coalesce(source, '') = '' OR decided_at > at OR decided_at + interval '36 months' <= at THEN
        RAISE EXCEPTION 'a delegated decision names its source and is at most 36 months old'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'delegated_decision';
    END IF;
    waiting := ARRAY(
        SELECT p.id FROM provider p
        WHERE p.id = ANY (providers) AND p.network_status <> 'ACTIVE'
        AND (p.owner_organization_id IS NULL AND app_is_platform() OR p.owner_organization_id = app_organization_id())
        ORDER BY p.id FOR UPDATE);
    INSERT INTO credentialing_request (provider_id, organization_id, status, submitted_at, reviewed_at, reviewer,
        delegated_source, expires_at)
    SELECT w, app_organization_id(), 'APPROVED', decided_at, decided_at, app_actor(),
        credentialing_approve_delegated.source, decided_at + interval '36 months'
    FROM unnest(waiting) w;
    PERFORM set_config('app.reason', 'delegated: ' || source, true);
    UPDATE provider p SET network_status = 'ACTIVE', status_changed_at = at WHERE p.id = ANY (waiting);
    GET DIAGNOSTICS approved = ROW_COUNT;
    RETURN approved;
END
$$;
COMMENT ON FUNCTION credentialing_approve_delegated(uuid[], text, date, timestamptz) IS
    'Takes a roster credentialed elsewhere: one approved request for each provider that is not ACTIVE yet, with its source named.';

CREATE FUNCTION provider_deactivate(provider uuid, reason text, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF NOT app_may_decide(provider) THEN
        RETURN false;
    END IF;
    PERFORM set_config('app.reason', reason, true);
    UPDATE provider p SET network_status = 'INACTIVE', status_changed_at = at
    WHERE p.id = provider_deactivate.provider AND p.network_status <> 'INACTIVE';
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION provider_deactivate(uuid, text, timestamptz) IS 'To INACTIVE; false where the actor may not or it is so already.';

CREATE FUNCTION provider_reactivate(provider uuid, reason text, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF NOT app_may_decide(provider) THEN
        RETURN false;
    END IF;
    PERFORM set_config('app.reason', reason, true);
    UPDATE provider p SET network_status = 'ACTIVE', status_changed_at = at
    WHERE p.id = provider_reactivate.provider AND p.network_status = 'INACTIVE';
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION provider_reactivate(uuid, text, timestamptz) IS
    'From INACTIVE back to ACTIVE while an approved request has not run out (the guard asks).';

REVOKE ALL ON FUNCTION credentialing_approve, credentialing_approve_delegated, provider_deactivate, provider_reactivate,
    app_may_decide FROM PUBLIC;
GRANT EXECUTE ON FUNCTION credentialing_approve, credentialing_approve_delegated, provider_deactivate, provider_reactivate,
    app_may_decide TO provdir_app;
