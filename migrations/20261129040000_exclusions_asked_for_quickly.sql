-- The guard asks for exclusions at every move to ACTIVE, a whole roster at a time: what is cheap and mostly decides comes
-- first, and plans are kept from one row to the next. They may be as old as the tables were empty, hence no scans.

CREATE OR REPLACE FUNCTION provider_is_excluded(provider uuid, npi bigint) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off
    AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM exclusion_finding f WHERE f.provider_id = $1
        AND (f.status = 'CONFIRMED' OR f.hit = 'identified' AND f.status = 'OPEN')) THEN
        RETURN true;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM exclusion_list l WHERE l.is_current) THEN
        RETURN false;
    END IF;
    RETURN EXISTS (
        WITH RECURSIVE behind (id) AS (
            SELECT p.id FROM provider p WHERE p.merged_into = $1
            UNION SELECT p.id FROM behind b JOIN provider p ON p.merged_into = b.id
        ), own (number) AS (
            SELECT $2 UNION ALL SELECT g.npi FROM behind b JOIN provider g ON g.id = b.id
        )
        SELECT 1 FROM own JOIN exclusion x ON x.npi = own.number JOIN exclusion_list l ON l.id = x.list_id AND l.is_current
        WHERE x.reinstated_on IS NULL
        AND NOT EXISTS (SELECT 1 FROM exclusion_finding f
            WHERE f.provider_id = $1 AND f.source = l.source AND f.status = 'DISMISSED'
            AND f.decided_by NOT LIKE 'list:%' AND f.evidence ->> 'npi' = x.npi::text
            AND f.evidence ->> 'kind' = x.kind AND f.evidence ->> 'excluded_on' = x.excluded_on::text));
END
$$;
