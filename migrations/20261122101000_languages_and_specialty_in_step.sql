-- provider_language is the truth; address->'extension'->'languages' is accepted and emitted. Both ways end in a fixed
-- point, so the two triggers do not chase each other.

CREATE FUNCTION address_languages(address jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
        SELECT CASE WHEN jsonb_typeof(address #> '{extension,languages}') = 'array' THEN ARRAY(
            SELECT DISTINCT lower(btrim(l)) COLLATE "C"
            FROM jsonb_array_elements_text(address #> '{extension,languages}') l
            WHERE lower(btrim(l)) ~ '^[a-z][a-z0-9-]{1,34}$'
            ORDER BY 1)
        END
    $$;
COMMENT ON FUNCTION address_languages(jsonb) IS 'The language codes of an address, sorted; null where it has no such list.';

CREATE FUNCTION languages_from_new_addresses() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM new_rows n WHERE n.address #> '{extension,languages}' IS NOT NULL) THEN
        INSERT INTO provider_language (provider_id, language)
        SELECT n.id, l FROM new_rows n, unnest(address_languages(n.address)) l
        ON CONFLICT DO NOTHING;
        PERFORM languages_to_address(ARRAY(
            SELECT n.id FROM new_rows n WHERE n.address #> '{extension,languages}' IS NOT NULL));
    END IF;
    RETURN NULL;
END
$$;

-- By row, for its condition spares the join of old and new rows: most updates change no languages.
CREATE FUNCTION languages_from_changed_address() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    DELETE FROM provider_language l
    WHERE l.provider_id = NEW.id AND l.language <> ALL (address_languages(NEW.address));
    INSERT INTO provider_language (provider_id, language)
    SELECT NEW.id, l FROM unnest(address_languages(NEW.address)) l
    ON CONFLICT DO NOTHING;
    -- An address written without the list, or with another spelling of it, gets it back from the table.
    PERFORM languages_to_address(ARRAY[NEW.id]);
    RETURN NULL;
END
$$;

CREATE FUNCTION languages_to_address(providers uuid[]) RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        UPDATE provider p
        SET address = coalesce(p.address, '{}') || jsonb_build_object('extension',
            CASE WHEN jsonb_typeof(p.address -> 'extension') = 'object' THEN p.address -> 'extension' ELSE '{}' END
            || jsonb_build_object('languages', s.spoken))
        FROM (
            SELECT i.id, coalesce(jsonb_agg(l.language ORDER BY l.language COLLATE "C")
                FILTER (WHERE l.language IS NOT NULL), '[]') AS spoken
            FROM unnest(providers) AS i (id) LEFT JOIN provider_language l ON l.provider_id = i.id
            GROUP BY i.id
        ) s
        WHERE p.id = s.id AND coalesce(p.address #> '{extension,languages}', '[]') <> s.spoken
    $$;
COMMENT ON FUNCTION languages_to_address(uuid[]) IS 'Writes the languages of the table into the address, where they differ.';
REVOKE ALL ON FUNCTION languages_to_address FROM PUBLIC;

CREATE FUNCTION languages_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM changed) THEN
        PERFORM languages_to_address(ARRAY(SELECT DISTINCT c.provider_id FROM changed c));
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER provider_c_languages_inserted AFTER INSERT ON provider
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION languages_from_new_addresses();
CREATE TRIGGER provider_c_languages_updated AFTER UPDATE ON provider
    FOR EACH ROW WHEN (OLD.address #> '{extension,languages}' IS DISTINCT FROM NEW.address #> '{extension,languages}')
    EXECUTE FUNCTION languages_from_changed_address();
CREATE TRIGGER provider_language_c_inserted AFTER INSERT ON provider_language
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION languages_changed();
CREATE TRIGGER provider_language_c_updated AFTER UPDATE ON provider_language
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION languages_changed();
CREATE TRIGGER provider_language_c_deleted AFTER DELETE ON provider_language
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION languages_changed();

-- provider.specialty copies the primary code. A load that brings the right one costs no second write of the provider.

CREATE FUNCTION specialty_to_provider() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    UPDATE provider p SET specialty = s.code
    FROM (
        SELECT c.provider_id, s.code
        FROM (SELECT DISTINCT c.provider_id FROM changed c) c
        LEFT JOIN provider_specialty s ON s.provider_id = c.provider_id AND s.is_primary
    ) s
    WHERE p.id = s.provider_id AND p.specialty IS DISTINCT FROM s.code;
    RETURN NULL;
END
$$;
CREATE TRIGGER provider_specialty_c_inserted AFTER INSERT ON provider_specialty
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION specialty_to_provider();
CREATE TRIGGER provider_specialty_c_updated AFTER UPDATE ON provider_specialty
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION specialty_to_provider();
CREATE TRIGGER provider_specialty_c_deleted AFTER DELETE ON provider_specialty
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION specialty_to_provider();
