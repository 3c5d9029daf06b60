-- A claim that waits for credentialing waits no longer once the request is closed: who is PENDING, and whose last open
-- request was rejected, is outside until another one is opened. When the database learned of both is kept, so that what
-- was known earlier is answered as before. And a hold is of one provider, plan and day of a claim.

ALTER TABLE credentialing_request
    ADD COLUMN opened_known_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN opened_xid xid8,
    ADD COLUMN closed_known_at timestamptz,
    ADD COLUMN closed_xid xid8;
-- What was rejected before counts from now on: receipts that were given until now knew nothing of it.
UPDATE credentialing_request SET opened_known_at = submitted_at,
    closed_known_at = CASE status WHEN 'REJECTED' THEN now() WHEN 'APPROVED' THEN reviewed_at END;
COMMENT ON COLUMN credentialing_request.opened_known_at IS 'When the database learned of the request.';
COMMENT ON COLUMN credentialing_request.closed_known_at IS 'When the database learned of the decision.';
COMMENT ON COLUMN credentialing_request.opened_xid IS 'By which transaction: see was_known.';
CREATE INDEX credentialing_request_rejected_idx ON credentialing_request (provider_id) WHERE status = 'REJECTED';

-- A row carries the moment at which its transaction began, and may be committed after somebody has looked. Whose snapshot is
-- at hand is told exactly what it showed. The moment is asked, too: transaction numbers start anew after a restore.
CREATE FUNCTION was_known(recorded_at timestamptz, recorded_xid xid8, at timestamptz, snapshot pg_snapshot) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
        SELECT recorded_at <= at
            AND (snapshot IS NULL OR recorded_xid IS NULL OR pg_visible_in_snapshot(recorded_xid, snapshot))
    $$;
COMMENT ON FUNCTION was_known(timestamptz, xid8, timestamptz, pg_snapshot) IS
    'Whether what a transaction recorded was known at a moment, to whoever had this snapshot then; without one, by the clock.';

ALTER TABLE outbox
    DROP CONSTRAINT outbox_kind_check,
    DROP CONSTRAINT outbox_provider_check,
    ADD CONSTRAINT outbox_kind_check
        CHECK (kind IN ('PROVIDER', 'REBUILD', 'REFERENCE', 'EVENT', 'SLOTS', 'DECIDED', 'VERSION')),
    ADD CONSTRAINT outbox_provider_check
        CHECK ((kind IN ('PROVIDER', 'SLOTS', 'DECIDED', 'VERSION')) = (provider_id IS NOT NULL));
COMMENT ON COLUMN outbox.kind IS
    'PROVIDER: this one changed. REBUILD: a bulk load changed too many to name. REFERENCE: networks, plans or organisations changed. EVENT: to be published. SLOTS: the free slots of this provider changed. DECIDED: its credentialing is open or decided, and no version was raised. VERSION: a bulk load raised its version, to be published; the index reads the REBUILD row.';

CREATE FUNCTION credentialing_request_stamps() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.opened_known_at := now();
        NEW.opened_xid := pg_current_xact_id();
    END IF;
    IF NEW.status <> 'SUBMITTED' AND (TG_OP = 'INSERT' OR OLD.status = 'SUBMITTED') THEN
        NEW.closed_known_at := now();
        NEW.closed_xid := pg_current_xact_id();
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER credentialing_request_stamps BEFORE INSERT OR UPDATE ON credentialing_request
    FOR EACH ROW EXECUTE FUNCTION credentialing_request_stamps();

-- An approval changes the provider and is heard of by that.
CREATE FUNCTION credentialing_to_outbox() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    INSERT INTO outbox (kind, provider_id)
    SELECT 'DECIDED', p.id FROM provider p
    WHERE p.id = NEW.provider_id AND p.network_status = 'PENDING'
    AND EXISTS (SELECT 1 FROM credentialing_request r WHERE r.provider_id = p.id AND r.status = 'REJECTED');
    IF FOUND THEN
        PERFORM pg_notify('outbox', '');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER credentialing_request_d_opened AFTER INSERT ON credentialing_request
    FOR EACH ROW WHEN (NEW.status = 'SUBMITTED') EXECUTE FUNCTION credentialing_to_outbox();
CREATE TRIGGER credentialing_request_d_closed AFTER UPDATE ON credentialing_request
    FOR EACH ROW WHEN (OLD.status = 'SUBMITTED' AND NEW.status = 'REJECTED') EXECUTE FUNCTION credentialing_to_outbox();

-- Claims that have waited for requests that are closed by now.
INSERT INTO outbox (kind, provider_id)
SELECT 'DECIDED', p.id FROM provider p
WHERE p.network_status = 'PENDING'
AND EXISTS (SELECT 1 FROM credentialing_request r WHERE r.provider_id = p.id AND r.status = 'REJECTED')
AND NOT EXISTS (SELECT 1 FROM credentialing_request r WHERE r.provider_id = p.id AND r.status = 'SUBMITTED');

CREATE FUNCTION provider_is_rejected(provider uuid, at timestamptz, snapshot pg_snapshot) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT CASE WHEN at IS NULL THEN
            EXISTS (SELECT 1 FROM credentialing_request r WHERE r.provider_id = $1 AND r.status = 'REJECTED')
            AND NOT EXISTS (SELECT 1 FROM credentialing_request r WHERE r.provider_id = $1 AND r.status = 'SUBMITTED')
        ELSE
            EXISTS (SELECT 1 FROM credentialing_request r
                WHERE r.provider_id = $1 AND r.status = 'REJECTED'
                AND was_known(r.closed_known_at, r.closed_xid, at, snapshot))
            AND NOT EXISTS (SELECT 1 FROM credentialing_request r
                WHERE r.provider_id = $1 AND was_known(r.opened_known_at, r.opened_xid, at, snapshot)
                AND was_known(r.closed_known_at, r.closed_xid, at, snapshot) IS NOT TRUE)
        END
    $$;
COMMENT ON FUNCTION provider_is_rejected(uuid, timestamptz, pg_snapshot) IS
    'Whether no request for the provider was open any more, and one had been rejected, as known at a moment; null: now.';
REVOKE ALL ON FUNCTION provider_is_rejected FROM PUBLIC;
GRANT EXECUTE ON FUNCTION provider_is_rejected TO provdir_feed;
CREATE POLICY feed_read ON credentialing_request FOR SELECT TO provdir_feed USING (true);
GRANT SELECT (provider_id, status, opened_known_at, opened_xid, closed_known_at, closed_xid) ON credentialing_request
    TO provdir_feed;

DROP INDEX network_hold_open_key;
CREATE UNIQUE INDEX network_hold_open_key
    ON network_hold (organization_id, claim_ref, npi, plan_id, (question ->> 'service_date')) WHERE resolved_at IS NULL;
COMMENT ON INDEX network_hold_open_key IS
    'A claim may name several providers, and several days: each waits by itself, once.';
