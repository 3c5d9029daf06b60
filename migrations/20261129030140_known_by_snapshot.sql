-- What a receipt was made from is found again exactly, also where a change was under way when it was given: beside the
-- moment stands the transaction, and the receipt has the snapshot that it was read from (was_known).

ALTER TABLE provider ADD COLUMN created_xid xid8;
ALTER TABLE provider ALTER COLUMN created_xid SET DEFAULT pg_current_xact_id();
ALTER TABLE provider_status_history ADD COLUMN recorded_xid xid8;
ALTER TABLE provider_status_history ALTER COLUMN recorded_xid SET DEFAULT pg_current_xact_id();
ALTER TABLE participation ADD COLUMN recorded_xid xid8;
ALTER TABLE participation ALTER COLUMN recorded_xid SET DEFAULT pg_current_xact_id();
ALTER TABLE participation_history ADD COLUMN recorded_xid xid8, ADD COLUMN superseded_xid xid8;
ALTER TABLE participation_history ALTER COLUMN superseded_xid SET DEFAULT pg_current_xact_id();
COMMENT ON COLUMN provider.created_xid IS 'The transaction of created_at; null: older than this column.';
COMMENT ON COLUMN provider_status_history.recorded_xid IS 'The transaction of recorded_at; null: older than this column.';
COMMENT ON COLUMN participation.recorded_xid IS 'The transaction of recorded_at; null: older than this column.';
COMMENT ON COLUMN participation_history.superseded_xid IS 'The transaction of superseded_at; null: older than this column.';

CREATE OR REPLACE FUNCTION participation_keeps_history() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    -- A state that lived within one transaction only was never known to anybody.
    INSERT INTO participation_history (id, provider_id, location_id, network_id, organization_id, tier, status,
        effective, termination, accepting, recorded_at, recorded_xid)
    SELECT o.id, o.provider_id, o.location_id, o.network_id, o.organization_id, o.tier, o.status,
        o.effective, o.termination, o.accepting, o.recorded_at, o.recorded_xid
    FROM old_rows o
    WHERE o.recorded_at <> now() OR o.recorded_xid <> pg_current_xact_id();
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION participation_stamps() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    NEW.recorded_at := now();
    NEW.recorded_xid := pg_current_xact_id();
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION child_change(child regclass, field text, came jsonb, went jsonb) RETURNS void
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
    USING came, went, ARRAY['provider_id', 'organization_id', 'recorded_at', 'recorded_xid', 'source', 'verified_at', 'fax',
        'position_quality'], field;
END
$$;
