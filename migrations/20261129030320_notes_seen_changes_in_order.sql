-- What was seen of notes about a provider, beside what was seen of cases and their items.
ALTER TABLE share_sight
    ALTER COLUMN case_id DROP NOT NULL,
    ADD COLUMN note_id uuid,
    ADD CONSTRAINT share_sight_what_check
        CHECK (num_nonnulls(item_id, note_id) <= 1 AND (case_id IS NOT NULL OR note_id IS NOT NULL));
COMMENT ON COLUMN share_sight.case_id IS 'Null: a note about the provider as such.';
COMMENT ON COLUMN share_sight.note_id IS 'The note about the provider that was seen.';
GRANT INSERT (note_id) ON share_sight TO provdir_app;

DROP POLICY portal_sees ON share_sight;
CREATE POLICY portal_sees ON share_sight FOR INSERT TO provdir_app
    WITH CHECK (organization_id = (SELECT app_portal_organization_id())
        AND provider_user_id = (SELECT s.provider_user_id FROM portal_standing() s)
        AND (case_id IS NULL OR case_id IN (SELECT a.case_id FROM portal_assignments() a))
        AND (item_id IS NULL OR item_id IN (SELECT p.item_id FROM portal_items() p))
        AND (note_id IS NULL OR EXISTS (SELECT 1 FROM provider_note n
            WHERE n.id = note_id AND n.case_id IS NOT DISTINCT FROM share_sight.case_id)));

-- Decisions in the order in which their transactions become final, so that a reader who goes on where they left off misses
-- none that commits late. Those made before this column was there count as made by this migration.
ALTER TABLE share ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
COMMENT ON COLUMN share.xid IS 'The transaction that wrote the row.';

CREATE FUNCTION portal_changes()
    RETURNS TABLE (case_id uuid, item_id uuid, item_kind text, action text, expires_at timestamptz, at timestamptz,
        xid xid8, seq bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT DISTINCT ON (s.assignment_id, s.item_id)
            s.case_id, s.item_id, s.item_kind, s.action, s.expires_at, s.at, s.xid, s.seq
        FROM portal_assignments() a
        JOIN share s ON s.assignment_id = a.id AND s.at <= app_now()
        ORDER BY s.assignment_id, s.item_id, s.seq DESC
    $$;
COMMENT ON FUNCTION portal_changes() IS
    'The deciding row of each item for each of the assignments of the provider user, with its place in the order of transactions.';

-- Whose a token or link is that is not taken, so that its agency learns of it.
CREATE FUNCTION provider_token_dead(given_prefix text, hash bytea, at timestamptz)
    RETURNS TABLE (id uuid, organization_id uuid, provider_user_id uuid, reason text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT t.id, t.organization_id, t.provider_user_id, CASE
            WHEN t.token_hash <> hash THEN 'wrong_secret'
            WHEN t.revoked_at <= at THEN 'revoked'
            WHEN t.expires_at <= at THEN 'expired'
            WHEN u.status = 'deactivated' THEN 'user_deactivated'
            WHEN NOT a.is_active THEN 'provider_inactive'
            WHEN NOT o.is_active THEN 'organization_inactive'
            ELSE 'not_for_this' END
        FROM provider_token t
        JOIN provider_user u ON u.id = t.provider_user_id
        JOIN agency_provider a ON a.organization_id = u.organization_id AND a.provider_id = u.provider_id
        JOIN organization o ON o.id = u.organization_id
        WHERE t.prefix = given_prefix
    $$;
COMMENT ON FUNCTION provider_token_dead(text, bytea, timestamptz) IS 'Whose token was shown and why it is not taken.';

CREATE FUNCTION download_link_dead(hash bytea)
    RETURNS TABLE (token_id uuid, organization_id uuid, provider_user_id uuid, document_id uuid, used boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT l.token_id, l.organization_id, l.provider_user_id, l.document_id, l.used_at IS NOT NULL
        FROM download_link l WHERE l.link_hash = hash
    $$;
COMMENT ON FUNCTION download_link_dead(bytea) IS 'Whose link was followed that fetches nothing any more.';

REVOKE ALL ON FUNCTION portal_changes, provider_token_dead, download_link_dead FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_changes, provider_token_dead, download_link_dead TO provdir_app;
