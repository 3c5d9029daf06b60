-- The system of an outside provider hears at once of what is shared with it and what is taken back. It is told keys only:
-- what they stand for it asks the external API, which asks again who may see it.

ALTER TABLE webhook
    ADD COLUMN provider_user_id uuid,
    ADD COLUMN provider_token_id uuid REFERENCES provider_token (id),
    ADD CONSTRAINT webhook_provider_user_fkey FOREIGN KEY (organization_id, provider_user_id)
        REFERENCES provider_user (organization_id, id),
    ADD CONSTRAINT webhook_provider_user_check
        CHECK (num_nonnulls(provider_user_id, provider_token_id) IN (0, 2)
            AND (provider_user_id IS NULL OR organization_id IS NOT NULL));
CREATE INDEX webhook_provider_user_idx ON webhook (provider_user_id) WHERE provider_user_id IS NOT NULL;
COMMENT ON COLUMN webhook.provider_user_id IS
    'The system of an outside provider whose it is: gets what is shared with it by this agency, and no other event. Null: the tenant''s or the platform''s.';
COMMENT ON COLUMN webhook.provider_token_id IS
    'The token that made it. Nothing is posted once neither that token nor one it was rotated into is good.';

DROP POLICY app_all ON webhook;
CREATE POLICY app_all ON webhook TO provdir_app
    USING (provider_user_id IS NULL AND (organization_id = (SELECT app_organization_id())
        OR organization_id IS NULL AND (SELECT app_is_platform())))
    WITH CHECK (provider_user_id IS NULL AND (organization_id = (SELECT app_organization_id())
        OR organization_id IS NULL AND (SELECT app_is_platform())));
CREATE POLICY portal_own ON webhook TO provdir_app
    USING (provider_user_id = (SELECT s.provider_user_id FROM portal_standing() s WHERE s.kind = 'machine'))
    WITH CHECK (provider_user_id = (SELECT s.provider_user_id FROM portal_standing() s WHERE s.kind = 'machine')
        AND organization_id = (SELECT app_portal_organization_id()));
CREATE POLICY portal_own ON webhook_delivery TO provdir_app
    USING ((SELECT app_role()) = 'provider_user' AND webhook_id IN (SELECT w.id FROM webhook w));
GRANT SELECT (provider_user_id), INSERT (provider_user_id, provider_token_id) ON webhook TO provdir_app;

CREATE FUNCTION webhook_stands(token uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        WITH RECURSIVE line AS (
            SELECT token AS id
            UNION
            SELECT t.id FROM provider_token t JOIN line l ON t.replaces = l.id
        )
        SELECT token IS NULL OR EXISTS (SELECT 1 FROM line l, provider_token_standing(l.id, now()))
    $$;
COMMENT ON FUNCTION webhook_stands(uuid) IS
    'Whether a webhook may be posted to: its token, or one that it was rotated into, is good; so are user, provider and agency.';
REVOKE ALL ON FUNCTION webhook_stands FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webhook_stands TO provdir_feed;

CREATE FUNCTION share_is_told() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    event_id uuid := gen_random_uuid();
    event_type text := CASE NEW.action WHEN 'grant' THEN 'case.item.shared' ELSE 'case.item.revoked' END;
BEGIN
    INSERT INTO webhook_delivery (webhook_id, organization_id, event_id, partition_key, event)
    SELECT w.id, w.organization_id, event_id, NEW.case_id::text, jsonb_build_object(
        'specversion', '1.0', 'id', event_id, 'source', '/external/v1/cases', 'type', event_type,
        'subject', NEW.case_id, 'time', to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'datacontenttype', 'application/json', 'partitionkey', NEW.case_id, 'sequence', lpad(NEW.seq::text, 20, '0'),
        'data', jsonb_build_object('event', event_type, 'case_id', NEW.case_id, 'item_id', NEW.item_id,
            'item_kind', NEW.item_kind, 'expires_at', NEW.expires_at))
    FROM case_provider_external x
    JOIN provider_user u ON u.organization_id = x.organization_id AND u.provider_id = x.provider_id AND u.kind = 'machine'
    JOIN webhook w ON w.provider_user_id = u.id AND w.is_active AND (w.types = '{}' OR event_type = ANY (w.types))
    WHERE x.id = NEW.case_provider_external_id AND webhook_stands(w.provider_token_id);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION share_is_told() IS 'Queues, in the transaction of the share itself, what the provider''s systems are told of it.';
CREATE TRIGGER share_is_told AFTER INSERT ON share
    FOR EACH ROW WHEN (NEW.case_provider_external_id IS NOT NULL) EXECUTE FUNCTION share_is_told();
