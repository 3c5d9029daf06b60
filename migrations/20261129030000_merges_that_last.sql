-- Merges that go on after: imports leave copied places and names alone, the same two can be merged anew, undoing leaves nobody
-- ACTIVE whom no approval of its own holds, and links to correct a listing lead to the one that stays.

CREATE OR REPLACE FUNCTION provider_copy_list(list regclass, kept uuid, gone uuid, ignored text[]) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    copied jsonb;
BEGIN
    EXECUTE format($q$
        WITH fresh AS (
            SELECT (SELECT coalesce(max(k.position), 0) FROM %1$s k WHERE k.provider_id = $1)
                    + row_number() OVER (ORDER BY g.position) AS position, to_jsonb(g) AS was
            FROM %1$s g
            WHERE g.provider_id = $2 AND NOT EXISTS (
                SELECT 1 FROM %1$s k WHERE k.provider_id = $1 AND to_jsonb(k) - $3 = to_jsonb(g) - $3)
        ), added AS (
            INSERT INTO %1$s SELECT r.* FROM fresh f CROSS JOIN LATERAL jsonb_populate_record(NULL::%1$s, f.was
                || jsonb_build_object('provider_id', $1, 'position', f.position)
                || CASE WHEN f.was ? 'is_primary' AND EXISTS (SELECT 1 FROM %1$s k WHERE k.provider_id = $1
                    AND to_jsonb(k) -> 'is_primary' = 'true') THEN '{"is_primary": false}'::jsonb ELSE '{}' END
                || CASE WHEN f.was ? 'source' AND (SELECT v.npi FROM provider v WHERE v.id = $1) IS NOT NULL
                    THEN '{"source": "merge"}'::jsonb ELSE '{}' END) r
            RETURNING *
        )
        SELECT coalesce(jsonb_agg(to_jsonb(a) - $3), '[]') FROM added a
        $q$, list)
    INTO copied USING kept, gone, ignored;
    RETURN copied;
END
$$;

CREATE OR REPLACE FUNCTION provider_merge_into(kept uuid, gone uuid, why text, at timestamptz) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    k provider;
    g provider;
    same jsonb;
    moved jsonb := '{}';
    part jsonb;
    loose text[] := ARRAY['provider_id', 'position', 'source', 'is_primary'];
    list text;
    done uuid;
BEGIN
    IF NOT app_is_platform() THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM provider p WHERE p.id IN (kept, gone) ORDER BY p.id FOR UPDATE;
    SELECT * INTO k FROM provider p WHERE p.id = kept;
    SELECT * INTO g FROM provider p WHERE p.id = gone;
    IF k.id IS NULL OR g.id IS NULL OR k.id = g.id OR k.kind <> g.kind
        OR k.merged_into IS NOT NULL OR g.merged_into IS NOT NULL
        OR k.owner_organization_id IS NOT NULL OR g.owner_organization_id IS NOT NULL
        OR g.network_status = 'ACTIVE' AND k.network_status <> 'ACTIVE'
        OR g.activated_at IS NOT NULL AND k.activated_at IS NULL THEN
        RAISE EXCEPTION 'these two cannot be made one in this direction'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'provider_merge_allowed';
    END IF;
    IF EXISTS (SELECT 1 FROM credentialing_request r WHERE r.provider_id = gone AND r.status = 'SUBMITTED') THEN
        RAISE EXCEPTION 'a request of the one that would go is open'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'provider_merge_open_request';
    END IF;
    IF EXISTS (SELECT 1 FROM agency_provider a WHERE a.provider_id = gone) THEN
        RAISE EXCEPTION 'an agency works with the one that would go'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'provider_merge_agency';
    END IF;

    -- Places. One that is there already stands for both.
    SELECT coalesce(jsonb_object_agg(l.id, coalesce(s.id, l.id)), '{}') INTO same
    FROM provider_location l LEFT JOIN LATERAL (
        SELECT o.id FROM provider_location o
        WHERE o.provider_id = kept AND (o.id = l.id OR provider_place_key(o) = provider_place_key(l))
        ORDER BY o.id = l.id DESC, o.id LIMIT 1) s ON true
    WHERE l.provider_id = gone;
    WITH added AS (
        INSERT INTO provider_location
        SELECT r.* FROM provider_location l CROSS JOIN LATERAL jsonb_populate_record(NULL::provider_location,
            to_jsonb(l) || jsonb_build_object('provider_id', kept, 'is_primary', l.is_primary AND NOT EXISTS (
                SELECT 1 FROM provider_location o WHERE o.provider_id = kept AND o.is_primary))
            || CASE WHEN k.npi IS NULL THEN '{}'::jsonb ELSE '{"source": "merge"}' END) r
        WHERE l.provider_id = gone AND same ->> l.id::text = l.id::text
        AND NOT EXISTS (SELECT 1 FROM provider_location o WHERE o.provider_id = kept AND o.id = l.id)
        RETURNING id
    )
    SELECT coalesce(jsonb_agg(a.id), '[]') INTO part FROM added a;
    moved := moved || jsonb_build_object('locations', part);

    -- Participations, but for those that the other has already.
    WITH candidate AS (
        SELECT p.id, p.location_id, (same ->> p.location_id::text)::uuid AS place, row_number() OVER (
            PARTITION BY p.network_id, p.effective, same ->> p.location_id::text, coalesce(p.tier, '') ORDER BY p.id) AS n
        FROM participation p
        WHERE p.provider_id = gone AND NOT EXISTS (
            SELECT 1 FROM participation o WHERE o.provider_id = kept AND o.network_id = p.network_id
            AND o.effective = p.effective AND o.tier IS NOT DISTINCT FROM p.tier
            AND o.location_id IS NOT DISTINCT FROM (same ->> p.location_id::text)::uuid)
    ), gone_over AS (
        UPDATE participation p SET provider_id = kept, location_id = c.place FROM candidate c
        WHERE p.id = c.id AND c.n = 1
        RETURNING p.id, c.location_id AS before
    )
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'location_id', o.before)), '[]') INTO part FROM gone_over o;
    moved := moved || jsonb_build_object('participations', part);

    FOREACH list IN ARRAY ARRAY['provider_identifier', 'provider_other_name', 'provider_specialty', 'provider_endpoint'] LOOP
        moved := moved || jsonb_build_object(list, provider_copy_list(list::regclass, kept, gone, loose));
    END LOOP;
    -- Its name is one that the provider is known under, where it differs.
    WITH named AS (
        INSERT INTO provider_other_name (provider_id, position, type_code, name_prefix, first_name, middle_name, last_name,
            name_suffix, credential, organization_name, source)
        SELECT kept, (SELECT coalesce(max(o.position), 0) + 1 FROM provider_other_name o WHERE o.provider_id = kept), 5,
            g.name_prefix, g.first_name, g.middle_name, g.last_name, g.name_suffix, g.credential, g.organization_name, 'merge'
        WHERE (lower(g.first_name), lower(g.middle_name), lower(g.last_name), lower(g.organization_name))
            IS DISTINCT FROM (lower(k.first_name), lower(k.middle_name), lower(k.last_name), lower(k.organization_name))
        RETURNING *
    )
    SELECT coalesce(jsonb_agg(to_jsonb(n) - loose), '[]') INTO part FROM named n;
    moved := jsonb_set(moved, '{provider_other_name}', moved -> 'provider_other_name' || part);
    WITH spoken AS (
        INSERT INTO provider_language (provider_id, language)
        SELECT kept, l.language FROM provider_language l WHERE l.provider_id = gone ON CONFLICT DO NOTHING RETURNING language
    )
    SELECT coalesce(jsonb_agg(s.language), '[]') INTO part FROM spoken s;
    moved := moved || jsonb_build_object('languages', part, 'address', k.address);

    -- Ties: its own are copied, those to it turned.
    WITH tied AS (
        INSERT INTO provider_affiliation (provider_id, to_provider_id, role)
        SELECT kept, a.to_provider_id, a.role FROM provider_affiliation a
        WHERE a.provider_id = gone AND a.to_provider_id <> kept ON CONFLICT DO NOTHING
        RETURNING to_provider_id, role
    )
    SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') INTO part FROM tied t;
    moved := moved || jsonb_build_object('ties', part);
    WITH turned AS (
        UPDATE provider_affiliation a SET to_provider_id = kept
        WHERE a.to_provider_id = gone AND a.provider_id <> kept AND NOT EXISTS (
            SELECT 1 FROM provider_affiliation o
            WHERE o.provider_id = a.provider_id AND o.to_provider_id = kept AND o.role = a.role)
        RETURNING a.provider_id, a.role
    )
    SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') INTO part FROM turned t;
    moved := moved || jsonb_build_object('turned', part);

    -- Profiles in tenants, what credentialing knows, what lists of exclusions say, what people report.
    WITH gone_over AS (
        UPDATE practitioner p SET provider_id = kept WHERE p.provider_id = gone RETURNING p.id
    )
    SELECT coalesce(jsonb_agg(o.id), '[]') INTO part FROM gone_over o;
    moved := moved || jsonb_build_object('practitioners', part);
    WITH gone_over AS (
        UPDATE credentialing_request r SET provider_id = kept WHERE r.provider_id = gone RETURNING r.id
    )
    SELECT coalesce(jsonb_agg(o.id), '[]') INTO part FROM gone_over o;
    moved := moved || jsonb_build_object('requests', part);
    UPDATE credentialing_task t SET provider_id = kept WHERE t.provider_id = gone;
    WITH gone_over AS (
        UPDATE exclusion_finding f SET provider_id = kept
        WHERE f.provider_id = gone AND NOT EXISTS (SELECT 1 FROM exclusion_finding o
            WHERE o.provider_id = kept AND o.source = f.source AND o.line_key = f.line_key)
        RETURNING f.id
    )
    SELECT coalesce(jsonb_agg(o.id), '[]') INTO part FROM gone_over o;
    moved := moved || jsonb_build_object('findings', part);
    WITH gone_over AS (
        UPDATE listing_change c SET provider_id = kept WHERE c.provider_id = gone AND c.status = 'OPEN' RETURNING c.id
    )
    SELECT coalesce(jsonb_agg(o.id), '[]') INTO part FROM gone_over o;
    moved := moved || jsonb_build_object('reports', part);

    IF k.npi IS NULL AND g.npi IS NOT NULL THEN
        UPDATE provider p SET npi = NULL WHERE p.id = gone;
        UPDATE provider p SET npi = g.npi WHERE p.id = kept;
        moved := moved || jsonb_build_object('npi', g.npi);
    END IF;
    UPDATE provider p SET merged_into = kept WHERE p.id = gone;
    UPDATE provider p SET version = p.version WHERE p.id = kept;
    INSERT INTO provider_change (provider_id, field, before, after)
    VALUES (kept, 'merged', NULL, jsonb_build_object('id', gone, 'locator', g.locator, 'npi', g.npi::text));
    INSERT INTO provider_merge (kept_id, gone_id, reason, moved, merged_at) VALUES (kept, gone, why, moved, at)
    RETURNING id INTO done;
    RETURN done;
END
$$;

CREATE OR REPLACE FUNCTION provider_take_apart(which uuid, why text, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    m provider_merge;
    g provider;
    loose text[] := ARRAY['provider_id', 'position', 'source', 'is_primary'];
    list text;
BEGIN
    IF NOT app_is_platform() THEN
        RETURN false;
    END IF;
    SELECT * INTO m FROM provider_merge x WHERE x.id = which FOR UPDATE;
    IF NOT FOUND OR m.undone_at IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM 1 FROM provider p WHERE p.id IN (m.kept_id, m.gone_id) ORDER BY p.id FOR UPDATE;
    IF EXISTS (SELECT 1 FROM provider p WHERE p.id = m.kept_id AND p.merged_into IS NOT NULL) THEN
        RAISE EXCEPTION 'the one that stayed has been merged itself since'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'provider_merge_later';
    END IF;
    -- What both of two brought was taken over from the first alone: undone in order, nothing of the other's is lost.
    IF EXISTS (SELECT 1 FROM provider_merge x WHERE x.kept_id = m.kept_id AND x.undone_at IS NULL
        AND (x.recorded_at, x.id) > (m.recorded_at, m.id)) THEN
        RAISE EXCEPTION 'another record has been merged into the one that stayed since'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'provider_merge_later';
    END IF;
    SELECT * INTO g FROM provider p WHERE p.id = m.gone_id;

    UPDATE participation p SET provider_id = m.gone_id, location_id = (x ->> 'location_id')::uuid
    FROM jsonb_array_elements(m.moved -> 'participations') x
    WHERE p.id = (x ->> 'id')::uuid AND p.provider_id = m.kept_id;
    -- A place that something new hangs on stays with both.
    DELETE FROM provider_location l
    WHERE l.provider_id = m.kept_id AND l.id IN (SELECT x::uuid FROM jsonb_array_elements_text(m.moved -> 'locations') x)
    AND NOT EXISTS (SELECT 1 FROM participation p WHERE p.provider_id = m.kept_id AND p.location_id = l.id);
    FOREACH list IN ARRAY ARRAY['provider_identifier', 'provider_other_name', 'provider_specialty', 'provider_endpoint'] LOOP
        PERFORM provider_drop_list(list::regclass, m.kept_id, m.moved -> list, loose);
    END LOOP;
    DELETE FROM provider_language l
    WHERE l.provider_id = m.kept_id AND l.language IN (SELECT jsonb_array_elements_text(m.moved -> 'languages'));
    -- The address mirrors the languages; as it was, unless somebody has written another one since.
    UPDATE provider p SET address = nullif(m.moved -> 'address', 'null')
    WHERE p.id = m.kept_id AND m.moved -> 'languages' <> '[]'
    AND coalesce(p.address, '{}') - 'extension' = coalesce(nullif(m.moved -> 'address', 'null'), '{}') - 'extension'
    AND coalesce(p.address #> '{extension,languages}', '[]') = coalesce(m.moved #> '{address,extension,languages}', '[]');
    DELETE FROM provider_affiliation a USING jsonb_array_elements(m.moved -> 'ties') x
    WHERE a.provider_id = m.kept_id AND a.to_provider_id = (x ->> 'to_provider_id')::uuid AND a.role = x ->> 'role';
    UPDATE provider_affiliation a SET to_provider_id = m.gone_id FROM jsonb_array_elements(m.moved -> 'turned') x
    WHERE a.provider_id = (x ->> 'provider_id')::uuid AND a.role = x ->> 'role' AND a.to_provider_id = m.kept_id;
    UPDATE practitioner p SET provider_id = m.gone_id
    WHERE p.provider_id = m.kept_id AND p.id IN (SELECT x::uuid FROM jsonb_array_elements_text(m.moved -> 'practitioners') x);
    UPDATE credentialing_request r SET provider_id = m.gone_id
    WHERE r.provider_id = m.kept_id AND r.id IN (SELECT x::uuid FROM jsonb_array_elements_text(m.moved -> 'requests') x);
    UPDATE credentialing_task t SET provider_id = m.gone_id
    WHERE t.request_id IN (SELECT x::uuid FROM jsonb_array_elements_text(m.moved -> 'requests') x);
    UPDATE exclusion_finding f SET provider_id = m.gone_id
    WHERE f.provider_id = m.kept_id AND f.id IN (SELECT x::uuid FROM jsonb_array_elements_text(m.moved -> 'findings') x);
    UPDATE listing_change c SET provider_id = m.gone_id
    WHERE c.provider_id = m.kept_id AND c.id IN (SELECT x::uuid FROM jsonb_array_elements_text(m.moved -> 'reports') x);
    IF m.moved ? 'npi' THEN
        UPDATE provider p SET npi = NULL WHERE p.id = m.kept_id AND p.npi = (m.moved ->> 'npi')::bigint;
        -- Where the one that stayed has been given another number since, this one is free again.
        UPDATE provider p SET npi = (m.moved ->> 'npi')::bigint
        WHERE p.id = m.gone_id AND NOT EXISTS (SELECT 1 FROM provider o WHERE o.npi = (m.moved ->> 'npi')::bigint);
    END IF;
    UPDATE provider p SET merged_into = NULL WHERE p.id = m.gone_id;
    -- Each stands on its own approvals and findings again, and is ACTIVE only by them.
    PERFORM set_config('app.reason', 'a merge was undone', true);
    UPDATE provider p SET network_status = 'INACTIVE', status_changed_at = at
    WHERE p.id IN (m.kept_id, m.gone_id) AND p.network_status = 'ACTIVE'
    AND (NOT EXISTS (SELECT 1 FROM credentialing_request r
            WHERE r.provider_id = p.id AND r.status = 'APPROVED' AND r.lapsed_at IS NULL AND r.expires_at > at)
        OR p.id = m.gone_id AND EXISTS (SELECT 1 FROM exclusion_finding f
            WHERE f.provider_id = p.id AND f.status = 'CONFIRMED'));
    UPDATE provider p SET version = p.version WHERE p.id = m.kept_id;
    INSERT INTO provider_change (provider_id, field, before, after)
    VALUES (m.kept_id, 'merged', jsonb_build_object('id', m.gone_id, 'locator', g.locator,
        'npi', coalesce(g.npi::text, m.moved ->> 'npi')), NULL);
    UPDATE provider_merge x SET undone_at = at, undone_by = app_actor(), undone_reason = why, undone_recorded_at = now()
    WHERE x.id = which;
    RETURN true;
END
$$;

CREATE OR REPLACE FUNCTION listing_link_find(hash bytea, at timestamptz) RETURNS TABLE (id uuid, provider_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT l.id, provider_stands_for(l.provider_id, NULL) FROM listing_link l
        WHERE l.token_hash = hash AND l.expires_at > at
    $$;
COMMENT ON FUNCTION listing_link_find(bytea, timestamptz) IS
    'Which listing a link that has not expired is for: where its provider is one with another now, the other''s.';

-- A practitioner's provider is looked for among those that the tenant sees, by an old number too.
CREATE FUNCTION practitioner_provider(number bigint) RETURNS uuid
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT coalesce((SELECT v.id FROM provider v WHERE v.npi = number),
            (SELECT v.id FROM provider_npis_merged() m JOIN provider v ON v.npi = m.kept_npi WHERE m.npi = number))
    $$;
COMMENT ON FUNCTION practitioner_provider(bigint) IS
    'The provider of a number, as the actor sees it: who bears it, or whom its bearer was merged into.';

-- Places that were copied with the other's source: an import would take them for the address of the one that stays.
UPDATE provider_location l SET source = 'merge' FROM provider_merge m
WHERE m.undone_at IS NULL AND NOT m.moved ? 'npi' AND l.provider_id = m.kept_id
AND l.source = 'nppes' AND m.moved -> 'locations' ? l.id::text;
