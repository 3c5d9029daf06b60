-- A network that somebody has once taken part in is one of which the directory has data: who is not in it is out of it.
-- Without this, the answer would change once the last one has left, or when the process starts anew.

CREATE TABLE network_with_data (
    network_id uuid NOT NULL REFERENCES network (id) ON DELETE CASCADE
);
CREATE INDEX network_with_data_idx ON network_with_data (network_id);
COMMENT ON TABLE network_with_data IS
    'Networks that anybody takes or took part in, written by trigger. Not unique: two transactions that bring the first participation at once do not wait for each other.';

ALTER TABLE network_with_data ENABLE ROW LEVEL SECURITY;
ALTER TABLE network_with_data FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON network_with_data TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY feed_read ON network_with_data FOR SELECT TO provdir_feed USING (true);
GRANT SELECT ON network_with_data TO provdir_feed;

INSERT INTO network_with_data (network_id)
SELECT p.network_id FROM participation p UNION SELECT h.network_id FROM participation_history h
    WHERE EXISTS (SELECT FROM network n WHERE n.id = h.network_id);

CREATE FUNCTION participation_tells_network() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    INSERT INTO network_with_data (network_id)
    SELECT DISTINCT r.network_id FROM new_rows r
    WHERE NOT EXISTS (SELECT FROM network_with_data d WHERE d.network_id = r.network_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER participation_tells_inserted AFTER INSERT ON participation
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION participation_tells_network();
CREATE TRIGGER participation_tells_moved AFTER UPDATE ON participation
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION participation_tells_network();
