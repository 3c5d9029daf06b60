-- Who holds an update link acted as the platform does. Now it is nobody in particular, who may confirm the one listing that the
-- link is for, and propose corrections of it.

CREATE FUNCTION app_listing_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('app.listing_id', true), '')::uuid $$;
COMMENT ON FUNCTION app_listing_id() IS
    'The provider whose update link the actor holds (SET LOCAL app.listing_id); null: the actor holds none.';

-- The one way to confirm a listing, also for the platform: a link opens none of the columns of a provider by itself.
CREATE FUNCTION listing_attest(listing uuid, at timestamptz, how text, seen jsonb, groups text[], said jsonb) RETURNS void
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    day date := (at AT TIME ZONE 'UTC')::date;
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM provider p WHERE p.id = listing AND p.merged_into IS NULL
        AND (p.owner_organization_id IS NULL AND (app_is_platform() OR p.id = app_listing_id())
            OR p.owner_organization_id = app_organization_id() AND app_is_platform())) THEN
        RAISE EXCEPTION 'the actor may not confirm this listing' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO listing_attestation (provider_id, attested_at, method, snapshot) VALUES (listing, at, how, seen);
    UPDATE provider p
    SET verified_at = day, suppressed_on = NULL,
        provenance = p.provenance || (SELECT coalesce(jsonb_object_agg(g, said), '{}') FROM unnest(groups) g)
    WHERE p.id = listing;
    UPDATE provider_location l SET verified_at = day WHERE l.provider_id = listing AND l.verified_at IS DISTINCT FROM day;
END
$$;
COMMENT ON FUNCTION listing_attest(uuid, timestamptz, text, jsonb, text[], jsonb) IS
    'Somebody confirms a listing as they saw it: its clock begins anew, and who vouches for these groups of its fields is written down.';
REVOKE ALL ON FUNCTION listing_attest FROM PUBLIC;
GRANT EXECUTE ON FUNCTION listing_attest TO provdir_app;

CREATE POLICY link_proposes ON listing_change FOR INSERT TO provdir_app
    WITH CHECK (provider_id = (SELECT app_listing_id()) AND kind = 'update' AND status = 'OPEN' AND received_by = app_actor()
        AND EXISTS (SELECT 1 FROM provider p WHERE p.id = provider_id));
CREATE POLICY link_reads_own ON listing_change FOR SELECT TO provdir_app
    USING (provider_id = (SELECT app_listing_id()) AND received_by = (SELECT app_actor()));
