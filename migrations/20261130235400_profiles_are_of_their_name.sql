-- A profile leads to the provider of its number, and everybody reads there where that provider works: a slip of one digit would
-- put a stranger's clinic on their page. So the names have to fit, unless the platform says that they are one.

CREATE FUNCTION name_words(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$
        -- Marks first: what is left is small letters in every locale.
        SELECT btrim(regexp_replace(lower(regexp_replace(normalize(coalesce(name, ''), NFD), '[\u0300-\u036F]', '', 'g')),
            '[^[:alnum:]]+', ' ', 'g'))
    $$;
COMMENT ON FUNCTION name_words(text) IS 'The words of a name, small and without accents, with a blank between each two.';

CREATE FUNCTION practitioner_name_fits(provider uuid, name text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT EXISTS (
            SELECT 1 FROM (
                SELECT v.last_name FROM provider v WHERE v.id = provider AND v.kind = 'individual'
                UNION ALL
                SELECT o.last_name FROM provider_other_name o JOIN provider v ON v.id = o.provider_id
                WHERE o.provider_id = provider AND v.kind = 'individual') s
            WHERE EXISTS (
                SELECT 1 FROM unnest(string_to_array(name_words(s.last_name), ' ')) w
                WHERE length(w) > 1 AND w = ANY (string_to_array(name_words(name), ' '))
                AND w <> ALL (ARRAY['de', 'la', 'las', 'los', 'el', 'van', 'von', 'der', 'den', 'del', 'di', 'da', 'dos',
                    'bin', 'al', 'st', 'mc', 'jr', 'sr']))
            OR length(s.last_name) > 3
                AND position(replace(name_words(s.last_name), ' ', '') IN replace(name_words(name), ' ', '')) > 0)
    $$;
COMMENT ON FUNCTION practitioner_name_fits(uuid, text) IS
    'Whether a name has a surname of the person, of now or of before: a given name may be a nickname, a surname that is another is somebody else.';

CREATE FUNCTION practitioner_links(number bigint, name text, linked uuid) RETURNS uuid
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT v.id FROM (SELECT practitioner_provider(number) AS id) v
        WHERE v.id = linked OR app_is_platform() OR practitioner_name_fits(v.id, name)
    $$;
COMMENT ON FUNCTION practitioner_links(bigint, text, uuid) IS
    'The provider that a profile of a number and name leads to: the one that it has led to already, one whose name fits, or whom the platform names.';
REVOKE ALL ON FUNCTION practitioner_name_fits, practitioner_links FROM PUBLIC;
GRANT EXECUTE ON FUNCTION practitioner_name_fits, practitioner_links TO provdir_app;

CREATE OR REPLACE FUNCTION provider_finds_practitioners() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    -- Hardly ever is there anybody to find, and new providers come by the million.
    IF EXISTS (SELECT 1 FROM practitioner p WHERE p.provider_id IS NULL AND p.npi IS NOT NULL) THEN
        UPDATE practitioner p SET provider_id = n.id
        FROM new_rows n
        WHERE p.npi = n.npi AND p.provider_id IS NULL AND n.owner_organization_id IS NULL
        AND practitioner_name_fits(n.id, p.name);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION provider_finds_practitioners() IS 'Links the profiles of its number and name to a provider that has come.';
