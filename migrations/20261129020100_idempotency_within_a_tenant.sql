-- A key belongs to somebody within one tenant: whoever works for two of them says the same word to each without hearing of
-- the other. What was kept before does not say for whom it was; it is good for a day at most, and goes.

DELETE FROM idempotency_key;
ALTER TABLE idempotency_key
    ADD COLUMN organization_id uuid DEFAULT app_organization_id()
        CONSTRAINT idempotency_key_organization_id_fkey REFERENCES organization (id) ON DELETE CASCADE,
    DROP CONSTRAINT idempotency_key_pkey;
CREATE UNIQUE INDEX idempotency_key_key ON idempotency_key
    (coalesce(organization_id, '00000000-0000-0000-0000-000000000000'), actor, key);
CREATE INDEX idempotency_key_organization_idx ON idempotency_key (organization_id);
COMMENT ON COLUMN idempotency_key.organization_id IS 'The tenant that was acted for; null: none. Its answers leave with it.';
COMMENT ON COLUMN idempotency_key.request_hash IS
    'SHA-256 of method, path and body: the same key with another request is refused.';

DROP POLICY app_own ON idempotency_key;
CREATE POLICY app_own ON idempotency_key TO provdir_app
    USING (actor = (SELECT app_actor()) AND organization_id IS NOT DISTINCT FROM (SELECT app_organization_id()))
    WITH CHECK (actor = (SELECT app_actor()) AND organization_id IS NOT DISTINCT FROM (SELECT app_organization_id()));
