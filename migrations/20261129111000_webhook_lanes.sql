-- What a webhook is to be told next, found without reading all that waits behind it: a row for each key that something
-- waits for, with the first of what does. Triggers keep it, so that no code path can forget it.

CREATE TABLE webhook_lane (
    webhook_id uuid NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    partition_key text NOT NULL,
    head bigint NOT NULL,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (webhook_id, partition_key)
);
CREATE INDEX webhook_lane_due_idx ON webhook_lane (webhook_id, due_at, head);
COMMENT ON TABLE webhook_lane IS
    'The first pending delivery of each webhook and partition key, and when it is due; none: nothing is pending.';
COMMENT ON COLUMN webhook_lane.head IS 'The key of that delivery.';

ALTER TABLE webhook_lane ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_lane FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON webhook_lane TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY feed_all ON webhook_lane TO provdir_feed USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE ON webhook_lane TO provdir_feed; -- UPDATE to lock them

-- Whoever adds or ends deliveries writes them first, then locks the lanes, then looks what waits: of two at the same lane
-- the second sees what the first one did. Plans are kept for a session, and one that was made for a replay of thousands
-- would read all of them for the next single one: each lane is looked up by its key.
CREATE FUNCTION webhook_delivery_joins_lane() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    INSERT INTO webhook_lane (webhook_id, partition_key, head, due_at)
    SELECT DISTINCT ON (n.webhook_id, n.partition_key) n.webhook_id, n.partition_key, n.id, n.due_at
    FROM new_rows n
    WHERE n.status = 'PENDING'
    ORDER BY n.webhook_id, n.partition_key, n.id
    ON CONFLICT (webhook_id, partition_key) DO UPDATE SET head = webhook_lane.head;
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_delivery_joins_lane AFTER INSERT ON webhook_delivery
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION webhook_delivery_joins_lane();

CREATE FUNCTION webhook_delivery_moves_lane() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off
    AS $$
BEGIN
    -- A replay opens lanes.
    INSERT INTO webhook_lane (webhook_id, partition_key, head, due_at)
    SELECT DISTINCT ON (n.webhook_id, n.partition_key) n.webhook_id, n.partition_key, n.id, n.due_at
    FROM new_rows n
    WHERE n.status = 'PENDING'
    ORDER BY n.webhook_id, n.partition_key, n.id
    ON CONFLICT (webhook_id, partition_key) DO UPDATE SET head = webhook_lane.head;
    PERFORM 1
    FROM webhook_lane l
    WHERE (l.webhook_id, l.partition_key) IN (SELECT n.webhook_id, n.partition_key FROM new_rows n WHERE n.status <> 'PENDING')
    ORDER BY l.webhook_id, l.partition_key
    FOR UPDATE;
    WITH heads AS (
        SELECT t.webhook_id, t.partition_key, h.id, h.due_at
        FROM (SELECT DISTINCT n.webhook_id, n.partition_key FROM new_rows n) t
        LEFT JOIN LATERAL (
            SELECT d.id, d.due_at
            FROM webhook_delivery d
            WHERE d.webhook_id = t.webhook_id AND d.partition_key = t.partition_key AND d.status = 'PENDING'
            ORDER BY d.id
            LIMIT 1
        ) h ON true
    ), empty AS (
        DELETE FROM webhook_lane l USING heads h
        WHERE h.id IS NULL AND l.webhook_id = h.webhook_id AND l.partition_key = h.partition_key
    )
    UPDATE webhook_lane l SET head = h.id, due_at = h.due_at
    FROM heads h
    WHERE h.id IS NOT NULL AND l.webhook_id = h.webhook_id AND l.partition_key = h.partition_key
    AND (l.head, l.due_at) IS DISTINCT FROM (h.id, h.due_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_delivery_moves_lane AFTER UPDATE ON webhook_delivery
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION webhook_delivery_moves_lane();

INSERT INTO webhook_lane (webhook_id, partition_key, head, due_at)
SELECT DISTINCT ON (d.webhook_id, d.partition_key) d.webhook_id, d.partition_key, d.id, d.due_at
FROM webhook_delivery d
WHERE d.status = 'PENDING'
ORDER BY d.webhook_id, d.partition_key, d.id;
