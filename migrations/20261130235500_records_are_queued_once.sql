-- A record that waits for a person, or that one has decided, is looked for by the provider that it is likeliest to mean.
CREATE INDEX match_review_record_idx ON match_review (provider_id) WHERE kind = 'record';
COMMENT ON TABLE match_review IS
    'The review queue of matching: records whose provider is not sure, and pairs of providers that may be one. Each stands here once, so that what was decided about it stays decided.';
