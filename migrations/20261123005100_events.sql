-- What the world outside hears of changes: each version of a provider once, with what it was before and is after.
--
-- The outbox stays the only order. A row learns at its birth which version it tells of; what changed in that transaction
-- is kept beside it by triggers, so that no code path can forget it. Bulk loads write neither.

ALTER TABLE outbox
    ADD COLUMN version bigint,
    ADD COLUMN head jsonb,
    ADD COLUMN event jsonb,
    DROP CONSTRAINT outbox_kind_check,
    ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('PROVIDER', 'REBUILD', 'REFERENCE', 'EVENT')),
    ADD CONSTRAINT outbox_event_check CHECK ((kind = 'EVENT') = (event IS NOT NULL));
COMMENT ON COLUMN outbox.version IS
    'Of a PROVIDER row: the version that this transaction raised; null where it raised none, as where only days have passed.';
COMMENT ON COLUMN outbox.head IS 'Of a PROVIDER row with a version: number, locator, owner and status of the provider.';
COMMENT ON COLUMN outbox.event IS 'Of an EVENT row: what is to be published besides changes of providers. The index does not read it.';

CREATE FUNCTION outbox_tells_version() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    SELECT p.version, jsonb_build_object('npi', p.npi::text, 'locator', p.locator, 'kind', p.kind,
        'owner', p.owner_organization_id, 'network_status', p.network_status, 'activated_at', p.activated_at)
    INTO NEW.version, NEW.head
    FROM provider p
    WHERE p.id = NEW.provider_id AND p.version_xid = pg_current_xact_id();
    RETURN NEW;
END
$$;
CREATE TRIGGER outbox_tells_version BEFORE INSERT ON outbox
    FOR EACH ROW WHEN (NEW.kind = 'PROVIDER') EXECUTE FUNCTION outbox_tells_version();

CREATE TABLE provider_change (
    provider_id uuid NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    field text NOT NULL,
    before jsonb,
    after jsonb,
    PRIMARY KEY (provider_id, xid, field)
);
CREATE INDEX provider_change_xid_idx ON provider_change (xid);
COMMENT ON TABLE provider_change IS
    'What a transaction changed of a provider, by field: as it was when the transaction began, and as it left it. Only what may be told to everybody who sees the provider. Kept as long as the outbox.';
COMMENT ON COLUMN provider_change.xid IS 'The transaction; with the provider it leads to the row of the outbox.';
GRANT SELECT, DELETE ON provider_change TO provdir_feed;

CREATE FUNCTION provider_keeps_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off
    AS $$
BEGIN
    IF app_is_bulk() OR NOT EXISTS (SELECT 1 FROM new_rows) THEN
        RETURN NULL;
    END IF;
    INSERT INTO provider_change (provider_id, field, before, after)
    SELECT n.id, f.field, f.before, f.after
    FROM new_rows n
    JOIN old_rows o ON o.id = n.id
    CROSS JOIN LATERAL (VALUES
        ('network_status', to_jsonb(o.network_status), to_jsonb(n.network_status)),
        ('activated_at', to_jsonb(o.activated_at), to_jsonb(n.activated_at)),
        ('npi', to_jsonb(o.npi::text), to_jsonb(n.npi::text)),
        ('kind', to_jsonb(o.kind), to_jsonb(n.kind)),
        ('category', to_jsonb(o.category), to_jsonb(n.category)),
        ('name', jsonb_build_array(o.name_prefix, o.first_name, o.middle_name, o.last_name, o.name_suffix, o.credential,
            o.organization_name), jsonb_build_array(n.name_prefix, n.first_name, n.middle_name, n.last_name,
            n.name_suffix, n.credential, n.organization_name)),
        ('gender', to_jsonb(o.gender), to_jsonb(n.gender)),
        ('phone', to_jsonb(o.phone), to_jsonb(n.phone)),
        ('verified_at', to_jsonb(o.verified_at), to_jsonb(n.verified_at))
    ) f (field, before, after)
    WHERE f.before IS DISTINCT FROM f.after
    ON CONFLICT (provider_id, xid, field) DO UPDATE SET after = excluded.after;
    RETURN NULL;
END
$$;
CREATE TRIGGER provider_x_keeps_change AFTER UPDATE ON provider
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION provider_keeps_change();

-- The rows of a child as a list, before and after a statement. Before is what is there now, without what came and with
-- what went. Participations in networks that are not public are nobody else's business and left out.
CREATE FUNCTION child_change(child regclass, field text, came jsonb, went jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    EXECUTE format($q$
        WITH came AS (
            SELECT (x ->> 'provider_id')::uuid AS p, x - $3 AS r FROM jsonb_array_elements($1) x
        ), went AS (
            SELECT (x ->> 'provider_id')::uuid AS p, x - $3 AS r FROM jsonb_array_elements($2) x
        ), touched AS (
            SELECT t.p FROM (SELECT c.p FROM came c UNION SELECT w.p FROM went w) t
            JOIN provider v ON v.id = t.p AND v.version > 1
        ), here AS (
            SELECT c.provider_id AS p, to_jsonb(c) - $3 AS r
            FROM %s c WHERE c.provider_id = ANY (ARRAY(SELECT t.p FROM touched t))
        ), before AS (
            (SELECT h.p, h.r FROM here h EXCEPT ALL SELECT c.p, c.r FROM came c) UNION ALL SELECT w.p, w.r FROM went w
        ), public_before AS (
            SELECT b.p, b.r FROM before b
            WHERE b.r ->> 'network_id' IS NULL OR EXISTS (SELECT 1 FROM network n WHERE n.id = (b.r ->> 'network_id')::uuid AND n.public)
        ), public_here AS (
            SELECT h.p, h.r FROM here h
            WHERE h.r ->> 'network_id' IS NULL OR EXISTS (SELECT 1 FROM network n WHERE n.id = (h.r ->> 'network_id')::uuid AND n.public)
        )
        INSERT INTO provider_change (provider_id, field, before, after)
        SELECT t.p, $4, coalesce(b.list, '[]'), coalesce(h.list, '[]')
        FROM touched t
        LEFT JOIN (SELECT b.p, jsonb_agg(b.r ORDER BY b.r) AS list FROM public_before b GROUP BY b.p) b ON b.p = t.p
        LEFT JOIN (SELECT h.p, jsonb_agg(h.r ORDER BY h.r) AS list FROM public_here h GROUP BY h.p) h ON h.p = t.p
        ON CONFLICT (provider_id, xid, field) DO UPDATE SET after = excluded.after
        $q$, child)
    USING came, went, ARRAY['provider_id', 'organization_id', 'recorded_at', 'source', 'verified_at', 'fax',
        'position_quality'], field;
END
$$;
REVOKE ALL ON FUNCTION child_change FROM PUBLIC;

CREATE FUNCTION child_keeps_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    came jsonb := '[]';
    went jsonb := '[]';
BEGIN
    IF app_is_bulk() THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        SELECT coalesce(jsonb_agg(to_jsonb(n)), '[]') INTO came FROM new_rows n;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        SELECT coalesce(jsonb_agg(to_jsonb(o)), '[]') INTO went FROM old_rows o;
    END IF;
    IF came <> '[]' OR went <> '[]' THEN
        PERFORM child_change(TG_RELID, TG_ARGV[0], came, went);
    END IF;
    RETURN NULL;
END
$$;

DO $$
DECLARE
    child text;
    field text;
BEGIN
    FOR child, field IN VALUES ('provider_location', 'locations'), ('provider_specialty', 'specialties'),
        ('provider_language', 'languages'), ('provider_other_name', 'other_names'),
        ('provider_affiliation', 'affiliations'), ('participation', 'participations') LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION child_keeps_change(%L)', child || '_x_inserted', child, field);
        EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION child_keeps_change(%L)', child || '_x_updated', child, field);
        EXECUTE format('CREATE TRIGGER %I AFTER DELETE ON %I REFERENCING OLD TABLE AS old_rows
            FOR EACH STATEMENT EXECUTE FUNCTION child_keeps_change(%L)', child || '_x_deleted', child, field);
    END LOOP;
END
$$;

CREATE TABLE publisher (
    name text PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT '0',
    id bigint NOT NULL DEFAULT 0,
    moved_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE publisher IS
    'How far each way out (webhooks, kafka, nats) has published the outbox. The outbox is kept for a publisher that is behind, for at most thirty days after it last moved.';
GRANT SELECT, INSERT, UPDATE ON publisher TO provdir_feed;

CREATE TABLE webhook (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid REFERENCES organization (id),
    url text NOT NULL CHECK (url ~ '^https?://' AND length(url) <= 2000),
    types text[] NOT NULL DEFAULT '{}',
    secret text NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    since xid8 NOT NULL DEFAULT pg_current_xact_id(),
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL DEFAULT app_actor()
);
COMMENT ON TABLE webhook IS 'Addresses that events are posted to, signed.';
COMMENT ON COLUMN webhook.organization_id IS 'Whose it is: gets the public events and those of this tenant; null: the platform''s, public events only.';
COMMENT ON COLUMN webhook.types IS 'Only events of these types; none: all.';
COMMENT ON COLUMN webhook.secret IS 'The key of the signature. Shown once, when it is made; read by the publisher only.';
COMMENT ON COLUMN webhook.since IS 'The transaction that made it: it gets what is written after.';

CREATE TABLE webhook_delivery (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id uuid NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    organization_id uuid,
    event_id uuid NOT NULL,
    partition_key text NOT NULL,
    event jsonb NOT NULL,
    status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'DELIVERED', 'DEAD')),
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT now(),
    last_answer text,
    created_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    CONSTRAINT webhook_delivery_key UNIQUE (webhook_id, event_id)
);
CREATE INDEX webhook_delivery_pending_idx ON webhook_delivery (webhook_id, partition_key, id) WHERE status = 'PENDING';
COMMENT ON TABLE webhook_delivery IS
    'One event for one webhook. For each partition key in order: the next one waits until the one before is delivered or dead.';
COMMENT ON COLUMN webhook_delivery.organization_id IS 'The webhook''s, for its policy.';
COMMENT ON COLUMN webhook_delivery.status IS 'DEAD: given up after all tries; a replay makes it PENDING again.';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['webhook', 'webhook_delivery'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY feed_all ON %I TO provdir_feed USING (true) WITH CHECK (true)', name);
        EXECUTE format($p$CREATE POLICY app_all ON %I TO provdir_app
            USING (organization_id = (SELECT app_organization_id()) OR organization_id IS NULL AND (SELECT app_is_platform()))
            WITH CHECK (organization_id = (SELECT app_organization_id()) OR organization_id IS NULL AND (SELECT app_is_platform()))$p$, name);
    END LOOP;
END
$$;
GRANT SELECT (id, organization_id, url, types, is_active, created_at, created_by) ON webhook TO provdir_app;
GRANT INSERT (id, organization_id, url, types, secret) ON webhook TO provdir_app;
GRANT UPDATE (url, types, is_active), DELETE ON webhook TO provdir_app;
GRANT SELECT ON webhook_delivery TO provdir_app;
GRANT UPDATE (status, attempts, due_at, done_at) ON webhook_delivery TO provdir_app;
GRANT SELECT ON webhook TO provdir_feed;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_delivery TO provdir_feed;
