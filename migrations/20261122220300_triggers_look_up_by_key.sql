-- The plans of these functions are made at a connection's first change, when a new directory is almost empty, and kept: a scan of
-- all providers, at every statement of an import. What has changed is always few beside what is there: look it up by its key.
ALTER FUNCTION child_raises_version() SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off;
ALTER FUNCTION specialty_to_provider() SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off;
ALTER FUNCTION languages_to_address(uuid[]) SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off;
