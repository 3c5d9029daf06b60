-- The audit as a chain: each row is sealed with a digest of itself and of the row before, one chain for each tenant and
-- one for the platform.
--
-- The seal is set when the transaction commits (a deferred trigger), after everything else that it locks: so the head of
-- a chain is held for the length of a commit only, and two writers who audit in between other locks cannot deadlock.
CREATE TABLE audit_head (
    chain uuid PRIMARY KEY,
    number bigint NOT NULL,
    hash bytea NOT NULL
);
COMMENT ON TABLE audit_head IS 'The last link of each chain. Its row lock puts the commits of one chain in order.';
COMMENT ON COLUMN audit_head.chain IS 'The tenant; all zeros for the platform.';
COMMENT ON COLUMN audit_head.number IS 'How many links the chain has.';

CREATE TABLE audit_seal (
    audit_id bigint PRIMARY KEY,
    chain uuid NOT NULL,
    number bigint NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_seal_link_key UNIQUE (chain, number)
);
COMMENT ON TABLE audit_seal IS
    'The links: hash = sha256(previous || number || '':'' || audit_text(row)). No foreign key: a row that somebody removes leaves its seal behind as the proof.';
COMMENT ON COLUMN audit_seal.number IS 'The place in the chain, from one, without gaps.';
COMMENT ON COLUMN audit_seal.previous IS 'The hash of the link before; empty for the first.';

CREATE FUNCTION audit_text(a audit) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT jsonb_build_array(a.id, (extract(epoch FROM a.at) * 1000000)::bigint, a.actor, a.organization_id,
            a.action, a.entity, a.entity_id, a.detail)::text
    $$;
COMMENT ON FUNCTION audit_text(audit) IS 'Everything that a row says, always in the same letters: what its seal is made over.';

CREATE FUNCTION audit_seals(a audit) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    of_chain uuid := coalesce(a.organization_id, '00000000-0000-0000-0000-000000000000');
    head audit_head;
    link bytea;
BEGIN
    SELECT * INTO head FROM audit_head h WHERE h.chain = of_chain FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO audit_head (chain, number, hash) VALUES (of_chain, 0, '') ON CONFLICT DO NOTHING;
        SELECT * INTO head FROM audit_head h WHERE h.chain = of_chain FOR UPDATE;
    END IF;
    link := sha256(head.hash || convert_to((head.number + 1) || ':' || audit_text(a), 'UTF8'));
    INSERT INTO audit_seal (audit_id, chain, number, previous, hash)
    VALUES (a.id, of_chain, head.number + 1, head.hash, link);
    UPDATE audit_head h SET number = head.number + 1, hash = link WHERE h.chain = of_chain;
END
$$;
REVOKE ALL ON FUNCTION audit_seals(audit) FROM PUBLIC;

CREATE FUNCTION audit_is_sealed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM audit_seals(NEW);
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER audit_is_sealed AFTER INSERT ON audit DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION audit_is_sealed();

CREATE TRIGGER audit_seal_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

DO $$
DECLARE
    name text;
    earlier audit;
BEGIN
    FOREACH name IN ARRAY ARRAY['audit_head', 'audit_seal'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format($p$CREATE POLICY app_read ON %I FOR SELECT TO provdir_app
            USING (chain = (SELECT app_organization_id()) OR (SELECT app_role()) = 'platform_admin')$p$, name);
        EXECUTE format('GRANT SELECT ON %I TO provdir_app', name);
    END LOOP;
    FOR earlier IN SELECT * FROM audit a ORDER BY a.id LOOP
        PERFORM audit_seals(earlier);
    END LOOP;
END
$$;

CREATE INDEX audit_at_idx ON audit (at);
