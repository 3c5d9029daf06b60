-- A link that was made before its document was taken back fetches nothing any more, also where it is shared anew later.
ALTER TABLE download_link ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
COMMENT ON COLUMN download_link.xid IS 'The transaction that made the link.';

CREATE FUNCTION download_link_revoked(hash bytea) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT EXISTS (
            SELECT 1 FROM download_link l
            JOIN provider_user u ON u.id = l.provider_user_id
            JOIN share s ON s.item_id = l.document_id AND s.organization_id = l.organization_id AND s.action = 'revoke'
                AND s.xid > l.xid
            LEFT JOIN case_provider p ON p.id = s.case_provider_id
            LEFT JOIN case_provider_external x ON x.id = s.case_provider_external_id
            WHERE l.link_hash = hash
            AND u.provider_id = CASE u.kind WHEN 'person' THEN p.provider_id ELSE x.provider_id END)
    $$;
COMMENT ON FUNCTION download_link_revoked(bytea) IS 'Whether the document of a link was taken back from its maker after it was made.';
REVOKE ALL ON FUNCTION download_link_revoked FROM PUBLIC;
GRANT EXECUTE ON FUNCTION download_link_revoked TO provdir_app;
CREATE INDEX share_item_idx ON share (item_id) WHERE action = 'revoke';
