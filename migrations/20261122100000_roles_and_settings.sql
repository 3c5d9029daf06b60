-- Who connects, and how a transaction says for whom it acts.
--
-- The owner is whoever migrates; it serves nobody. The two service roles own nothing and cannot bypass row-level
-- security. Roles belong to the cluster, so another database of it may have made them already.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['provdir_app', 'provdir_feed'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles r WHERE r.rolname = name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- Made by another database's migration in between.
            END;
        END IF;
    END LOOP;
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO provdir_app, provdir_feed;

-- The three settings of a transaction. STABLE SQL functions: policies call them as (SELECT ...), once a statement.

CREATE FUNCTION app_organization_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('app.organization_id', true), '')::uuid $$;
COMMENT ON FUNCTION app_organization_id() IS
    'The tenant that the transaction acts for (SET LOCAL app.organization_id); null: none, which sees public rows only.';

CREATE FUNCTION app_role() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(nullif(current_setting('app.role', true), ''), 'anonymous') $$;
COMMENT ON FUNCTION app_role() IS 'What the actor may do: anonymous, platform_admin, import (SET LOCAL app.role).';

CREATE FUNCTION app_actor() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(nullif(current_setting('app.actor', true), ''), session_user::text) $$;
COMMENT ON FUNCTION app_actor() IS 'Who acts, for history and audit (SET LOCAL app.actor); else the login role.';

CREATE FUNCTION app_is_platform() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(current_setting('app.role', true), '') IN ('platform_admin', 'import') $$;
COMMENT ON FUNCTION app_is_platform() IS 'Whether the actor may write public rows.';

CREATE FUNCTION app_is_bulk() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(current_setting('app.bulk', true), '') = 'on' $$;
COMMENT ON FUNCTION app_is_bulk() IS
    'Whether the transaction is a bulk load: one REBUILD marker in the outbox instead of a row for each provider.';

CREATE FUNCTION uuid_v7() RETURNS uuid
    LANGUAGE sql VOLATILE PARALLEL SAFE
    AS $$
        SELECT encode(
            set_bit(set_bit(
                overlay(uuid_send(gen_random_uuid())
                    placing substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                    FROM 1 FOR 6),
                52, 1), 53, 1),
            'hex')::uuid
    $$;
COMMENT ON FUNCTION uuid_v7() IS 'A time-ordered uuid (RFC 9562, version 7): set-based inserts stay at the right edge of the index.';

-- Settings that belong to the database and are read by the owner only.
CREATE TABLE private_setting (
    name text PRIMARY KEY,
    value text NOT NULL
);
COMMENT ON TABLE private_setting IS
    'Secrets that several nodes must agree on, such as the service roles'' passwords. No role but the owner may read it.';
REVOKE ALL ON private_setting FROM PUBLIC;
