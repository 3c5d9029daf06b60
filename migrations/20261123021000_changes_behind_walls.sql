-- What a transaction changed of a provider may be one of a tenant's own entries: only the feed reads it, and the policies
-- say so, whatever is granted later.
ALTER TABLE provider_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE provider_change FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON provider_change TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY feed_all ON provider_change TO provdir_feed USING (true) WITH CHECK (true);
