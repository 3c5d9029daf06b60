-- What a plan says about claims that are not in network has days, as its networks have: services of before a change are decided
-- as before.

ALTER TABLE plan ADD COLUMN earlier_policies jsonb NOT NULL DEFAULT '[]'
    CONSTRAINT plan_earlier_policies_check CHECK (jsonb_typeof(earlier_policies) = 'array');
COMMENT ON COLUMN plan.earlier_policies IS
    'What oon_policy and pending_policy were before: [{"ends_on": last day of service, "oon_policy", "pending_policy"}], the earliest first.';

CREATE OR REPLACE FUNCTION plan_state(p plan) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT jsonb_build_object('code', p.code, 'name', p.name, 'oon_policy', p.oon_policy,
            'pending_policy', p.pending_policy, 'ends_on', p.ends_on,
            'networks', coalesce((
                SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('network_id', u.network_id, 'tier', u.tier,
                    'begins_on', u.begins_on, 'ends_on', u.ends_on)) ORDER BY u.network_id, u.tier, u.begins_on)
                FROM plan_network u WHERE u.plan_id = p.id), '[]'))
            || CASE WHEN p.earlier_policies = '[]' THEN '{}'::jsonb
                ELSE jsonb_build_object('earlier_policies', p.earlier_policies) END
    $$;
