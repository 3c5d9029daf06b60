-- Versions of a provider that stand the other way round in the outbox are told in their order: each row is looked up beside
-- the others of its provider.

CREATE INDEX outbox_provider_version_idx ON outbox (provider_id, version) INCLUDE (xid, id) WHERE version IS NOT NULL;
