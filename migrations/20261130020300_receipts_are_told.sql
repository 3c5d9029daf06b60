-- Who has confirmed that a file arrived sees so, and does it once.

CREATE FUNCTION portal_receipts(wanted uuid) RETURNS TABLE (item_id uuid, at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT s.item_id, min(s.at)
        FROM share_sight s
        WHERE s.case_id = wanted AND s.how = 'acknowledged'
        AND s.organization_id = app_portal_organization_id()
        AND s.provider_user_id = (SELECT p.provider_user_id FROM portal_standing() p)
        AND s.item_id IN (SELECT p.item_id FROM portal_items() p)
        GROUP BY s.item_id
    $$;
COMMENT ON FUNCTION portal_receipts(uuid) IS
    'What of a case the provider user has confirmed to have arrived, as far as it is shared with them now, and since when.';
REVOKE ALL ON FUNCTION portal_receipts(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_receipts(uuid) TO provdir_app;
