-- Claims that wait for credentialing, and decisions that can be proved later.

CREATE TABLE network_hold (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL REFERENCES organization (id),
    claim_ref text NOT NULL CHECK (claim_ref <> '' AND length(claim_ref) <= 200),
    npi bigint NOT NULL,
    plan_id uuid NOT NULL REFERENCES plan (id),
    question jsonb NOT NULL,
    decision jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL DEFAULT app_actor(),
    resolved_at timestamptz,
    outcome jsonb,
    CHECK ((resolved_at IS NULL) = (outcome IS NULL))
);
CREATE UNIQUE INDEX network_hold_open_key ON network_hold (organization_id, claim_ref) WHERE resolved_at IS NULL;
CREATE INDEX network_hold_npi_idx ON network_hold (npi) WHERE resolved_at IS NULL;
COMMENT ON TABLE network_hold IS
    'A claim that was answered PENDING_INFO: when what it waits for is decided, it is resolved and network.decision.changed is published, once.';
COMMENT ON COLUMN network_hold.claim_ref IS 'The payer''s own word for the claim.';
COMMENT ON COLUMN network_hold.decision IS 'As answered when it was held.';
COMMENT ON COLUMN network_hold.outcome IS 'The decision that released it.';

CREATE TABLE network_receipt (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL REFERENCES organization (id),
    claim_ref text CHECK (claim_ref <> '' AND length(claim_ref) <= 200),
    npi bigint NOT NULL,
    service_date date NOT NULL,
    known_at timestamptz NOT NULL,
    statement jsonb NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    signature bytea NOT NULL CHECK (length(signature) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL DEFAULT app_actor()
);
CREATE INDEX network_receipt_period_idx ON network_receipt (organization_id, service_date);
CREATE INDEX network_receipt_created_idx ON network_receipt USING brin (created_at);
COMMENT ON TABLE network_receipt IS
    'A decision with everything it was made from, signed. Never changed; kept for at least two years (42 USC 300gg-115).';
COMMENT ON COLUMN network_receipt.known_at IS 'The moment whose knowledge it was decided from: the same data is read again as known then.';
COMMENT ON COLUMN network_receipt.statement IS 'Question, terms, facts, decision, versions: what hash and signature are over, written out in a fixed order.';

CREATE FUNCTION network_receipt_stays() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.created_at < now() - interval '2 years' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'a receipt is never changed and kept for two years' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER network_receipt_stays BEFORE UPDATE OR DELETE ON network_receipt
    FOR EACH ROW EXECUTE FUNCTION network_receipt_stays();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['network_hold', 'network_receipt'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY feed_all ON %I TO provdir_feed USING (true) WITH CHECK (true)', name);
        EXECUTE format($p$CREATE POLICY app_all ON %I TO provdir_app
            USING (organization_id = (SELECT app_organization_id()) OR (SELECT app_is_platform()))
            WITH CHECK (organization_id = (SELECT app_organization_id()) OR (SELECT app_is_platform()))$p$, name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO provdir_app', name);
    END LOOP;
END
$$;
GRANT SELECT, UPDATE (resolved_at, outcome) ON network_hold TO provdir_feed;
GRANT SELECT, DELETE ON network_receipt TO provdir_feed;

CREATE FUNCTION network_receipt_key() RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    key text;
BEGIN
    SELECT s.value INTO key FROM private_setting s WHERE s.name = 'network_receipt.key';
    IF key IS NULL THEN
        INSERT INTO private_setting (name, value)
        VALUES ('network_receipt.key', gen_random_uuid()::text || gen_random_uuid()::text)
        ON CONFLICT DO NOTHING;
        SELECT s.value INTO key FROM private_setting s WHERE s.name = 'network_receipt.key';
    END IF;
    RETURN key;
END
$$;
COMMENT ON FUNCTION network_receipt_key() IS 'The key that receipts are signed with; made when it is first asked for, the same for all nodes.';
REVOKE ALL ON FUNCTION network_receipt_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION network_receipt_key TO provdir_app;

CREATE FUNCTION outbox_event(told jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    INSERT INTO outbox (kind, event) VALUES ('EVENT', told);
    PERFORM pg_notify('outbox', '');
END
$$;
COMMENT ON FUNCTION outbox_event(jsonb) IS 'Writes an event to be published, {"owner": tenant or null, "event": CloudEvent}.';
REVOKE ALL ON FUNCTION outbox_event FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outbox_event TO provdir_feed;
