-- A listing that nobody confirmed in time is taken out of searches until somebody does.

ALTER TABLE provider ADD COLUMN suppressed_on date;
COMMENT ON COLUMN provider.suppressed_on IS
    'Since when it is in no search, for nobody confirmed it in time; null: it is. Claims, credentialing and its own page go on.';
CREATE INDEX provider_suppressed_idx ON provider (id) WHERE suppressed_on IS NOT NULL;
GRANT UPDATE (suppressed_on) ON provider TO provdir_app;
