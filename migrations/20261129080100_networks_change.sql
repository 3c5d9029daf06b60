-- Networks and plans change and end. An end is a day, as everything that a claim depends on: services until then are decided
-- as before. What was known earlier is kept, so that a check as known then, and who asks later why, find it.

ALTER TABLE network
    ADD COLUMN ends_on date,
    ADD COLUMN version bigint NOT NULL DEFAULT 1,
    ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN recorded_xid xid8;
ALTER TABLE plan
    ADD COLUMN ends_on date,
    ADD COLUMN version bigint NOT NULL DEFAULT 1,
    ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN recorded_xid xid8;
ALTER TABLE plan_network
    ADD COLUMN begins_on date,
    ADD COLUMN ends_on date,
    ADD CONSTRAINT plan_network_dates_check CHECK (ends_on >= begins_on);
-- Nobody need hear of this.
ALTER TABLE network DISABLE TRIGGER network_d_changed;
ALTER TABLE plan DISABLE TRIGGER plan_d_changed;
UPDATE network SET recorded_at = created_at;
UPDATE plan SET recorded_at = created_at;
ALTER TABLE network ENABLE TRIGGER network_d_changed;
ALTER TABLE plan ENABLE TRIGGER plan_d_changed;
ALTER TABLE network ALTER COLUMN recorded_xid SET DEFAULT pg_current_xact_id();
ALTER TABLE plan ALTER COLUMN recorded_xid SET DEFAULT pg_current_xact_id();
DROP INDEX plan_network_key;
CREATE UNIQUE INDEX plan_network_key
    ON plan_network (plan_id, network_id, coalesce(tier, ''), coalesce(begins_on, '-infinity'));
COMMENT ON COLUMN network.ends_on IS 'The last day on which it is a network; null: no end is known.';
COMMENT ON COLUMN network.version IS 'Raised once by every transaction that changes it.';
COMMENT ON COLUMN network.recorded_at IS 'Since when the database holds this row as it is; earlier states are in reference_history.';
COMMENT ON COLUMN plan.ends_on IS 'The last day of service that it pays; null: no end is known.';
COMMENT ON COLUMN plan.version IS 'Raised once by every transaction that changes it or the networks that it uses.';
COMMENT ON COLUMN plan.recorded_at IS 'Since when the database holds this plan with its networks as it is; earlier states are in reference_history.';
COMMENT ON COLUMN plan_network.begins_on IS 'The first day of service on which the plan pays in it; null: always so far.';
COMMENT ON COLUMN plan_network.ends_on IS 'The last one; null: no end is known.';

CREATE TABLE reference_history (
    history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('network', 'plan')),
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    version bigint NOT NULL,
    state jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_xid xid8,
    superseded_at timestamptz NOT NULL DEFAULT now(),
    superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    superseded_by text NOT NULL DEFAULT app_actor()
);
CREATE INDEX reference_history_id_idx ON reference_history (id, version);
CREATE INDEX reference_history_superseded_idx ON reference_history (superseded_at);
COMMENT ON TABLE reference_history IS
    'Earlier states of networks and plans, written by trigger: as known from recorded_at until before superseded_at. Nobody changes or deletes a row.';
COMMENT ON COLUMN reference_history.state IS 'The row, of a plan with its networks.';
COMMENT ON COLUMN reference_history.superseded_by IS 'Whose change put the next state in its place.';
ALTER TABLE reference_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE reference_history FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON reference_history TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY feed_read ON reference_history FOR SELECT TO provdir_feed USING (true);
CREATE POLICY app_read ON reference_history FOR SELECT TO provdir_app
    USING (organization_id = (SELECT app_organization_id()) OR (SELECT app_is_platform()));
GRANT SELECT ON reference_history TO provdir_app, provdir_feed;

CREATE FUNCTION network_state(n network) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT jsonb_build_object('name', n.name, 'public', n.public, 'ends_on', n.ends_on)
    $$;
CREATE FUNCTION plan_state(p plan) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT jsonb_build_object('code', p.code, 'name', p.name, 'oon_policy', p.oon_policy,
            'pending_policy', p.pending_policy, 'ends_on', p.ends_on,
            'networks', coalesce((
                SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('network_id', u.network_id, 'tier', u.tier,
                    'begins_on', u.begins_on, 'ends_on', u.ends_on)) ORDER BY u.network_id, u.tier, u.begins_on)
                FROM plan_network u WHERE u.plan_id = p.id), '[]'))
    $$;
COMMENT ON FUNCTION network_state(network) IS 'A network as history and events have it.';
COMMENT ON FUNCTION plan_state(plan) IS 'A plan with its networks as history and events have it.';

-- The state before the first change of a transaction is kept; what lived within one transaction only was known to nobody.
CREATE FUNCTION reference_keeps_history() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    was jsonb;
BEGIN
    IF OLD.recorded_xid = pg_current_xact_id() AND OLD.recorded_at = now() THEN
        IF TG_OP = 'UPDATE' THEN
            NEW.version := OLD.version;
            NEW.recorded_at := OLD.recorded_at;
            NEW.recorded_xid := OLD.recorded_xid;
            RETURN NEW;
        END IF;
        RETURN OLD;
    END IF;
    IF TG_TABLE_NAME = 'network' THEN
        SELECT network_state(n) INTO was FROM network n WHERE n.id = OLD.id;
    ELSE
        SELECT plan_state(p) INTO was FROM plan p WHERE p.id = OLD.id;
    END IF;
    INSERT INTO reference_history (kind, id, organization_id, version, state, recorded_at, recorded_xid)
    VALUES (TG_TABLE_NAME, OLD.id, OLD.organization_id, OLD.version, was, OLD.recorded_at, OLD.recorded_xid);
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    NEW.version := OLD.version + 1;
    NEW.recorded_at := now();
    NEW.recorded_xid := pg_current_xact_id();
    RETURN NEW;
END
$$;
CREATE TRIGGER network_b_keeps_history BEFORE UPDATE OR DELETE ON network
    FOR EACH ROW EXECUTE FUNCTION reference_keeps_history();
CREATE TRIGGER plan_b_keeps_history BEFORE UPDATE OR DELETE ON plan
    FOR EACH ROW EXECUTE FUNCTION reference_keeps_history();

-- Before the first row of it changes, so that the kept state is the whole list as it was.
CREATE FUNCTION plan_network_raises_plan() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE plan p SET version = p.version
        WHERE p.id = OLD.plan_id AND NOT (p.recorded_xid = pg_current_xact_id() AND p.recorded_at = now()) IS TRUE;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    UPDATE plan p SET version = p.version
    WHERE p.id = NEW.plan_id AND NOT (p.recorded_xid = pg_current_xact_id() AND p.recorded_at = now()) IS TRUE;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION plan_network_raises_plan() IS 'The assignment is void: reference_keeps_history sets the version.';
CREATE TRIGGER plan_network_b_raises_plan BEFORE INSERT OR UPDATE OR DELETE ON plan_network
    FOR EACH ROW EXECUTE FUNCTION plan_network_raises_plan();

-- Those who follow events hear of each version once, when its transaction commits. To everybody is told what everybody may
-- see before and after; else it is told to the tenant alone.
CREATE FUNCTION reference_tells() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    here jsonb;
    was jsonb;
    now_at bigint;
    is_public boolean;
    kind CONSTANT text := TG_TABLE_NAME || '.updated';
BEGIN
    IF TG_TABLE_NAME = 'network' THEN
        SELECT network_state(n), n.version INTO here, now_at FROM network n WHERE n.id = NEW.id;
    ELSE
        SELECT plan_state(p), p.version INTO here, now_at FROM plan p WHERE p.id = NEW.id;
    END IF;
    IF now_at IS DISTINCT FROM NEW.version THEN
        RETURN NULL;
    END IF;
    SELECT h.state INTO was FROM reference_history h WHERE h.id = NEW.id AND h.version = NEW.version - 1;
    IF TG_TABLE_NAME = 'network' THEN
        is_public := (here ->> 'public')::boolean AND coalesce((was ->> 'public')::boolean, false);
    ELSE
        is_public := NOT EXISTS (
            SELECT 1 FROM jsonb_array_elements((here -> 'networks') || coalesce(was -> 'networks', '[]')) u
            WHERE NOT EXISTS (SELECT 1 FROM network n WHERE n.id = (u ->> 'network_id')::uuid AND n.public));
    END IF;
    PERFORM outbox_event(jsonb_build_object(
        'owner', CASE WHEN NOT is_public THEN NEW.organization_id END,
        'event', jsonb_build_object(
            'specversion', '1.0',
            'id', md5(kind || '/' || NEW.id || '/' || NEW.version)::uuid,
            'source', '/networks',
            'type', kind,
            'subject', NEW.id,
            'time', to_char(NEW.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'datacontenttype', 'application/json',
            'partitionkey', NEW.id,
            'sequence', '',
            'data', jsonb_build_object(
                'event', kind,
                TG_TABLE_NAME || '_id', NEW.id,
                'organization_id', NEW.organization_id,
                'version', NEW.version,
                'before', was,
                'after', here))));
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER network_tells AFTER UPDATE ON network
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.version <> NEW.version) EXECUTE FUNCTION reference_tells();
CREATE CONSTRAINT TRIGGER plan_tells AFTER UPDATE ON plan
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.version <> NEW.version) EXECUTE FUNCTION reference_tells();
