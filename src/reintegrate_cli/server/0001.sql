-- The vault as a database keeps it: format 1, the first. Everything in it is sealed on the client.
--
-- Nobody has a right on a table, and nothing is for PUBLIC. Members of reintegrate_member may run
-- the functions; these belong to reintegrate_owner, who cannot log in, and the tables' policies
-- hold for that owner too. Who may do what is decided by session_user, which no SET changes, and
-- by the table of members, which no function lets them read or write.

-- The two roles of a server: what belongs to nobody who logs in, and those who may run functions.
-- They are the same for every database; who may do what in one stands in its own table.

-- An administrator who makes it for somebody names their login in the setting reintegrate.login.
SELECT set_config('reintegrate.login',
    coalesce(nullif(current_setting('reintegrate.login', true), ''), session_user), true);

DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reintegrate_owner') THEN
        CREATE ROLE reintegrate_owner NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reintegrate_member') THEN
        CREATE ROLE reintegrate_member NOLOGIN;
    END IF;
    EXECUTE format('GRANT reintegrate_owner TO %I', session_user);
END $$;

CREATE SCHEMA reintegrate AUTHORIZATION reintegrate_owner;
SET LOCAL ROLE reintegrate_owner;

CREATE TYPE reintegrate.seat AS ENUM ('specialist', 'school', 'reader', 'auditor', 'cron');

CREATE TABLE reintegrate.member (
    login name PRIMARY KEY,
    seat reintegrate.seat NOT NULL,
    scope bytea NOT NULL DEFAULT ''
);

CREATE TABLE reintegrate.vault (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    schema int NOT NULL,
    header bytea NOT NULL,
    turn bigint NOT NULL,
    head bytea NOT NULL
);

CREATE TABLE reintegrate.head (
    scope bytea PRIMARY KEY,
    turn bigint NOT NULL,
    body bytea NOT NULL,
    proof bytea NOT NULL
);

CREATE TABLE reintegrate.record (
    tab smallint NOT NULL,
    key bytea NOT NULL,
    scope bytea NOT NULL,
    part bytea NOT NULL,
    at bigint,
    turn bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (tab, key)
);
CREATE INDEX record_part ON reintegrate.record (part);
CREATE INDEX record_label ON reintegrate.record ((get_byte(part, 0) >> 2)) WHERE tab = 0;
CREATE INDEX record_at ON reintegrate.record (tab, at) WHERE at IS NOT NULL;

CREATE TABLE reintegrate.seen (
    on_time timestamptz NOT NULL DEFAULT clock_timestamp(),
    login name NOT NULL DEFAULT session_user,
    tabs smallint[] NOT NULL,
    parts bytea[] NOT NULL
);

-- Whoever looked before the keys were renewed: the names of what they looked at mean nothing now.
CREATE TABLE reintegrate.seen_before (
    on_time timestamptz NOT NULL,
    login name NOT NULL,
    tabs smallint[] NOT NULL
);

-- Who is asking. A policy calls these once for a query, and not for each row.

CREATE FUNCTION reintegrate.my_seat() RETURNS reintegrate.seat
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT seat FROM reintegrate.member WHERE login = session_user $$;

CREATE FUNCTION reintegrate.reads_all() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT coalesce(reintegrate.my_seat() IN ('specialist', 'reader'), false) $$;

CREATE FUNCTION reintegrate.writes_all() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT coalesce(reintegrate.my_seat() = 'specialist', false) $$;

CREATE FUNCTION reintegrate.read_scopes() RETURNS bytea[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT CASE seat
       WHEN 'school' THEN ARRAY[scope, 'common'::bytea]
       WHEN 'auditor' THEN ARRAY['history'::bytea]
       WHEN 'cron' THEN ARRAY['reminder'::bytea, 'ledger'::bytea]
       ELSE ARRAY[]::bytea[]
   END FROM reintegrate.member WHERE login = session_user $$;

CREATE FUNCTION reintegrate.written_scopes() RETURNS bytea[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT CASE seat
       WHEN 'school' THEN ARRAY[scope]
       WHEN 'cron' THEN ARRAY['ledger'::bytea]
       ELSE ARRAY[]::bytea[]
   END FROM reintegrate.member WHERE login = session_user $$;

ALTER TABLE reintegrate.record ENABLE ROW LEVEL SECURITY;
ALTER TABLE reintegrate.record FORCE ROW LEVEL SECURITY;
ALTER TABLE reintegrate.head ENABLE ROW LEVEL SECURITY;
ALTER TABLE reintegrate.head FORCE ROW LEVEL SECURITY;
ALTER TABLE reintegrate.seen ENABLE ROW LEVEL SECURITY;
ALTER TABLE reintegrate.seen FORCE ROW LEVEL SECURITY;

CREATE POLICY reading ON reintegrate.record FOR SELECT USING (
    (SELECT reintegrate.reads_all())
    OR scope = ANY ((SELECT reintegrate.read_scopes())::bytea[]));
CREATE POLICY writing ON reintegrate.record USING (
    (SELECT reintegrate.writes_all())
    OR scope = ANY ((SELECT reintegrate.written_scopes())::bytea[]));
CREATE POLICY reading ON reintegrate.head FOR SELECT USING (
    (SELECT reintegrate.reads_all())
    OR scope = ANY ((SELECT reintegrate.read_scopes())::bytea[]));
CREATE POLICY writing ON reintegrate.head USING (
    (SELECT reintegrate.writes_all())
    OR scope = ANY ((SELECT reintegrate.written_scopes())::bytea[]));
CREATE POLICY noting ON reintegrate.seen FOR INSERT WITH CHECK (login = session_user);
CREATE POLICY auditing ON reintegrate.seen FOR SELECT USING (
    (SELECT reintegrate.my_seat()) IN ('specialist', 'auditor'));

CREATE FUNCTION reintegrate.format() RETURNS int
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT 1 $$;

-- Reading. Each call leaves an entry of who looked at what, with digests for names.

CREATE FUNCTION reintegrate.opening(
    OUT format int, OUT schema int, OUT header bytea, OUT turn bigint, OUT head bytea,
    OUT system text, OUT timeline text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF reintegrate.my_seat() IS NULL THEN
        RAISE insufficient_privilege;
    END IF;
    format := reintegrate.format();
    SELECT v.schema, v.header, v.turn, v.head
      INTO schema, header, turn, head FROM reintegrate.vault v;
    -- What was written anew while this waited has other files by now than its snapshot knows.
    IF NOT FOUND AND pg_relation_filenode('reintegrate.vault') <> (
        SELECT relfilenode FROM pg_class WHERE oid = 'reintegrate.vault'::regclass)
    THEN
        RAISE serialization_failure;
    END IF;
    SELECT s.system_identifier::text INTO system FROM pg_control_system() s;
    IF pg_is_in_recovery() THEN
        SELECT lpad(to_hex(c.timeline_id), 8, '0') INTO timeline FROM pg_control_checkpoint() c;
    ELSE
        timeline := lower(left(pg_walfile_name(pg_current_wal_lsn()), 8));
    END IF;
END $$;

CREATE FUNCTION reintegrate.heads()
RETURNS TABLE (scope bytea, turn bigint, body bytea, proof bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT scope, turn, body, proof FROM reintegrate.head $$;

CREATE FUNCTION reintegrate.whole(of_tabs smallint[])
RETURNS TABLE (tab smallint, key bytea, scope bytea, part bytea, at bigint, turn bigint, body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO reintegrate.seen (tabs, parts) VALUES (of_tabs, '{}');
    RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.at, r.turn, r.body
        FROM reintegrate.record r WHERE r.tab = ANY (of_tabs);
END $$;

CREATE FUNCTION reintegrate.parts(of_parts bytea[])
RETURNS TABLE (tab smallint, key bytea, scope bytea, part bytea, at bigint, turn bigint, body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO reintegrate.seen (tabs, parts) VALUES ('{}', of_parts);
    RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.at, r.turn, r.body
        FROM reintegrate.record r WHERE r.part = ANY (of_parts);
END $$;

CREATE FUNCTION reintegrate.keyed(of_tab smallint, of_keys bytea[])
RETURNS TABLE (tab smallint, key bytea, scope bytea, part bytea, at bigint, turn bigint, body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO reintegrate.seen (tabs, parts) VALUES (ARRAY[of_tab], of_keys);
    RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.at, r.turn, r.body
        FROM reintegrate.record r WHERE r.tab = of_tab AND r.key = ANY (of_keys);
END $$;

CREATE FUNCTION reintegrate.ranged(of_tab smallint, first_at bigint, last_at bigint)
RETURNS TABLE (tab smallint, key bytea, scope bytea, part bytea, at bigint, turn bigint, body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO reintegrate.seen (tabs, parts) VALUES (ARRAY[of_tab], '{}');
    RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.at, r.turn, r.body
        FROM reintegrate.record r
        WHERE r.tab = of_tab AND r.at BETWEEN first_at AND last_at;
END $$;

CREATE FUNCTION reintegrate.labels(of_bins int[])
RETURNS TABLE (tab smallint, key bytea, scope bytea, part bytea, turn bigint, digest bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT tab, key, scope, part, turn, sha256(body) FROM reintegrate.record
   WHERE tab = 0 AND get_byte(part, 0) >> 2 = ANY (of_bins) $$;

CREATE FUNCTION reintegrate.audit(since timestamptz)
RETURNS TABLE (on_time timestamptz, login name, tabs smallint[], parts bytea[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT on_time, login, tabs, parts FROM reintegrate.seen WHERE on_time >= since
   UNION ALL SELECT on_time, login, tabs, '{}' FROM reintegrate.seen_before
   WHERE on_time >= since AND reintegrate.my_seat() IN ('specialist', 'auditor') $$;

-- Writing: one writer at a time, from `hold` to the end of the transaction.

CREATE FUNCTION reintegrate.hold() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now_at bigint;
BEGIN
    IF coalesce(reintegrate.my_seat() NOT IN ('specialist', 'school', 'cron'), true) THEN
        RAISE insufficient_privilege;
    END IF;
    SELECT v.turn INTO now_at FROM reintegrate.vault v FOR UPDATE;
    RETURN now_at;
END $$;

CREATE FUNCTION reintegrate.alone() RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT reintegrate.my_seat() IS NOT NULL
      AND pg_try_advisory_xact_lock(hashtext('reintegrate remind')) $$;

CREATE FUNCTION reintegrate.rows_of(
    tabs smallint[], keys bytea[], scopes bytea[], of_parts bytea[], ats bigint[],
    bodies bytea[], of_turn bigint)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ INSERT INTO reintegrate.record AS r (tab, key, scope, part, at, turn, body)
   SELECT p.tab, p.key, p.scope, p.part, p.at, of_turn, p.body
   FROM unnest(tabs, keys, scopes, of_parts, ats, bodies)
       AS p (tab, key, scope, part, at, body)
   ON CONFLICT (tab, key) DO UPDATE SET scope = excluded.scope, part = excluded.part,
       at = excluded.at, turn = excluded.turn, body = excluded.body $$;

CREATE FUNCTION reintegrate.gone(tabs smallint[], keys bytea[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ DELETE FROM reintegrate.record r USING unnest(tabs, keys) AS g (tab, key)
   WHERE r.tab = g.tab AND r.key = g.key $$;

CREATE FUNCTION reintegrate.heads_of(
    scopes bytea[], turns bigint[], bodies bytea[], proofs bytea[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ INSERT INTO reintegrate.head AS h (scope, turn, body, proof)
   SELECT * FROM unnest(scopes, turns, bodies, proofs)
   ON CONFLICT (scope) DO UPDATE SET turn = excluded.turn, body = excluded.body,
       proof = excluded.proof $$;

CREATE FUNCTION reintegrate.turned(of_turn bigint, new_head bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF coalesce(reintegrate.my_seat() NOT IN ('specialist', 'school'), true) THEN
        RAISE insufficient_privilege;
    END IF;
    UPDATE reintegrate.vault SET turn = of_turn, head = new_head WHERE turn = of_turn - 1;
    IF NOT FOUND THEN
        RAISE serialization_failure;
    END IF;
END $$;

CREATE FUNCTION reintegrate.renewed(new_schema int, new_header bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT reintegrate.writes_all() THEN
        RAISE insufficient_privilege;
    END IF;
    UPDATE reintegrate.vault SET schema = new_schema, header = new_header;
END $$;

-- A vault is written anew under other keys, or a copy takes its place. TRUNCATE gives every table
-- new files, and the old ones are gone with the commit: no row, no header with former slots, and
-- no digest of a case under former keys is left in a file of the database.

CREATE TABLE reintegrate.aside (name text PRIMARY KEY, LIKE reintegrate.vault);
CREATE TABLE reintegrate.aside_head (name text NOT NULL, LIKE reintegrate.head);
CREATE TABLE reintegrate.aside_record (name text NOT NULL, LIKE reintegrate.record);

CREATE FUNCTION reintegrate.written_anew(
    new_schema int, new_header bytea, of_turn bigint, new_head bytea, aside_name text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT reintegrate.writes_all() THEN
        RAISE insufficient_privilege;
    END IF;
    IF EXISTS (SELECT FROM reintegrate.vault v WHERE v.turn <> of_turn - 1) THEN
        RAISE serialization_failure;
    END IF;
    IF aside_name IS NOT NULL THEN
        INSERT INTO reintegrate.aside SELECT aside_name, v.* FROM reintegrate.vault v;
        INSERT INTO reintegrate.aside_head SELECT aside_name, h.* FROM reintegrate.head h;
        INSERT INTO reintegrate.aside_record SELECT aside_name, r.* FROM reintegrate.record r;
    END IF;
    INSERT INTO reintegrate.seen_before (on_time, login, tabs)
        SELECT on_time, login, tabs FROM reintegrate.seen;
    TRUNCATE reintegrate.vault, reintegrate.head, reintegrate.record, reintegrate.seen;
    INSERT INTO reintegrate.vault (schema, header, turn, head)
        VALUES (new_schema, new_header, of_turn, new_head);
END $$;

CREATE FUNCTION reintegrate.asides_forgotten() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    how_many bigint;
BEGIN
    IF NOT reintegrate.writes_all() THEN
        RAISE insufficient_privilege;
    END IF;
    SELECT count(*) INTO how_many FROM reintegrate.aside;
    IF how_many > 0 THEN
        TRUNCATE reintegrate.aside, reintegrate.aside_head, reintegrate.aside_record;
    END IF;
    RETURN how_many;
END $$;

CREATE FUNCTION reintegrate.founded(new_schema int, new_header bytea, new_head bytea)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT reintegrate.writes_all() THEN
        RAISE insufficient_privilege;
    END IF;
    INSERT INTO reintegrate.vault (schema, header, turn, head)
        VALUES (new_schema, new_header, 0, new_head);
END $$;

REVOKE ALL ON SCHEMA reintegrate FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA reintegrate FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA reintegrate FROM PUBLIC;
REVOKE ALL ON TYPE reintegrate.seat FROM PUBLIC;
GRANT USAGE ON SCHEMA reintegrate TO reintegrate_member;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA reintegrate TO reintegrate_member;

-- Whom it is made for is the first specialist; who made it is no owner any more.

INSERT INTO reintegrate.member (login, seat)
    VALUES (current_setting('reintegrate.login'), 'specialist');
RESET ROLE;
DO $$ BEGIN
    EXECUTE format('GRANT reintegrate_member TO %I', current_setting('reintegrate.login'));
    EXECUTE format('REVOKE reintegrate_owner FROM %I', session_user);
END $$;
