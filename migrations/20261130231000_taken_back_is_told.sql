-- What is taken back in another way than by a revocation is told like one: an item that is withdrawn, a note that is hidden, an
-- assignment that ends. The history of standings gets its place in the order of transactions, as the history of shares has one.
-- What is in it already counts as made by this migration: readers are told its items once more.
ALTER TABLE standing_history ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
COMMENT ON COLUMN standing_history.xid IS 'The transaction that wrote the row.';

CREATE FUNCTION portal_assignments_begun()
    RETURNS TABLE (id uuid, case_id uuid, ends_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT c.id, c.case_id, c.ends_at
        FROM portal_standing() s
        JOIN case_provider c ON c.organization_id = s.organization_id AND c.provider_id = s.provider_id
        WHERE s.kind = 'person' AND c.starts_at <= app_now() AND (c.ends_at IS NULL OR c.ends_at > c.starts_at)
        UNION ALL
        SELECT c.id, c.case_id, c.ends_at
        FROM portal_standing() s
        JOIN case_provider_external c ON c.organization_id = s.organization_id AND c.provider_id = s.provider_id
        WHERE s.kind = 'machine' AND c.starts_at <= app_now() AND (c.ends_at IS NULL OR c.ends_at > c.starts_at)
    $$;
COMMENT ON FUNCTION portal_assignments_begun() IS
    'The assignments through which the provider user sees cases, or once saw them.';

CREATE OR REPLACE FUNCTION portal_changes()
    RETURNS TABLE (case_id uuid, item_id uuid, item_kind text, action text, expires_at timestamptz, at timestamptz,
        xid xid8, seq bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        WITH decided AS (
            SELECT DISTINCT ON (s.assignment_id, s.item_id)
                s.assignment_id, s.case_id, s.item_id, s.item_kind, s.at, s.xid, s.seq,
                s.action = 'grant' AND (a.ends_at IS NULL OR a.ends_at > app_now()) AS shown,
                least(s.expires_at, a.ends_at) AS expires_at
            FROM portal_assignments_begun() a
            JOIN share s ON s.assignment_id = a.id AND s.at <= app_now()
            ORDER BY s.assignment_id, s.item_id, s.seq DESC
        ), turns AS (
            SELECT d.item_id, d.at, d.xid, d.seq FROM decided d
            UNION ALL
            SELECT d.item_id, h.at, h.xid, h.seq FROM decided d
            JOIN standing_history h ON h.entity_id = d.item_id AND h.entity = 'case_item' AND h.at <= app_now()
            UNION ALL
            SELECT d.item_id, h.at, h.xid, h.seq FROM decided d
            JOIN standing_history h ON h.entity_id = d.assignment_id
                AND h.entity IN ('case_provider', 'case_provider_external') AND h.at <= app_now()
        ), latest AS (
            SELECT DISTINCT ON (t.item_id) t.item_id, t.at, t.xid, t.seq
            FROM turns t ORDER BY t.item_id, t.xid DESC, t.seq DESC
        ), stands AS (
            SELECT d.item_id, d.case_id, d.item_kind, bool_or(d.shown) AND i.offered AND i.withdrawn_at IS NULL AS shown,
                CASE WHEN NOT bool_or(d.shown AND d.expires_at IS NULL) THEN max(d.expires_at) FILTER (WHERE d.shown) END
                    AS expires_at
            FROM decided d JOIN case_item i ON i.id = d.item_id
            GROUP BY d.item_id, d.case_id, d.item_kind, i.offered, i.withdrawn_at
        )
        SELECT s.case_id, s.item_id, s.item_kind, CASE WHEN s.shown THEN 'grant' ELSE 'revoke' END,
            CASE WHEN s.shown THEN s.expires_at END, l.at, l.xid, l.seq
        FROM stands s JOIN latest l ON l.item_id = s.item_id
    $$;
COMMENT ON FUNCTION portal_changes() IS
    'How each item stands that was ever shared with the provider user, and the place of its last turn in the order of transactions.';

-- Systems are told by webhook as well.

CREATE FUNCTION share_tell(assignment uuid, said_of_case uuid, item uuid, sort text, event_type text, number bigint,
    moment timestamptz, ends timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    event_id uuid := gen_random_uuid();
BEGIN
    INSERT INTO webhook_delivery (webhook_id, organization_id, event_id, partition_key, event)
    SELECT w.id, w.organization_id, event_id, said_of_case::text, jsonb_build_object(
        'specversion', '1.0', 'id', event_id, 'source', '/external/v1/cases', 'type', event_type,
        'subject', said_of_case, 'time', to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'datacontenttype', 'application/json', 'partitionkey', said_of_case, 'sequence', lpad(number::text, 20, '0'),
        'data', jsonb_build_object('event', event_type, 'case_id', said_of_case, 'item_id', item,
            'item_kind', sort, 'expires_at', ends))
    FROM case_provider_external x
    JOIN provider_user u ON u.organization_id = x.organization_id AND u.provider_id = x.provider_id AND u.kind = 'machine'
    JOIN webhook w ON w.provider_user_id = u.id AND w.is_active AND (w.types = '{}' OR event_type = ANY (w.types))
    WHERE x.id = assignment AND webhook_stands(w.provider_token_id);
END
$$;
COMMENT ON FUNCTION share_tell(uuid, uuid, uuid, text, text, bigint, timestamptz, timestamptz) IS
    'Queues what the systems of the provider of an external assignment are told of an item.';

CREATE OR REPLACE FUNCTION share_is_told() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM share_tell(x.id, NEW.case_id, NEW.item_id, NEW.item_kind,
        CASE NEW.action WHEN 'grant' THEN 'case.item.shared' ELSE 'case.item.revoked' END, NEW.seq, NEW.at,
        CASE NEW.action WHEN 'grant' THEN least(NEW.expires_at, x.ends_at) END)
    FROM case_provider_external x WHERE x.id = NEW.case_provider_external_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION external_grants(of_case uuid, moment timestamptz)
    RETURNS TABLE (assignment_id uuid, provider_id uuid, is_open boolean, item_id uuid, item_kind text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT d.id, d.provider_id, d.starts_at <= moment AND (d.ends_at IS NULL OR d.ends_at > moment),
            d.item_id, d.item_kind
        FROM (
            SELECT DISTINCT ON (s.assignment_id, s.item_id)
                x.id, x.provider_id, x.starts_at, x.ends_at, s.item_id, s.item_kind, s.action, s.expires_at
            FROM case_provider_external x
            JOIN share s ON s.assignment_id = x.id AND s.at <= moment
            WHERE x.case_id = of_case
            ORDER BY s.assignment_id, s.item_id, s.seq DESC
        ) d
        WHERE d.action = 'grant' AND (d.expires_at IS NULL OR d.expires_at > moment)
    $$;
COMMENT ON FUNCTION external_grants(uuid, timestamptz) IS
    'The grants of a case that count for external assignments, also for those that are not open.';

CREATE FUNCTION taken_back_is_told() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    -- In one row with decisions about shares, in whose order systems read events.
    numbers regclass := pg_get_serial_sequence('public.share', 'seq');
BEGIN
    PERFORM share_tell(gone.assignment_id, NEW.case_id, gone.item_id, gone.item_kind, 'case.item.revoked',
        nextval(numbers), NEW.at, NULL)
    FROM (
        SELECT DISTINCT ON (g.provider_id, g.item_id) g.assignment_id, g.item_id, g.item_kind
        FROM external_grants(NEW.case_id, NEW.at) g
        JOIN case_item i ON i.id = g.item_id
        WHERE CASE NEW.entity
            WHEN 'case_item' THEN g.is_open AND g.item_id = NEW.entity_id
            ELSE g.assignment_id = NEW.entity_id AND i.offered AND i.withdrawn_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM external_grants(NEW.case_id, NEW.at) o
                WHERE o.is_open AND o.provider_id = g.provider_id AND o.item_id = g.item_id) END
        ORDER BY g.provider_id, g.item_id
    ) gone;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION taken_back_is_told() IS
    'Queues what systems of providers are told where an item or an assignment counts no more.';
CREATE TRIGGER taken_back_is_told AFTER INSERT ON standing_history FOR EACH ROW
    WHEN (NEW.entity = 'case_item' AND NOT NEW.holds OR NEW.entity = 'case_provider_external' AND NEW.ends_at <= NEW.at)
    EXECUTE FUNCTION taken_back_is_told();

REVOKE ALL ON FUNCTION portal_assignments_begun, share_tell, external_grants, taken_back_is_told FROM PUBLIC;
