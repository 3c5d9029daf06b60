-- What people say about matches, and what waits for them: pairs and records that nobody should link without a look.
CREATE TABLE match_review (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid REFERENCES organization (id),
    kind text NOT NULL CHECK (kind IN ('record', 'duplicate')),
    record jsonb NOT NULL,
    provider_id uuid NOT NULL REFERENCES provider (id),
    other_provider_id uuid REFERENCES provider (id),
    probability double precision NOT NULL CHECK (probability BETWEEN 0 AND 1),
    evidence jsonb NOT NULL,
    rule_version text NOT NULL CHECK (rule_version <> ''),
    position text,
    verdict text CHECK (verdict IN ('confirmed', 'rejected')),
    decided_by text,
    decided_at timestamptz,
    created_at timestamptz NOT NULL,
    CONSTRAINT match_review_pair_check CHECK ((kind = 'duplicate') = (other_provider_id IS NOT NULL)),
    CONSTRAINT match_review_order_check CHECK (provider_id < other_provider_id),
    CONSTRAINT match_review_decided_check CHECK ((verdict IS NULL) = (decided_at IS NULL) AND (verdict IS NULL) = (decided_by IS NULL))
);
CREATE UNIQUE INDEX match_review_duplicate_key ON match_review (provider_id, other_provider_id)
    WHERE kind = 'duplicate' AND organization_id IS NULL;
CREATE INDEX match_review_open_idx ON match_review (organization_id, probability DESC) WHERE verdict IS NULL;
COMMENT ON TABLE match_review IS
    'The review queue of matching: records whose provider is not sure, and pairs of providers that may be one. A pair stands here once, so that what was decided about it stays decided.';
COMMENT ON COLUMN match_review.organization_id IS 'Whose queue; null: the platform''s.';
COMMENT ON COLUMN match_review.record IS 'The record as it was sent; of a pair, the first provider as a record.';
COMMENT ON COLUMN match_review.provider_id IS 'The likeliest provider; of a pair, the one with the smaller id.';
COMMENT ON COLUMN match_review.evidence IS 'The evidence as it was told: field, level, bits. With rule_version it recomputes the probability.';
COMMENT ON COLUMN match_review.position IS 'The state of the directory that it was told from.';

CREATE TABLE match_feedback (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid REFERENCES organization (id),
    review_id uuid REFERENCES match_review (id),
    record jsonb NOT NULL,
    provider_id uuid NOT NULL REFERENCES provider (id),
    verdict text NOT NULL CHECK (verdict IN ('confirmed', 'rejected')),
    probability double precision CHECK (probability BETWEEN 0 AND 1),
    evidence jsonb,
    rule_version text NOT NULL CHECK (rule_version <> ''),
    note text,
    actor text NOT NULL DEFAULT app_actor(),
    created_at timestamptz NOT NULL
);
CREATE INDEX match_feedback_organization_idx ON match_feedback (organization_id, created_at);
COMMENT ON TABLE match_feedback IS
    'What people said about matches, append-only: the labels that `provdir match train` learns from.';
COMMENT ON COLUMN match_feedback.organization_id IS 'Whose; null: the platform''s.';
COMMENT ON COLUMN match_feedback.provider_id IS 'The provider that the record means, or does not mean.';
COMMENT ON COLUMN match_feedback.probability IS 'What was told for it, by rule_version.';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['match_review', 'match_feedback'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format($p$CREATE POLICY app_own ON %I TO provdir_app
            USING (organization_id = (SELECT app_organization_id())
                OR organization_id IS NULL AND (SELECT app_is_platform()))
            WITH CHECK (organization_id = (SELECT app_organization_id())
                OR organization_id IS NULL AND (SELECT app_is_platform()))$p$, name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO provdir_app', name);
    END LOOP;
END
$$;
GRANT UPDATE (verdict, decided_by, decided_at) ON match_review TO provdir_app;
