-- What a request carries, who works on it, and what happened to it.

ALTER TABLE credentialing_request
    ADD COLUMN stage text NOT NULL DEFAULT 'INTAKE' CHECK (stage IN ('INTAKE', 'VERIFYING', 'COMMITTEE', 'DECIDED')),
    ADD COLUMN profile text NOT NULL DEFAULT 'basic' CHECK (profile IN ('basic', 'ncqa_accreditation', 'ncqa_certification')),
    ADD COLUMN provisional boolean NOT NULL DEFAULT false,
    ADD COLUMN four_eyes boolean NOT NULL DEFAULT false,
    ADD COLUMN submitted_by text NOT NULL DEFAULT app_actor(),
    ADD COLUMN closing_reason text CHECK (closing_reason IN ('declined', 'withdrawn', 'not_decided_in_time')),
    ADD COLUMN assigned_to text,
    ADD COLUMN previous_request_id uuid REFERENCES credentialing_request (id) ON DELETE SET NULL,
    ADD COLUMN application jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(application) = 'object'),
    ADD COLUMN version bigint NOT NULL DEFAULT 1,
    ADD COLUMN lapsed_at timestamptz;
UPDATE credentialing_request SET stage = 'DECIDED', closing_reason = CASE status WHEN 'REJECTED' THEN 'declined' END
WHERE status <> 'SUBMITTED';
ALTER TABLE credentialing_request
    ADD CONSTRAINT credentialing_request_decided_check CHECK ((status = 'SUBMITTED') = (stage <> 'DECIDED')),
    ADD CONSTRAINT credentialing_request_closing_check CHECK ((status = 'REJECTED') = (closing_reason IS NOT NULL));
COMMENT ON COLUMN credentialing_request.stage IS 'What is being done while SUBMITTED; the public status knows three words only.';
COMMENT ON COLUMN credentialing_request.profile IS 'Which checklist it has to show.';
COMMENT ON COLUMN credentialing_request.provisional IS 'The approval holds for sixty days instead of thirty-six months.';
COMMENT ON COLUMN credentialing_request.four_eyes IS 'Somebody else than submitted_by decides; the tenant''s settings can ask for it too.';
COMMENT ON COLUMN credentialing_request.closing_reason IS 'Why it is REJECTED: declined by a reviewer, withdrawn, or out of time.';
COMMENT ON COLUMN credentialing_request.previous_request_id IS 'The one before, of the same provider and tenant: a re-application or a new cycle.';
COMMENT ON COLUMN credentialing_request.application IS 'What the applicant brought: attested_on, work_history, gap_notes, and whatever else.';
COMMENT ON COLUMN credentialing_request.lapsed_at IS 'When the end of this approval was seen to.';

-- One tenant's open request is nothing that another one sees or is kept out by.
DROP INDEX credentialing_request_open_key;
CREATE UNIQUE INDEX credentialing_request_open_key ON credentialing_request
    (provider_id, coalesce(organization_id, '00000000-0000-0000-0000-000000000000')) WHERE status = 'SUBMITTED';
COMMENT ON INDEX credentialing_request_open_key IS 'One open request for each provider and tenant.';
CREATE INDEX credentialing_request_organization_idx ON credentialing_request (organization_id, submitted_at DESC);
CREATE INDEX credentialing_request_submitted_idx ON credentialing_request (submitted_at DESC);
CREATE INDEX credentialing_request_expires_idx ON credentialing_request (expires_at) WHERE status = 'APPROVED' AND lapsed_at IS NULL;

GRANT INSERT (profile, provisional, four_eyes, previous_request_id, application) ON credentialing_request TO provdir_app;
GRANT UPDATE (stage, assigned_to, version) ON credentialing_request TO provdir_app;

-- The application cannot move a request out of its stages by SQL: a check above ties DECIDED to the status.

CREATE TABLE credentialing_authority (
    organization_id uuid PRIMARY KEY REFERENCES organization (id) ON DELETE CASCADE,
    granted_at timestamptz NOT NULL DEFAULT now(),
    granted_by text NOT NULL DEFAULT app_actor()
);
COMMENT ON TABLE credentialing_authority IS
    'Organisations whose reviewers may decide about public providers. Without it, they decide about their own private ones.';

CREATE TABLE credentialing_rules (
    tenant uuid PRIMARY KEY,
    rules jsonb NOT NULL CHECK (jsonb_typeof(rules) = 'object'),
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL DEFAULT app_actor()
);
COMMENT ON TABLE credentialing_rules IS 'How a tenant credentials; what its rules do not say is as the program has it. Changes are in the audit.';
COMMENT ON COLUMN credentialing_rules.tenant IS 'The organisation; all zeros for the platform itself.';
ALTER TABLE credentialing_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE credentialing_rules FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON credentialing_rules TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_read ON credentialing_rules FOR SELECT TO provdir_app
    USING (tenant = coalesce((SELECT app_organization_id()), '00000000-0000-0000-0000-000000000000')
        AND (SELECT app_role()) <> 'anonymous');
CREATE POLICY app_write ON credentialing_rules TO provdir_app
    USING (tenant = coalesce((SELECT app_organization_id()), '00000000-0000-0000-0000-000000000000')
        AND (SELECT app_role()) IN ('organization_admin', 'platform_admin'))
    WITH CHECK (tenant = coalesce((SELECT app_organization_id()), '00000000-0000-0000-0000-000000000000')
        AND (SELECT app_role()) IN ('organization_admin', 'platform_admin'));
GRANT SELECT ON credentialing_rules TO provdir_app;
GRANT INSERT (tenant, rules, changed_at), UPDATE (rules, changed_at, changed_by) ON credentialing_rules TO provdir_app;

CREATE TABLE verification (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    request_id uuid NOT NULL REFERENCES credentialing_request (id) ON DELETE CASCADE,
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    organization_id uuid,
    element text NOT NULL CHECK (element IN ('license', 'dea_cds', 'education', 'board_certification', 'work_history',
        'malpractice_history', 'sanctions', 'malpractice_cover', 'attestation')),
    source text NOT NULL CHECK (source <> ''),
    verified_on date NOT NULL,
    verifier text NOT NULL DEFAULT app_actor(),
    method text NOT NULL CHECK (method <> ''),
    result text NOT NULL CHECK (result IN ('confirmed', 'not_applicable', 'discrepancy', 'adverse', 'unobtainable')),
    document text,
    note text,
    expires_on date,
    state text CHECK (state ~ '^[A-Z]{2}$'),
    recorded_at timestamptz NOT NULL
);
CREATE INDEX verification_request_idx ON verification (request_id);
COMMENT ON TABLE verification IS 'Who was asked what about a provider, and what they said. Never changed: a later row supersedes.';
COMMENT ON COLUMN verification.verified_on IS 'The day on which the source answered; its age counts to the day of the decision.';
COMMENT ON COLUMN verification.expires_on IS 'The last day on which what was verified is good, by the calendar of the state.';

CREATE TABLE credentialing_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES credentialing_request (id) ON DELETE CASCADE,
    organization_id uuid,
    at timestamptz NOT NULL,
    actor text NOT NULL DEFAULT app_actor(),
    kind text NOT NULL CHECK (kind <> ''),
    stage text CHECK (stage IN ('INTAKE', 'VERIFYING', 'COMMITTEE', 'DECIDED')),
    text text,
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX credentialing_event_request_idx ON credentialing_event (request_id, id);
COMMENT ON TABLE credentialing_event IS 'What happened to a request, in order: its timeline. Notes of reviewers are events too.';
COMMENT ON COLUMN credentialing_event.stage IS 'The stage that began with it, where one did: time in a step is counted from here.';

CREATE TABLE credentialing_task (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    request_id uuid NOT NULL REFERENCES credentialing_request (id) ON DELETE CASCADE,
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    organization_id uuid,
    name text NOT NULL CHECK (name <> ''),
    recipient text NOT NULL CHECK (recipient <> ''),
    text text NOT NULL,
    raised_at timestamptz NOT NULL,
    due_at timestamptz,
    done_at timestamptz,
    done_by text,
    outcome text,
    CONSTRAINT credentialing_task_name_key UNIQUE (request_id, name)
);
CREATE INDEX credentialing_task_open_idx ON credentialing_task (organization_id, raised_at) WHERE done_at IS NULL;
COMMENT ON TABLE credentialing_task IS 'What somebody is asked to do: reminders, escalations, letters, renewals, expired licences.';
COMMENT ON COLUMN credentialing_task.name IS 'One of each name for a request: raising it twice raises it once.';
COMMENT ON COLUMN credentialing_task.recipient IS 'A role (reviewer, organization_admin, provider) or the name of a person.';

CREATE TABLE workflow_step (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workflow text NOT NULL CHECK (workflow <> ''),
    subject uuid NOT NULL,
    organization_id uuid,
    name text NOT NULL CHECK (name <> ''),
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    last_error text,
    done_at timestamptz,
    CONSTRAINT workflow_step_name_key UNIQUE (workflow, subject, name)
);
CREATE INDEX workflow_step_due_idx ON workflow_step (due_at, id) WHERE done_at IS NULL;
COMMENT ON TABLE workflow_step IS
    'Steps and timers of durable workflows. A step is done in one transaction with all that it does, so a process may be killed at any moment: the step is then done by the next one, once.';
COMMENT ON COLUMN workflow_step.subject IS 'What the workflow is about, such as a credentialing request.';
COMMENT ON COLUMN workflow_step.due_at IS 'Not before; after a failure, when it is tried again.';

CREATE FUNCTION workflow_wakes() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM pg_notify('workflow', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER workflow_step_wakes AFTER INSERT ON workflow_step FOR EACH STATEMENT EXECUTE FUNCTION workflow_wakes();

CREATE FUNCTION is_append_only() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only';
END
$$;
CREATE TRIGGER verification_is_append_only BEFORE UPDATE OR TRUNCATE ON verification
    FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();
CREATE TRIGGER credentialing_event_is_append_only BEFORE UPDATE OR TRUNCATE ON credentialing_event
    FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();

-- A verification and an event are about the request's own provider and tenant, whatever the writer says.
CREATE FUNCTION takes_after_request() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    request credentialing_request;
BEGIN
    SELECT * INTO request FROM credentialing_request r WHERE r.id = NEW.request_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such request' USING ERRCODE = 'no_data_found';
    END IF;
    NEW.organization_id := request.organization_id;
    IF TG_TABLE_NAME <> 'credentialing_event' THEN
        NEW.provider_id := request.provider_id;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER verification_a_takes_after BEFORE INSERT ON verification
    FOR EACH ROW EXECUTE FUNCTION takes_after_request();
CREATE TRIGGER credentialing_event_a_takes_after BEFORE INSERT ON credentialing_event
    FOR EACH ROW EXECUTE FUNCTION takes_after_request();
CREATE TRIGGER credentialing_task_a_takes_after BEFORE INSERT ON credentialing_task
    FOR EACH ROW EXECUTE FUNCTION takes_after_request();

CREATE FUNCTION exclusion_key(name text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT upper(regexp_replace(name, '[^[:alnum:]]', '', 'g')) $$;
COMMENT ON FUNCTION exclusion_key(text) IS 'Letters and digits of a name, in capitals: how names of lists and of providers are compared.';

CREATE TABLE exclusion_list (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    source text NOT NULL CHECK (source <> ''),
    as_of date NOT NULL,
    loaded_at timestamptz NOT NULL,
    lines bigint NOT NULL DEFAULT 0,
    skipped bigint NOT NULL DEFAULT 0,
    is_current boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX exclusion_list_current_key ON exclusion_list (source) WHERE is_current;
COMMENT ON TABLE exclusion_list IS 'A loaded file of people and firms that may not be paid. Public facts; no tenant owns them.';
COMMENT ON COLUMN exclusion_list.is_current IS 'Set when the file is in as a whole: readers see the old one until then.';

CREATE TABLE exclusion (
    list_id uuid NOT NULL REFERENCES exclusion_list (id) ON DELETE CASCADE,
    line bigint NOT NULL,
    npi bigint,
    last_name text NOT NULL,
    first_name text NOT NULL,
    business_name text NOT NULL,
    state text NOT NULL,
    born_on date,
    kind text NOT NULL,
    excluded_on date NOT NULL,
    reinstated_on date,
    waived_on date,
    waiver_state text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (list_id, line)
);
CREATE INDEX exclusion_npi_idx ON exclusion (npi) WHERE npi IS NOT NULL;
CREATE INDEX exclusion_name_idx ON exclusion (exclusion_key(last_name), exclusion_key(first_name)) WHERE last_name <> '';
CREATE INDEX exclusion_business_idx ON exclusion (exclusion_key(business_name)) WHERE business_name <> '';
COMMENT ON TABLE exclusion IS 'A line of such a file.';
COMMENT ON COLUMN exclusion.detail IS 'The other columns of the line.';

CREATE TABLE exclusion_finding (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    source text NOT NULL,
    line_key text NOT NULL,
    hit text NOT NULL CHECK (hit IN ('identified', 'candidate')),
    evidence jsonb NOT NULL,
    found_at timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'OPEN' CHECK (status IN ('OPEN', 'CONFIRMED', 'DISMISSED')),
    decided_at timestamptz,
    decided_by text,
    note text,
    CONSTRAINT exclusion_finding_line_key UNIQUE (provider_id, source, line_key)
);
CREATE INDEX exclusion_finding_open_idx ON exclusion_finding (found_at) WHERE status = 'OPEN';
COMMENT ON TABLE exclusion_finding IS
    'A provider found on a list: identified by the NPI, or a candidate by the name, which a person confirms or dismisses.';
COMMENT ON COLUMN exclusion_finding.line_key IS 'Digest of what the line says: a later file with the same line finds nothing new.';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['verification', 'credentialing_event', 'credentialing_task', 'workflow_step'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format($p$CREATE POLICY app_all ON %I TO provdir_app
            USING (organization_id = (SELECT app_organization_id()) OR (SELECT app_is_platform()))
            WITH CHECK (organization_id = (SELECT app_organization_id()) OR (SELECT app_is_platform()))$p$, name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO provdir_app', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['exclusion_list', 'exclusion', 'exclusion_finding', 'credentialing_authority'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format($p$CREATE POLICY app_write ON %I TO provdir_app
            USING ((SELECT app_is_platform())) WITH CHECK ((SELECT app_is_platform()))$p$, name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO provdir_app', name);
    END LOOP;
END
$$;
GRANT UPDATE (done_at, done_by, outcome) ON credentialing_task TO provdir_app;
GRANT UPDATE (due_at, attempts, last_error, done_at) ON workflow_step TO provdir_app;
-- Reviewers of tenants see what the lists say about providers that they see.
CREATE POLICY app_read ON exclusion_list FOR SELECT TO provdir_app USING ((SELECT app_role()) <> 'anonymous');
CREATE POLICY app_read ON exclusion FOR SELECT TO provdir_app USING ((SELECT app_role()) IN ('reviewer', 'organization_admin'));
CREATE POLICY app_read ON exclusion_finding FOR SELECT TO provdir_app
    USING ((SELECT app_role()) IN ('reviewer', 'organization_admin') AND EXISTS (SELECT 1 FROM provider p WHERE p.id = provider_id));
CREATE POLICY app_read ON credentialing_authority FOR SELECT TO provdir_app USING (organization_id = (SELECT app_organization_id()));

-- Who may decide: the platform about public providers, an organisation with the authority about them too, and each
-- organisation about its own private ones.
CREATE OR REPLACE FUNCTION app_may_decide(provider uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT EXISTS (SELECT 1 FROM provider p WHERE p.id = $1
            AND (p.owner_organization_id IS NULL AND (app_is_platform()
                    OR EXISTS (SELECT 1 FROM credentialing_authority a WHERE a.organization_id = app_organization_id())
                        AND app_role() IN ('reviewer', 'organization_admin'))
                OR p.owner_organization_id = app_organization_id()))
    $$;

CREATE FUNCTION credentialing_needs_four_eyes(request credentialing_request) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT request.four_eyes OR coalesce((
            SELECT c.rules ->> 'four_eyes' = 'true' FROM credentialing_rules c
            WHERE c.tenant = coalesce(request.organization_id, '00000000-0000-0000-0000-000000000000')), false)
    $$;

CREATE OR REPLACE FUNCTION credentialing_approve(request uuid, notes text, decided_at timestamptz) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC'
    AS $$
DECLARE
    asked credentialing_request;
BEGIN
    SELECT * INTO asked FROM credentialing_request r WHERE r.id = request FOR UPDATE;
    IF NOT FOUND OR asked.status <> 'SUBMITTED' OR NOT app_may_decide(asked.provider_id)
        OR NOT (app_is_platform() OR asked.organization_id = app_organization_id()) THEN
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
COMMENT ON FUNCTION credentialing_approve(uuid, text, timestamptz) IS
    'Approves an open request and makes its provider ACTIVE, for thirty-six months or provisionally for sixty days. The one way in.';

CREATE FUNCTION credentialing_close(request uuid, reason text, notes text, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    asked credentialing_request;
BEGIN
    SELECT * INTO asked FROM credentialing_request r WHERE r.id = request FOR UPDATE;
    IF NOT FOUND OR asked.status <> 'SUBMITTED'
        OR NOT (app_is_platform() OR asked.organization_id = app_organization_id()) THEN
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
COMMENT ON FUNCTION credentialing_close(uuid, text, text, timestamptz) IS
    'REJECTED: declined by a reviewer, withdrawn by who asked, or out of time. The provider''s status stays.';

CREATE OR REPLACE FUNCTION credentialing_approve_delegated(providers uuid[], source text, decided date, at timestamptz) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC'
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
    INSERT INTO credentialing_request (provider_id, organization_id, status, stage, submitted_at, reviewed_at, reviewer,
        delegated_source, expires_at)
    SELECT w, app_organization_id(), 'APPROVED', 'DECIDED', decided_at, decided_at, app_actor(),
        credentialing_approve_delegated.source, decided_at + interval '36 months'
    FROM unnest(waiting) w;
    PERFORM set_config('app.reason', 'delegated: ' || source, true);
    UPDATE provider p SET network_status = 'ACTIVE', status_changed_at = at WHERE p.id = ANY (waiting);
    GET DIAGNOSTICS approved = ROW_COUNT;
    RETURN approved;
END
$$;

-- Approvals that have run out: the provider leaves unless another approval still holds.
CREATE FUNCTION credentialing_lapse(at timestamptz, most integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    ended uuid[];
    over bigint;
BEGIN
    IF NOT app_is_platform() THEN
        RAISE EXCEPTION 'only the platform lets approvals lapse' USING ERRCODE = 'insufficient_privilege';
    END IF;
    WITH due AS (
        SELECT r.id FROM credentialing_request r
        WHERE r.status = 'APPROVED' AND r.lapsed_at IS NULL AND r.expires_at <= at
        ORDER BY r.expires_at, r.id LIMIT most FOR UPDATE SKIP LOCKED
    ), seen AS (
        UPDATE credentialing_request r SET lapsed_at = at FROM due WHERE r.id = due.id RETURNING r.provider_id
    )
    SELECT array_agg(DISTINCT s.provider_id ORDER BY s.provider_id), count(*) INTO ended, over FROM seen s;
    PERFORM set_config('app.reason', 'credentialing has run out', true);
    UPDATE provider p SET network_status = 'INACTIVE', status_changed_at = at
    WHERE p.id = ANY (ended) AND p.network_status = 'ACTIVE'
    AND NOT EXISTS (SELECT 1 FROM credentialing_request r
        WHERE r.provider_id = p.id AND r.status = 'APPROVED' AND r.expires_at > at);
    RETURN coalesce(over, 0);
END
$$;
COMMENT ON FUNCTION credentialing_lapse(timestamptz, integer) IS
    'Sees to approvals that have run out, each once, at most so many: providers without another one become INACTIVE. How many approvals.';

REVOKE ALL ON FUNCTION credentialing_close, credentialing_lapse, credentialing_needs_four_eyes FROM PUBLIC;
GRANT EXECUTE ON FUNCTION credentialing_close, credentialing_lapse TO provdir_app;
