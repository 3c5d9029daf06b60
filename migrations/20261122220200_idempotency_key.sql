CREATE TABLE idempotency_key (
    actor text NOT NULL DEFAULT app_actor(),
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    answer jsonb,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (actor, key)
);
COMMENT ON TABLE idempotency_key IS
    'What was answered to requests that create, so that the same request again gets the same answer. Written in the transaction that creates; good for 24 hours.';
COMMENT ON COLUMN idempotency_key.actor IS 'Whose key: two tokens may use the same word.';
COMMENT ON COLUMN idempotency_key.request_hash IS 'SHA-256 of the request: the same key with another request is refused.';
COMMENT ON COLUMN idempotency_key.xid IS 'The transaction that created, for the position of the answer.';

ALTER TABLE idempotency_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_key FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON idempotency_key TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_own ON idempotency_key TO provdir_app
    USING (actor = (SELECT app_actor())) WITH CHECK (actor = (SELECT app_actor()));
GRANT SELECT, DELETE ON idempotency_key TO provdir_app;
GRANT INSERT (key, request_hash, created_at), UPDATE (answer) ON idempotency_key TO provdir_app;
