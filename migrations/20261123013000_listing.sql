-- Whether a listing is still true: attestations, what people say is wrong, links by which providers update their own.

CREATE TABLE listing_attestation (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    attested_at timestamptz NOT NULL,
    attested_by text NOT NULL DEFAULT app_actor(),
    method text NOT NULL CHECK (method <> ''),
    snapshot jsonb NOT NULL
);
CREATE INDEX listing_attestation_provider_idx ON listing_attestation (provider_id, attested_at DESC);
COMMENT ON TABLE listing_attestation IS 'Somebody confirmed a listing. Never changed.';
COMMENT ON COLUMN listing_attestation.snapshot IS 'The listing as it was confirmed.';
CREATE TRIGGER listing_attestation_is_append_only BEFORE UPDATE OR TRUNCATE ON listing_attestation
    FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();

CREATE TABLE listing_change (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('report', 'update')),
    received_at timestamptz NOT NULL,
    received_by text NOT NULL DEFAULT app_actor(),
    due_at timestamptz NOT NULL,
    text text,
    contact text,
    change jsonb,
    follow_hash bytea CONSTRAINT listing_change_follow_key UNIQUE,
    status text NOT NULL DEFAULT 'OPEN' CHECK (status IN ('OPEN', 'APPLIED', 'DISMISSED')),
    decided_at timestamptz,
    decided_by text,
    outcome text,
    CHECK ((status = 'OPEN') = (decided_at IS NULL))
);
CREATE INDEX listing_change_open_idx ON listing_change (due_at) WHERE status = 'OPEN';
COMMENT ON TABLE listing_change IS 'What the public reports as wrong, and what providers say about themselves: seen to within two business days.';
COMMENT ON COLUMN listing_change.change IS 'A change of the provider as PATCH /providers takes it; applied when somebody accepts it.';
COMMENT ON COLUMN listing_change.follow_hash IS 'Digest of the key by which the reporter follows it.';

CREATE TABLE listing_link (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    token_hash bytea NOT NULL CONSTRAINT listing_link_token_key UNIQUE,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL DEFAULT app_actor(),
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE listing_link IS 'A link that lets its holder see, confirm and correct one listing until it expires.';
COMMENT ON COLUMN listing_link.token_hash IS 'Digest of 256 random bits: the link itself is not kept.';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['listing_attestation', 'listing_change', 'listing_link'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY app_all ON %I TO provdir_app
            USING ((SELECT app_is_platform())) WITH CHECK ((SELECT app_is_platform()))', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO provdir_app', name);
    END LOOP;
END
$$;
GRANT UPDATE (status, decided_at, decided_by, outcome) ON listing_change TO provdir_app;

-- Asked before anybody is known: by the holders of a link and of a report's key, and by the public.

CREATE FUNCTION listing_link_find(hash bytea, at timestamptz) RETURNS TABLE (id uuid, provider_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT l.id, l.provider_id FROM listing_link l WHERE l.token_hash = hash AND l.expires_at > at $$;
COMMENT ON FUNCTION listing_link_find(bytea, timestamptz) IS 'Which listing a link that has not expired is for.';

CREATE FUNCTION listing_report(provider uuid, said text, reach text, key bytea, at timestamptz, due timestamptz) RETURNS uuid
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        INSERT INTO listing_change (provider_id, kind, received_at, due_at, text, contact, follow_hash)
        SELECT p.id, 'report', at, due, said, reach, key FROM provider p WHERE p.id = provider AND p.owner_organization_id IS NULL
        RETURNING listing_change.id
    $$;
COMMENT ON FUNCTION listing_report(uuid, text, text, bytea, timestamptz, timestamptz) IS 'Anybody may say that a public listing is wrong.';

CREATE FUNCTION listing_follow(key bytea)
    RETURNS TABLE (received_at timestamptz, due_at timestamptz, status text, decided_at timestamptz, outcome text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT c.received_at, c.due_at, c.status, c.decided_at, c.outcome FROM listing_change c WHERE c.follow_hash = key $$;
COMMENT ON FUNCTION listing_follow(bytea) IS 'What has become of a report, for who has its key.';

REVOKE ALL ON FUNCTION listing_link_find, listing_report, listing_follow FROM PUBLIC;
GRANT EXECUTE ON FUNCTION listing_link_find, listing_report, listing_follow TO provdir_app;

-- Who is listed in a network and was confirmed the longest ago, without reading everybody.
CREATE INDEX provider_confirmed_idx ON provider
    ((coalesce(verified_at, (activated_at AT TIME ZONE 'UTC')::date)), id) WHERE network_status = 'ACTIVE';
