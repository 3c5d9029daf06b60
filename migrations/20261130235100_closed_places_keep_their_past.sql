-- A place that closes takes no past with it: who took part there did so until its last day, and claims of days before are
-- answered as before. Until now the foreign key deleted such participations, for all days.

ALTER TABLE participation DROP CONSTRAINT participation_location_fkey;
COMMENT ON COLUMN participation.location_id IS
    'The place it holds for, which may have closed since: it has ended then; null: every place of the provider.';

-- What begins is at a place that is there, and so is what goes on for longer. The lock keeps that place until the end of the transaction, as a foreign key would.
CREATE FUNCTION participation_has_place() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM 1 FROM provider_location l WHERE l.provider_id = NEW.provider_id AND l.id = NEW.location_id FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a participation is at a place of its provider'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'participation_location_fkey';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER participation_has_place_inserted AFTER INSERT ON participation
    FOR EACH ROW WHEN (NEW.location_id IS NOT NULL) EXECUTE FUNCTION participation_has_place();
CREATE TRIGGER participation_has_place_updated AFTER UPDATE ON participation
    FOR EACH ROW WHEN (NEW.location_id IS NOT NULL AND (NEW.location_id IS DISTINCT FROM OLD.location_id
        OR coalesce(NEW.termination, 'infinity') > coalesce(OLD.termination, 'infinity')))
    EXECUTE FUNCTION participation_has_place();

CREATE FUNCTION provider_location_closes() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    last date := coalesce(nullif(current_setting('app.closed_on', true), '')::date, (now() AT TIME ZONE 'UTC')::date);
BEGIN
    DELETE FROM participation p
    WHERE p.provider_id = OLD.provider_id AND p.location_id = OLD.id AND p.effective > last;
    UPDATE participation p SET termination = last
    WHERE p.provider_id = OLD.provider_id AND p.location_id = OLD.id
    AND (p.termination IS NULL OR p.termination > last);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION provider_location_closes() IS
    'Ends what holds for a place that is closed on its last day: app.closed_on, or today. What would have begun later never does.';
CREATE TRIGGER provider_location_closes AFTER DELETE ON provider_location
    FOR EACH ROW EXECUTE FUNCTION provider_location_closes();

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

    -- Participations, but for those that the other has already. One at a place that has closed stays one at that place.
    WITH candidate AS (
        SELECT p.id, p.location_id, at_place.id AS place, row_number() OVER (
            PARTITION BY p.network_id, p.effective, at_place.id, coalesce(p.tier, '') ORDER BY p.id) AS n
        FROM participation p
        CROSS JOIN LATERAL (SELECT coalesce((same ->> p.location_id::text)::uuid, p.location_id) AS id) at_place
        WHERE p.provider_id = gone AND NOT EXISTS (
            SELECT 1 FROM participation o WHERE o.provider_id = kept AND o.network_id = p.network_id
            AND o.effective = p.effective AND o.tier IS NOT DISTINCT FROM p.tier
            AND o.location_id IS NOT DISTINCT FROM at_place.id)
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
