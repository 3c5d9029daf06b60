CREATE TABLE outbox (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL CHECK (kind IN ('PROVIDER', 'REBUILD', 'REFERENCE')),
    provider_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (xid, id),
    CHECK ((kind = 'PROVIDER') = (provider_id IS NOT NULL))
);
CREATE INDEX outbox_created_idx ON outbox USING brin (created_at);
COMMENT ON TABLE outbox IS
    'What readers of the store must hear of: one row for each changed provider and transaction. Read in the order of (xid, id), and only below pg_snapshot_xmin(pg_current_snapshot()): then a transaction that commits late cannot be skipped.';
COMMENT ON COLUMN outbox.kind IS
    'PROVIDER: this one changed. REBUILD: a bulk load changed too many to name. REFERENCE: networks, plans or organisations changed.';

GRANT SELECT, DELETE ON outbox TO provdir_feed;

-- How "one row for each provider and transaction" is kept: whoever touches a provider or a child of it raises
-- provider.version, at most once a transaction (version_xid and updated_at remember which); the raise writes the row.

CREATE FUNCTION provider_raises_version() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF OLD.version_xid = pg_current_xact_id() AND OLD.updated_at = now() THEN
        NEW.version := OLD.version;
    ELSE
        NEW.version := OLD.version + 1;
        NEW.version_xid := pg_current_xact_id();
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER provider_b_raises_version BEFORE UPDATE ON provider
    FOR EACH ROW EXECUTE FUNCTION provider_raises_version();

CREATE FUNCTION outbox_mark(mark text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    INSERT INTO outbox (kind)
    SELECT mark WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.xid = pg_current_xact_id() AND o.kind = mark);
    IF mark <> 'REBUILD' THEN
        PERFORM pg_notify('outbox', '');
    END IF;
END
$$;
COMMENT ON FUNCTION outbox_mark(text) IS 'Writes a REBUILD or REFERENCE row, one a transaction.';
REVOKE ALL ON FUNCTION outbox_mark FROM PUBLIC;

CREATE FUNCTION provider_inserted_to_outbox() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM new_rows) THEN
        RETURN NULL;
    ELSIF app_is_bulk() THEN
        PERFORM outbox_mark('REBUILD');
    ELSE
        INSERT INTO outbox (kind, provider_id) SELECT 'PROVIDER', n.id FROM new_rows n;
        PERFORM pg_notify('outbox', '');
    END IF;
    RETURN NULL;
END
$$;
-- The plan is made at the first, often small, change of a connection and kept: as a nested loop it would be quadratic.
CREATE FUNCTION provider_updated_to_outbox() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off
    AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM new_rows) THEN
        RETURN NULL;
    ELSIF app_is_bulk() THEN
        PERFORM outbox_mark('REBUILD');
    ELSE
        INSERT INTO outbox (kind, provider_id)
        SELECT 'PROVIDER', n.id FROM new_rows n JOIN old_rows o ON o.id = n.id WHERE n.version <> o.version;
        PERFORM pg_notify('outbox', '');
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION provider_deleted_to_outbox() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM old_rows) THEN
        RETURN NULL;
    ELSIF app_is_bulk() THEN
        PERFORM outbox_mark('REBUILD');
    ELSE
        INSERT INTO outbox (kind, provider_id)
        SELECT 'PROVIDER', o.id FROM old_rows o
        WHERE NOT (o.version_xid = pg_current_xact_id() AND o.updated_at = now());
        PERFORM pg_notify('outbox', '');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER provider_d_inserted AFTER INSERT ON provider
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION provider_inserted_to_outbox();
CREATE TRIGGER provider_d_updated AFTER UPDATE ON provider
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION provider_updated_to_outbox();
CREATE TRIGGER provider_d_deleted AFTER DELETE ON provider
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION provider_deleted_to_outbox();

-- A child raises its provider's version; providers that this transaction has raised or inserted already are left alone,
-- so a bulk load that inserts providers with their children writes each provider once.
CREATE FUNCTION child_raises_version() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    UPDATE provider p SET version = p.version
    FROM (SELECT DISTINCT c.provider_id FROM changed c) c
    WHERE p.id = c.provider_id AND NOT (p.version_xid = pg_current_xact_id() AND p.updated_at = now());
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION child_raises_version() IS 'The assignment is void: provider_raises_version sets the version.';

DO $$
DECLARE
    child text;
BEGIN
    FOREACH child IN ARRAY ARRAY['provider_location', 'provider_specialty', 'provider_language', 'provider_identifier',
        'provider_other_name', 'provider_affiliation', 'provider_endpoint', 'participation'] LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION child_raises_version()', child || '_d_inserted', child);
        EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION child_raises_version()', child || '_d_updated', child);
        -- A child that moves to another provider changes both.
        EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING OLD TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION child_raises_version()', child || '_e_updated', child);
        EXECUTE format('CREATE TRIGGER %I AFTER DELETE ON %I REFERENCING OLD TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION child_raises_version()', child || '_d_deleted', child);
    END LOOP;
END
$$;

CREATE FUNCTION reference_to_outbox() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM outbox_mark('REFERENCE');
    RETURN NULL;
END
$$;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['organization', 'network', 'plan', 'plan_network'] LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION reference_to_outbox()', name || '_d_changed', name);
    END LOOP;
END
$$;

-- TRUNCATE fires no row or statement trigger of the above; nobody but the owner can, and it rebuilds.
CREATE FUNCTION truncated_to_outbox() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM outbox_mark('REBUILD');
    RETURN NULL;
END
$$;
CREATE TRIGGER provider_d_truncated AFTER TRUNCATE ON provider
    FOR EACH STATEMENT EXECUTE FUNCTION truncated_to_outbox();
