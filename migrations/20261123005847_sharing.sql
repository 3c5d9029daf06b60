-- Who sees what of a case: shares, the history of everything else that visibility hangs on, and what was in fact seen.

CREATE TABLE share (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id uuid NOT NULL,
    case_id uuid NOT NULL,
    case_provider_id uuid,
    case_provider_external_id uuid,
    assignment_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(case_provider_id, case_provider_external_id)) STORED,
    item_id uuid NOT NULL,
    item_kind text NOT NULL,
    action text NOT NULL CHECK (action IN ('grant', 'revoke')),
    fields text[] CONSTRAINT share_fields_check
        CHECK (fields IS NULL OR item_kind = 'match_sheet' AND action = 'grant' AND cardinality(fields) > 0),
    expires_at timestamptz CONSTRAINT share_expires_check CHECK (expires_at IS NULL OR action = 'grant'),
    list_id uuid REFERENCES match_sheet_list (id),
    reason text CHECK (length(reason) BETWEEN 1 AND 1000),
    at timestamptz NOT NULL DEFAULT app_now(),
    actor text NOT NULL DEFAULT app_actor(),
    CONSTRAINT share_one_assignment_check CHECK (num_nonnulls(case_provider_id, case_provider_external_id) = 1),
    CONSTRAINT share_external_kind_check
        CHECK (case_provider_external_id IS NULL OR item_kind IN ('document', 'match_sheet', 'match_sheet_list')),
    CONSTRAINT share_assignment_fkey FOREIGN KEY (organization_id, case_id, case_provider_id)
        REFERENCES case_provider (organization_id, case_id, id),
    CONSTRAINT share_external_fkey FOREIGN KEY (organization_id, case_id, case_provider_external_id)
        REFERENCES case_provider_external (organization_id, case_id, id),
    CONSTRAINT share_item_fkey FOREIGN KEY (organization_id, case_id, item_id, item_kind)
        REFERENCES case_item (organization_id, case_id, id, kind)
);
CREATE INDEX share_assignment_idx ON share (assignment_id, item_id, seq DESC);
CREATE INDEX share_case_idx ON share (case_id, seq);
COMMENT ON TABLE share IS
    'Grants and revocations, one row each, never changed. The last row of an item and assignment decides; none: not shared.';
COMMENT ON COLUMN share.fields IS 'Of a match sheet: the sections (identity) or fields (identity.age) that are shown; null: all.';
COMMENT ON COLUMN share.expires_at IS 'From this moment on the grant counts no more.';
COMMENT ON COLUMN share.list_id IS 'The list of match sheets that was shared, and this sheet with it.';

CREATE TABLE standing_history (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id uuid NOT NULL,
    entity text NOT NULL,
    entity_id uuid NOT NULL,
    provider_id uuid,
    case_id uuid,
    holds boolean NOT NULL,
    starts_at timestamptz,
    ends_at timestamptz,
    at timestamptz NOT NULL DEFAULT app_now(),
    actor text NOT NULL DEFAULT app_actor()
);
CREATE INDEX standing_history_entity_idx ON standing_history (entity_id, seq);
CREATE INDEX standing_history_case_idx ON standing_history (case_id, seq);
CREATE INDEX standing_history_provider_idx ON standing_history (organization_id, provider_id, seq);
COMMENT ON TABLE standing_history IS
    'Every change of what visibility hangs on beside shares: provider, its users, assignments, whether an item is offered. Written by triggers only.';
COMMENT ON COLUMN standing_history.entity IS 'agency_provider, provider_user, case_provider, case_provider_external, case_item, provider_note.';
COMMENT ON COLUMN standing_history.holds IS 'Whether it counts from here on; of assignments within starts_at and ends_at.';

CREATE TABLE share_sight (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id uuid NOT NULL DEFAULT app_portal_organization_id(),
    case_id uuid NOT NULL,
    item_id uuid,
    provider_user_id uuid NOT NULL DEFAULT app_provider_user_id(),
    how text NOT NULL CHECK (how IN ('viewed', 'downloaded', 'acknowledged')),
    fields text[],
    at timestamptz NOT NULL DEFAULT app_now()
);
CREATE INDEX share_sight_case_idx ON share_sight (case_id, seq);
CREATE INDEX share_sight_item_idx ON share_sight (item_id, provider_user_id);
COMMENT ON TABLE share_sight IS 'What was in fact seen, fetched, acknowledged, by whom and when. Append only.';
COMMENT ON COLUMN share_sight.item_id IS 'Null: the case itself.';
COMMENT ON COLUMN share_sight.fields IS 'Of a match sheet: the fields that were shown.';

CREATE TABLE download_link (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL DEFAULT app_portal_organization_id() REFERENCES organization (id),
    token_id uuid NOT NULL REFERENCES provider_token (id),
    provider_user_id uuid NOT NULL DEFAULT app_provider_user_id() REFERENCES provider_user (id),
    document_id uuid NOT NULL REFERENCES case_document (id),
    link_hash bytea NOT NULL CONSTRAINT download_link_hash_key UNIQUE CHECK (octet_length(link_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT app_now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
COMMENT ON TABLE download_link IS
    'An address that fetches one document once, without a token in the request. What may be seen is asked when it is used, not when it is made.';
COMMENT ON COLUMN download_link.link_hash IS 'SHA-256 of the 256 random bits in the address.';

CREATE TRIGGER share_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON share
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER standing_history_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON standing_history
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER share_sight_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON share_sight
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

-- The history of standings.

CREATE FUNCTION standing_is_kept() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    n jsonb := to_jsonb(NEW) - 'content';
    o jsonb := CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) - 'content' END;
    says boolean;
    said boolean;
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'agency_provider' THEN says := n ->> 'is_active'; said := o ->> 'is_active';
        WHEN 'provider_user' THEN says := n ->> 'status' = 'active'; said := o ->> 'status' = 'active';
        WHEN 'case_item' THEN
            says := (n ->> 'offered')::boolean AND n ->> 'withdrawn_at' IS NULL;
            said := (o ->> 'offered')::boolean AND o ->> 'withdrawn_at' IS NULL;
        WHEN 'provider_note' THEN says := n ->> 'shareable'; said := o ->> 'shareable';
        ELSE says := true; said := true;
    END CASE;
    IF o IS NOT NULL AND says = said AND n ->> 'starts_at' IS NOT DISTINCT FROM o ->> 'starts_at'
        AND n ->> 'ends_at' IS NOT DISTINCT FROM o ->> 'ends_at' THEN
        RETURN NULL;
    END IF;
    INSERT INTO standing_history (organization_id, entity, entity_id, provider_id, case_id, holds, starts_at, ends_at)
    VALUES ((n ->> 'organization_id')::uuid, TG_TABLE_NAME, coalesce(n ->> 'id', n ->> 'provider_id')::uuid,
        (n ->> 'provider_id')::uuid, (n ->> 'case_id')::uuid, says,
        (n ->> 'starts_at')::timestamptz, (n ->> 'ends_at')::timestamptz);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION standing_is_kept() IS 'Writes down when something begins or ends to count for visibility.';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['agency_provider', 'provider_user', 'case_provider', 'case_provider_external', 'case_item',
        'provider_note'] LOOP
        EXECUTE format('CREATE TRIGGER standing_is_kept AFTER INSERT OR UPDATE ON %I
            FOR EACH ROW EXECUTE FUNCTION standing_is_kept()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['share', 'standing_history', 'share_sight', 'download_link'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format($p$CREATE POLICY app_agency ON %I FOR SELECT TO provdir_app
            USING (organization_id = (SELECT app_organization_id()) AND (SELECT app_is_agency()))$p$, name);
        EXECUTE format('GRANT SELECT ON %I TO provdir_app', name);
    END LOOP;
END
$$;
CREATE POLICY app_agency_grants ON share FOR INSERT TO provdir_app
    WITH CHECK (organization_id = (SELECT app_organization_id()) AND (SELECT app_is_agency()) AND actor = app_actor());
GRANT INSERT (organization_id, case_id, case_provider_id, case_provider_external_id, item_id, item_kind, action, fields,
    expires_at, list_id, reason) ON share TO provdir_app;

-- What a provider user may see, asked by the policies below. The three: the provider, the user, the assignment.

CREATE FUNCTION portal_standing()
    RETURNS TABLE (organization_id uuid, provider_id uuid, provider_user_id uuid, kind text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT u.organization_id, u.provider_id, u.id, u.kind
        FROM provider_user u
        JOIN agency_provider a ON a.organization_id = u.organization_id AND a.provider_id = u.provider_id
        JOIN organization o ON o.id = u.organization_id
        WHERE u.id = app_provider_user_id() AND u.organization_id = app_portal_organization_id()
        AND u.status = 'active' AND a.is_active AND o.is_active
    $$;
COMMENT ON FUNCTION portal_standing() IS 'The provider user who acts, if user and provider both count.';

CREATE FUNCTION portal_assignments()
    RETURNS TABLE (id uuid, case_id uuid, provider_id uuid, role text, external_reference text,
        starts_at timestamptz, ends_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT c.id, c.case_id, c.provider_id, c.role, NULL, c.starts_at, c.ends_at
        FROM portal_standing() s
        JOIN case_provider c ON c.organization_id = s.organization_id AND c.provider_id = s.provider_id
        WHERE s.kind = 'person' AND c.starts_at <= app_now() AND (c.ends_at IS NULL OR c.ends_at > app_now())
        UNION ALL
        SELECT c.id, c.case_id, c.provider_id, c.role, c.external_reference, c.starts_at, c.ends_at
        FROM portal_standing() s
        JOIN case_provider_external c ON c.organization_id = s.organization_id AND c.provider_id = s.provider_id
        WHERE s.kind = 'machine' AND c.starts_at <= app_now() AND (c.ends_at IS NULL OR c.ends_at > app_now())
    $$;
COMMENT ON FUNCTION portal_assignments() IS 'The assignments through which the provider user sees cases right now.';

CREATE FUNCTION portal_shares()
    RETURNS TABLE (seq bigint, assignment_id uuid, case_id uuid, item_id uuid, item_kind text, action text, fields text[],
        expires_at timestamptz, at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT DISTINCT ON (s.assignment_id, s.item_id)
            s.seq, s.assignment_id, s.case_id, s.item_id, s.item_kind, s.action, s.fields, s.expires_at, s.at
        FROM portal_assignments() a
        JOIN share s ON s.assignment_id = a.id AND s.at <= app_now()
        ORDER BY s.assignment_id, s.item_id, s.seq DESC
    $$;
COMMENT ON FUNCTION portal_shares() IS 'The deciding row of each item for each of these assignments.';

CREATE FUNCTION portal_items()
    RETURNS TABLE (item_id uuid, fields text[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT s.item_id, s.fields
        FROM portal_shares() s
        JOIN case_item i ON i.id = s.item_id AND i.offered AND i.withdrawn_at IS NULL
        WHERE s.action = 'grant' AND (s.expires_at IS NULL OR s.expires_at > app_now())
    $$;
COMMENT ON FUNCTION portal_items() IS 'What is shared with the provider user right now; fields: only these, null: all.';

CREATE FUNCTION portal_fields()
    RETURNS TABLE (match_sheet_id uuid, section text, key text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT f.match_sheet_id, f.section, f.key
        FROM portal_items() p
        JOIN match_sheet_field f ON f.match_sheet_id = p.item_id
        WHERE p.fields IS NULL OR f.section = ANY (p.fields) OR f.section || '.' || f.key = ANY (p.fields)
    $$;
COMMENT ON FUNCTION portal_fields() IS 'The fields of match sheets that are shared with the provider user right now.';

CREATE FUNCTION portal_self()
    RETURNS TABLE (organization_name text, organization_slug text, provider_id uuid, provider_name text, provider_type text,
        user_name text, kind text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT o.name, o.slug, p.id,
            coalesce(p.organization_name, concat_ws(' ', p.first_name, p.last_name)), a.type, u.name, u.kind
        FROM portal_standing() s
        JOIN provider_user u ON u.id = s.provider_user_id
        JOIN organization o ON o.id = s.organization_id
        JOIN provider p ON p.id = s.provider_id
        JOIN agency_provider a ON a.organization_id = s.organization_id AND a.provider_id = s.provider_id
    $$;
COMMENT ON FUNCTION portal_self() IS 'Who the provider user is, for whom, with which agency.';

CREATE FUNCTION download_link_use(hash bytea, moment timestamptz)
    RETURNS TABLE (token_id uuid, document_id uuid)
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        UPDATE download_link l SET used_at = moment
        WHERE l.link_hash = hash AND l.used_at IS NULL AND l.expires_at > moment
        AND EXISTS (SELECT 1 FROM provider_token t WHERE t.id = l.token_id AND t.provider_user_id = l.provider_user_id)
        RETURNING l.token_id, l.document_id
    $$;
COMMENT ON FUNCTION download_link_use(bytea, timestamptz) IS 'Takes a link, once. Whether its maker still may see the document is asked after that.';

REVOKE ALL ON FUNCTION portal_standing, portal_assignments, portal_shares, portal_items, portal_fields, portal_self,
    download_link_use, standing_is_kept FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_standing, portal_assignments, portal_shares, portal_items, portal_fields, portal_self,
    download_link_use TO provdir_app;

CREATE POLICY portal_read ON "case" FOR SELECT TO provdir_app
    USING ((SELECT app_role()) = 'provider_user' AND id IN (SELECT a.case_id FROM portal_assignments() a));
CREATE POLICY portal_read ON case_item FOR SELECT TO provdir_app
    USING ((SELECT app_role()) = 'provider_user' AND id IN (SELECT p.item_id FROM portal_items() p));
CREATE POLICY portal_read ON case_document FOR SELECT TO provdir_app
    USING ((SELECT app_role()) = 'provider_user' AND id IN (SELECT p.item_id FROM portal_items() p));
CREATE POLICY portal_read ON match_sheet FOR SELECT TO provdir_app
    USING ((SELECT app_role()) = 'provider_user' AND id IN (SELECT p.item_id FROM portal_items() p));
CREATE POLICY portal_read ON match_sheet_field FOR SELECT TO provdir_app
    USING ((SELECT app_role()) = 'provider_user'
        AND (match_sheet_id, section, key) IN (SELECT f.match_sheet_id, f.section, f.key FROM portal_fields() f));
CREATE POLICY portal_read ON match_sheet_list FOR SELECT TO provdir_app
    USING ((SELECT app_role()) = 'provider_user' AND id IN (SELECT p.item_id FROM portal_items() p));
CREATE POLICY portal_read ON match_sheet_list_entry FOR SELECT TO provdir_app
    USING ((SELECT app_role()) = 'provider_user'
        AND match_sheet_list_id IN (SELECT p.item_id FROM portal_items() p)
        AND match_sheet_id IN (SELECT p.item_id FROM portal_items() p));
CREATE POLICY portal_read ON case_note FOR SELECT TO provdir_app
    USING ((SELECT app_role()) = 'provider_user' AND id IN (SELECT p.item_id FROM portal_items() p));
CREATE POLICY portal_read ON financial_item FOR SELECT TO provdir_app
    USING ((SELECT app_role()) = 'provider_user' AND id IN (SELECT p.item_id FROM portal_items() p));
CREATE POLICY portal_read ON provider_note FOR SELECT TO provdir_app
    USING ((SELECT app_role()) = 'provider_user' AND shareable
        AND (organization_id, provider_id) IN (SELECT s.organization_id, s.provider_id FROM portal_standing() s)
        AND (case_id IS NULL OR case_id IN (SELECT a.case_id FROM portal_assignments() a)));

CREATE POLICY portal_sees ON share_sight FOR INSERT TO provdir_app
    WITH CHECK (organization_id = (SELECT app_portal_organization_id())
        AND provider_user_id = (SELECT s.provider_user_id FROM portal_standing() s)
        AND case_id IN (SELECT a.case_id FROM portal_assignments() a)
        AND (item_id IS NULL OR item_id IN (SELECT p.item_id FROM portal_items() p)));
GRANT INSERT (case_id, item_id, how, fields) ON share_sight TO provdir_app;
CREATE POLICY portal_makes ON download_link FOR INSERT TO provdir_app
    WITH CHECK (organization_id = (SELECT app_portal_organization_id())
        AND provider_user_id = (SELECT s.provider_user_id FROM portal_standing() s)
        AND document_id IN (SELECT p.item_id FROM portal_items() p));
GRANT INSERT (token_id, document_id, link_hash, expires_at) ON download_link TO provdir_app;
