CREATE TABLE network (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL REFERENCES organization (id),
    name text NOT NULL CHECK (name <> ''),
    public boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT network_name_key UNIQUE (organization_id, name),
    CONSTRAINT network_id_organization_key UNIQUE (id, organization_id)
);
COMMENT ON TABLE network IS 'A network that providers take part in.';
COMMENT ON COLUMN network.public IS 'Whether everybody may see and filter by it; else its organisation alone.';

CREATE TABLE plan (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL REFERENCES organization (id),
    code text NOT NULL CHECK (code <> ''),
    name text NOT NULL CHECK (name <> ''),
    oon_policy text NOT NULL DEFAULT 'PAY' CHECK (oon_policy IN ('PAY', 'DENY')),
    pending_policy text NOT NULL DEFAULT 'HOLD' CHECK (pending_policy IN ('HOLD', 'OON', 'DENY')),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT plan_code_key UNIQUE (organization_id, code)
);
COMMENT ON TABLE plan IS 'A plan, which uses one or several networks.';
COMMENT ON COLUMN plan.code IS 'HIOS plan id or the payer''s own.';
COMMENT ON COLUMN plan.oon_policy IS 'Claims from outside the network: PAY (at the higher cost share) or DENY.';
COMMENT ON COLUMN plan.pending_policy IS 'Claims of a PENDING provider: HOLD, treat as out of network (OON), or DENY.';

CREATE TABLE plan_network (
    plan_id uuid NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
    network_id uuid NOT NULL REFERENCES network (id),
    tier text CHECK (tier <> ''),
    organization_id uuid NOT NULL REFERENCES organization (id)
);
CREATE UNIQUE INDEX plan_network_key ON plan_network (plan_id, network_id, coalesce(tier, ''));
COMMENT ON TABLE plan_network IS 'The networks a plan pays in.';
COMMENT ON COLUMN plan_network.tier IS 'Only the network''s providers of this tier; null: all of them.';
COMMENT ON COLUMN plan_network.organization_id IS 'The plan''s, for its policy.';

CREATE TABLE participation (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    location_id uuid,
    network_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    tier text CHECK (tier <> ''),
    status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'ACTIVE', 'INACTIVE')),
    effective date NOT NULL,
    termination date,
    accepting text CHECK (accepting IN ('nopt', 'newpt', 'existptonly', 'existptfam')),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT participation_dates_check CHECK (termination >= effective),
    CONSTRAINT participation_network_fkey FOREIGN KEY (network_id, organization_id) REFERENCES network (id, organization_id),
    CONSTRAINT participation_location_fkey FOREIGN KEY (provider_id, location_id)
        REFERENCES provider_location (provider_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX participation_key ON participation (provider_id, network_id, effective,
    coalesce(location_id, '00000000-0000-0000-0000-000000000000'), coalesce(tier, ''));
COMMENT ON TABLE participation IS
    'Provider x location x network (x tier) over a span of days: daterange(effective, termination, ''[]'').';
COMMENT ON COLUMN participation.location_id IS 'The place it holds for; null: every place of the provider.';
COMMENT ON COLUMN participation.organization_id IS 'The network''s, for its policy; the foreign key keeps it so.';
COMMENT ON COLUMN participation.termination IS 'Last day, inclusive; null: open.';
COMMENT ON COLUMN participation.accepting IS 'Plan-Net AcceptingPatientsCS.';
COMMENT ON COLUMN participation.recorded_at IS 'Since when the database holds this row as it is; earlier states are in participation_history.';

CREATE TABLE participation_history (
    history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL,
    provider_id uuid NOT NULL,
    location_id uuid,
    network_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    tier text,
    status text NOT NULL,
    effective date NOT NULL,
    termination date,
    accepting text,
    recorded_at timestamptz NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX participation_history_provider_idx ON participation_history (provider_id, network_id);
COMMENT ON TABLE participation_history IS
    'Earlier states of participations, written by trigger: the row as it was known from recorded_at until before superseded_at. What was known at K: participation where recorded_at <= K, and participation_history where recorded_at <= K < superseded_at.';

CREATE FUNCTION participation_keeps_history() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    -- A state that lived within one transaction only was never known to anybody.
    INSERT INTO participation_history (id, provider_id, location_id, network_id, organization_id, tier, status,
        effective, termination, accepting, recorded_at)
    SELECT o.id, o.provider_id, o.location_id, o.network_id, o.organization_id, o.tier, o.status,
        o.effective, o.termination, o.accepting, o.recorded_at
    FROM old_rows o
    WHERE o.recorded_at < now();
    RETURN NULL;
END
$$;
CREATE FUNCTION participation_stamps() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    NEW.recorded_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER participation_keeps_updated AFTER UPDATE ON participation
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION participation_keeps_history();
CREATE TRIGGER participation_keeps_deleted AFTER DELETE ON participation
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION participation_keeps_history();
CREATE TRIGGER participation_stamps BEFORE UPDATE ON participation
    FOR EACH ROW EXECUTE FUNCTION participation_stamps();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['network', 'plan', 'plan_network', 'participation', 'participation_history'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY feed_read ON %I FOR SELECT TO provdir_feed USING (true)', name);
        EXECUTE format('GRANT SELECT ON %I TO provdir_app, provdir_feed', name);
        CONTINUE WHEN name = 'participation_history';
        EXECUTE format($p$CREATE POLICY app_write ON %I TO provdir_app
            USING (organization_id = (SELECT app_organization_id()) OR (SELECT app_is_platform()))
            WITH CHECK (organization_id = (SELECT app_organization_id()) OR (SELECT app_is_platform()))$p$, name);
        EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %I TO provdir_app', name);
    END LOOP;
END
$$;
CREATE POLICY app_read_public ON network FOR SELECT TO provdir_app USING (public);
CREATE POLICY app_read_public ON plan FOR SELECT TO provdir_app
    USING (EXISTS (SELECT 1 FROM plan_network pn JOIN network n ON n.id = pn.network_id WHERE pn.plan_id = plan.id AND n.public));
CREATE POLICY app_read_public ON plan_network FOR SELECT TO provdir_app
    USING (network_id IN (SELECT n.id FROM network n WHERE n.public));
CREATE POLICY app_read_public ON participation FOR SELECT TO provdir_app
    USING (network_id IN (SELECT n.id FROM network n WHERE n.public)
        AND EXISTS (SELECT 1 FROM provider p WHERE p.id = provider_id));
CREATE POLICY app_read ON participation_history FOR SELECT TO provdir_app
    USING (organization_id = (SELECT app_organization_id()) OR (SELECT app_is_platform())
        OR network_id IN (SELECT n.id FROM network n WHERE n.public)
            AND EXISTS (SELECT 1 FROM provider p WHERE p.id = provider_id));
