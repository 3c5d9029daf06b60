-- Organisations stand in a tree (a health system and its clinics), and their settings get a history of their own.

ALTER TABLE organization DROP COLUMN config;
ALTER TABLE organization ADD COLUMN parent_id uuid CONSTRAINT organization_parent_id_fkey REFERENCES organization (id);
ALTER TABLE organization ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE organization ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN organization.parent_id IS 'The organisation that this one belongs to; null: none. Never a circle.';
COMMENT ON COLUMN organization.version IS 'Raised by every change; the ETag.';
COMMENT ON COLUMN organization.is_active IS 'An inactive tenant keeps its data, and nobody acts for it.';
CREATE INDEX organization_parent_idx ON organization (parent_id) WHERE parent_id IS NOT NULL;

-- A slug is given once: addresses hold over a rename. What a tenant is and pays for is the platform's to say.
CREATE FUNCTION organization_guard() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.slug <> OLD.slug THEN
            RAISE EXCEPTION 'a slug stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_slug_stays';
        END IF;
        NEW.version := OLD.version + 1;
        NEW.updated_at := now();
        IF NEW.parent_id IS NOT DISTINCT FROM OLD.parent_id THEN
            RETURN NEW;
        END IF;
    END IF;
    IF NEW.parent_id IS NOT NULL THEN
        -- One change of the tree at a time, or two of them could close a circle together.
        PERFORM pg_advisory_xact_lock(hashtext('organization tree'));
        IF EXISTS (
            WITH RECURSIVE above AS (
                SELECT NEW.parent_id AS id
                UNION
                SELECT o.parent_id FROM organization o JOIN above a ON o.id = a.id WHERE o.parent_id IS NOT NULL
            )
            SELECT 1 FROM above a WHERE a.id = NEW.id) THEN
            RAISE EXCEPTION 'an organisation is not above itself'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_tree';
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER organization_guard BEFORE INSERT OR UPDATE ON organization
    FOR EACH ROW EXECUTE FUNCTION organization_guard();

-- Its administrators rename it; the rest is the platform's.
CREATE FUNCTION organization_keeps_terms() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF app_role() = 'organization_admin' AND (OLD.type, OLD.tier, OLD.is_active, OLD.parent_id)
        IS DISTINCT FROM (NEW.type, NEW.tier, NEW.is_active, NEW.parent_id) THEN
        RAISE EXCEPTION 'only the platform changes what an organisation is' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER organization_keeps_terms BEFORE UPDATE ON organization
    FOR EACH ROW EXECUTE FUNCTION organization_keeps_terms();
CREATE POLICY app_update_own ON organization FOR UPDATE TO provdir_app
    USING (id = (SELECT app_organization_id()) AND (SELECT app_role()) = 'organization_admin')
    WITH CHECK (id = (SELECT app_organization_id()) AND (SELECT app_role()) = 'organization_admin');

CREATE FUNCTION organization_descendants(root uuid)
    RETURNS TABLE (id uuid, parent_id uuid, name text, slug text, type text, tier text, is_active boolean, depth integer)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        WITH RECURSIVE below AS (
            SELECT o.id, 1 AS depth FROM organization o
            WHERE o.parent_id = root AND (root = app_organization_id() OR app_role() = 'platform_admin')
            UNION ALL
            SELECT o.id, b.depth + 1 FROM organization o JOIN below b ON o.parent_id = b.id
        )
        SELECT o.id, o.parent_id, o.name, o.slug, o.type, o.tier, o.is_active, b.depth
        FROM below b JOIN organization o ON o.id = b.id
        ORDER BY b.depth, o.name, o.id
    $$;
COMMENT ON FUNCTION organization_descendants(uuid) IS
    'The organisations below one, for those who act for it: what they are, not what they have.';
REVOKE ALL ON FUNCTION organization_descendants FROM PUBLIC;
GRANT EXECUTE ON FUNCTION organization_descendants TO provdir_app;
