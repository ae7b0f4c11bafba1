-- The vault as a database keeps it: format 1, the first. Everything in it is sealed on the client.
--
-- Nobody has a right on a table, and nothing is for PUBLIC. Members of reintegrate_member may run
-- the functions; these belong to reintegrate_owner, who cannot log in, and the tables' policies
-- hold for that owner too. Who may do what is decided by session_user, which no SET changes, and
-- by the table of members, which specialists alone can change.
--
-- What a role may not read it must not count either. A server tells every role how many rows its
-- own transaction visited (pg_stat_xact_all_tables), those included that a policy then left out;
-- so a function visits for a narrow seat the rows of its scopes and no others.

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
    GRANT reintegrate_member TO reintegrate_owner WITH ADMIN OPTION;
    EXECUTE format('GRANT reintegrate_owner TO %I', session_user);
END $$;

CREATE SCHEMA reintegrate AUTHORIZATION reintegrate_owner;
SET LOCAL ROLE reintegrate_owner;

CREATE TYPE reintegrate.seat AS ENUM ('specialist', 'school', 'reader', 'auditor', 'cron');

CREATE TABLE reintegrate.member (
    login name PRIMARY KEY,
    seat reintegrate.seat NOT NULL,
    scope bytea NOT NULL DEFAULT '',
    CHECK (octet_length(scope) = CASE seat WHEN 'school' THEN 16 ELSE 0 END)
);

CREATE TABLE reintegrate.vault (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    schema int NOT NULL,
    header bytea NOT NULL,
    turn bigint NOT NULL,
    head bytea NOT NULL
);

CREATE TABLE reintegrate.running (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one)
);
INSERT INTO reintegrate.running DEFAULT VALUES;

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
    -- With the scope: nobody learns by a conflict whether a row is there that is not theirs.
    PRIMARY KEY (tab, key, scope),
    CHECK (octet_length(key) = 16 AND octet_length(part) = 16),
    -- Cron adds to the ledger, and can add nothing else under its name.
    CHECK ((scope = 'ledger') = (tab = 66))
);
CREATE INDEX record_scope ON reintegrate.record (scope);
CREATE INDEX record_part ON reintegrate.record (part);
CREATE INDEX record_label ON reintegrate.record (at, scope) WHERE tab = 0;
CREATE INDEX record_at ON reintegrate.record (tab, at) WHERE at IS NOT NULL;

CREATE TABLE reintegrate.seen (
    on_time timestamptz NOT NULL DEFAULT clock_timestamp(),
    login name NOT NULL DEFAULT session_user,
    tabs smallint[] NOT NULL,
    parts bytea[] NOT NULL
);

-- Who looked before the keys were renewed: the names of what they looked at mean nothing now.
CREATE TABLE reintegrate.seen_before (
    on_time timestamptz NOT NULL,
    login name NOT NULL,
    tabs smallint[] NOT NULL
);

-- Who is asking. A policy calls these once for a query, and not for each row.

CREATE FUNCTION reintegrate._seat() RETURNS reintegrate.seat
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT seat FROM reintegrate.member WHERE login = session_user $$;

CREATE FUNCTION reintegrate._reads_all() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT coalesce(reintegrate._seat() IN ('specialist', 'reader'), false) $$;

CREATE FUNCTION reintegrate._writes_all() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT coalesce(reintegrate._seat() = 'specialist', false) $$;

-- What a school reads by: of no other head the name has 15 bytes.
CREATE FUNCTION reintegrate._sheet(of_scope bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT substr(sha256('sheet'::bytea || of_scope), 1, 15) $$;

CREATE FUNCTION reintegrate._scopes() RETURNS bytea[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT CASE seat
       WHEN 'school' THEN ARRAY[scope, 'common'::bytea,
           reintegrate._sheet(scope), reintegrate._sheet('common')]
       WHEN 'auditor' THEN ARRAY['history'::bytea]
       WHEN 'cron' THEN ARRAY['reminder'::bytea, 'ledger'::bytea]
       ELSE ARRAY[]::bytea[]
   END FROM reintegrate.member WHERE login = session_user $$;

CREATE FUNCTION reintegrate._written_scopes() RETURNS bytea[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT CASE seat
       WHEN 'cron' THEN ARRAY['ledger'::bytea]
       ELSE ARRAY[]::bytea[]
   END FROM reintegrate.member WHERE login = session_user $$;

CREATE FUNCTION reintegrate._demand(VARIADIC seats reintegrate.seat[]) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF coalesce(reintegrate._seat() <> ALL (seats), true) THEN
        RAISE insufficient_privilege;
    END IF;
END $$;

CREATE FUNCTION reintegrate.my_seat() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist', 'school', 'reader', 'auditor', 'cron');
    RETURN reintegrate._seat();
END $$;

ALTER TABLE reintegrate.record ENABLE ROW LEVEL SECURITY;
ALTER TABLE reintegrate.record FORCE ROW LEVEL SECURITY;
ALTER TABLE reintegrate.head ENABLE ROW LEVEL SECURITY;
ALTER TABLE reintegrate.head FORCE ROW LEVEL SECURITY;
ALTER TABLE reintegrate.seen ENABLE ROW LEVEL SECURITY;
ALTER TABLE reintegrate.seen FORCE ROW LEVEL SECURITY;

CREATE POLICY reading ON reintegrate.record FOR SELECT USING (
    (SELECT reintegrate._reads_all())
    OR scope = ANY ((SELECT reintegrate._scopes())::bytea[]));
CREATE POLICY adding ON reintegrate.record FOR INSERT WITH CHECK (
    (SELECT reintegrate._writes_all())
    OR scope = ANY ((SELECT reintegrate._written_scopes())::bytea[]));
CREATE POLICY changing ON reintegrate.record FOR UPDATE USING (
    (SELECT reintegrate._writes_all()));
CREATE POLICY removing ON reintegrate.record FOR DELETE USING (
    (SELECT reintegrate._writes_all()));
CREATE POLICY reading ON reintegrate.head FOR SELECT USING (
    (SELECT reintegrate._reads_all())
    OR scope = ANY ((SELECT reintegrate._scopes())::bytea[]));
CREATE POLICY adding ON reintegrate.head FOR INSERT WITH CHECK (
    (SELECT reintegrate._writes_all())
    OR scope = ANY ((SELECT reintegrate._written_scopes())::bytea[]));
CREATE POLICY changing ON reintegrate.head FOR UPDATE USING (
    (SELECT reintegrate._writes_all())
    OR scope = ANY ((SELECT reintegrate._written_scopes())::bytea[]));
CREATE POLICY removing ON reintegrate.head FOR DELETE USING (
    (SELECT reintegrate._writes_all()));
CREATE POLICY noting ON reintegrate.seen FOR INSERT WITH CHECK (login = session_user);
CREATE POLICY auditing ON reintegrate.seen FOR SELECT USING (
    (SELECT reintegrate._seat()) IN ('specialist', 'auditor'));

CREATE FUNCTION reintegrate.format() RETURNS int
LANGUAGE sql IMMUTABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT 1 $$;

-- Reading. Each call leaves an entry of who looked at what, with digests for names: `_noted`
-- leaves it, and says whether all rows may be visited. For a narrow seat those of its scopes are
-- found first and by these alone: a `+ 0` or `|| ''` keeps every other index out of it.

CREATE FUNCTION reintegrate._noted(of_tabs smallint[], of_parts bytea[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist', 'school', 'reader', 'auditor', 'cron');
    INSERT INTO reintegrate.seen (tabs, parts) VALUES (of_tabs, of_parts);
    -- Who takes the transaction back takes the entry along, and not this line of the log.
    RAISE LOG 'reintegrate: % looked at tables %, parts % of %',
        session_user, of_tabs, of_parts[1:20], cardinality(of_parts);
    RETURN reintegrate._reads_all();
END $$;

CREATE FUNCTION reintegrate.opening(
    OUT format int, OUT schema int, OUT header bytea, OUT turn bigint, OUT head bytea,
    OUT system text, OUT timeline text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist', 'school', 'reader', 'auditor', 'cron');
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
$$ SELECT scope, turn, body, proof FROM reintegrate.head WHERE octet_length(scope) <> 15 $$;

CREATE FUNCTION reintegrate.sheets(of_scopes bytea[])
RETURNS TABLE (scope bytea, turn bigint, body bytea, proof bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT scope, turn, body, proof FROM reintegrate.head
   WHERE scope = ANY (of_scopes) AND octet_length(scope) = 15 $$;

CREATE FUNCTION reintegrate.whole(of_tabs smallint[])
RETURNS TABLE (tab smallint, key bytea, scope bytea, part bytea, at bigint, turn bigint, body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF reintegrate._noted(of_tabs, '{}') THEN
        RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.at, r.turn, r.body
            FROM reintegrate.record r WHERE r.tab = ANY (of_tabs);
    ELSE
        RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.at, r.turn, r.body
            FROM reintegrate.record r
            WHERE r.scope = ANY (reintegrate._scopes()) AND r.tab + 0 = ANY (of_tabs);
    END IF;
END $$;

CREATE FUNCTION reintegrate.parts(of_parts bytea[])
RETURNS TABLE (tab smallint, key bytea, scope bytea, part bytea, at bigint, turn bigint, body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF reintegrate._noted('{}', of_parts) THEN
        RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.at, r.turn, r.body
            FROM reintegrate.record r WHERE r.part = ANY (of_parts);
    ELSE
        RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.at, r.turn, r.body
            FROM reintegrate.record r
            WHERE r.scope = ANY (reintegrate._scopes()) AND r.part || '' = ANY (of_parts);
    END IF;
END $$;

CREATE FUNCTION reintegrate.keyed(of_tab smallint, of_keys bytea[])
RETURNS TABLE (tab smallint, key bytea, scope bytea, part bytea, at bigint, turn bigint, body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF reintegrate._noted(ARRAY[of_tab], of_keys) THEN
        RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.at, r.turn, r.body
            FROM reintegrate.record r WHERE r.tab = of_tab AND r.key = ANY (of_keys);
    ELSE
        RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.at, r.turn, r.body
            FROM reintegrate.record r
            WHERE r.scope = ANY (reintegrate._scopes()) AND r.tab + 0 = of_tab AND r.key || '' = ANY (of_keys);
    END IF;
END $$;

CREATE FUNCTION reintegrate.ranged(of_tab smallint, first_at bigint, last_at bigint)
RETURNS TABLE (tab smallint, key bytea, scope bytea, part bytea, at bigint, turn bigint, body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF reintegrate._noted(ARRAY[of_tab], '{}') THEN
        RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.at, r.turn, r.body
            FROM reintegrate.record r WHERE r.tab = of_tab AND r.at BETWEEN first_at AND last_at;
    ELSE
        RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.at, r.turn, r.body
            FROM reintegrate.record r
            WHERE r.scope = ANY (reintegrate._scopes()) AND r.tab + 0 = of_tab
                AND r.at + 0 BETWEEN first_at AND last_at;
    END IF;
END $$;

CREATE FUNCTION reintegrate.scoped(of_tab smallint, of_scope bytea)
RETURNS TABLE (tab smallint, key bytea, scope bytea, part bytea, at bigint, turn bigint, body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF reintegrate._noted(ARRAY[of_tab], '{}') THEN
        RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.at, r.turn, r.body
            FROM reintegrate.record r WHERE r.tab = of_tab AND r.scope = of_scope;
    ELSE
        RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.at, r.turn, r.body
            FROM reintegrate.record r
            WHERE r.scope = ANY (reintegrate._scopes()) AND r.tab + 0 = of_tab
                AND r.scope || '' = of_scope;
    END IF;
END $$;

-- Those of some stretches, each of one scope. (Days are compared, and none is worked out: before
-- a policy, only that is looked up in an index.)
CREATE FUNCTION reintegrate.stretches(
    of_tab smallint, of_scopes bytea[], first_ats bigint[], last_ats bigint[])
RETURNS TABLE (tab smallint, key bytea, scope bytea, part bytea, at bigint, turn bigint, body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF reintegrate._noted(ARRAY[of_tab], '{}') THEN
        RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.at, r.turn, r.body
            FROM unnest(of_scopes, first_ats, last_ats) AS s (scope, first_at, last_at)
            JOIN reintegrate.record r ON r.tab = of_tab AND r.scope = s.scope
                AND r.at BETWEEN s.first_at AND s.last_at;
    ELSE
        RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.at, r.turn, r.body
            FROM reintegrate.record r
            WHERE r.scope = ANY (reintegrate._scopes()) AND r.tab + 0 = of_tab AND EXISTS (
                SELECT FROM unnest(of_scopes, first_ats, last_ats) AS s (scope, first_at, last_at)
                WHERE s.scope = r.scope || '' AND r.at + 0 BETWEEN s.first_at AND s.last_at);
    END IF;
END $$;

CREATE FUNCTION reintegrate.labels(of_scopes bytea[], of_bins bigint[])
RETURNS TABLE (tab smallint, key bytea, scope bytea, part bytea, turn bigint, digest bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF reintegrate._reads_all() THEN
        RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.turn, sha256(r.body)
            FROM unnest(of_scopes, of_bins) AS b (scope, bin)
            JOIN reintegrate.record r ON r.tab = 0 AND r.at = b.bin AND r.scope = b.scope;
    ELSE
        RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.turn, sha256(r.body)
            FROM reintegrate.record r
            WHERE r.scope = ANY (reintegrate._scopes()) AND r.tab + 0 = 0 AND EXISTS (
                SELECT FROM unnest(of_scopes, of_bins) AS b (scope, bin)
                WHERE b.scope = r.scope || '' AND b.bin = r.at + 0);
    END IF;
END $$;

CREATE FUNCTION reintegrate.audit(since timestamptz)
RETURNS TABLE (on_time timestamptz, login name, tabs smallint[], parts bytea[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist', 'auditor');
    RETURN QUERY
        SELECT s.on_time, s.login, s.tabs, s.parts
            FROM reintegrate.seen s WHERE s.on_time >= since
        UNION ALL SELECT b.on_time, b.login, b.tabs, '{}'
            FROM reintegrate.seen_before b WHERE b.on_time >= since
        ORDER BY 1;
END $$;

-- Writing: one writer at a time, from `hold` to the end of the transaction.

CREATE FUNCTION reintegrate.hold() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now_at bigint;
BEGIN
    PERFORM reintegrate._demand('specialist', 'cron');
    SELECT v.turn INTO now_at FROM reintegrate.vault v FOR UPDATE;
    RETURN now_at;
END $$;

CREATE FUNCTION reintegrate.alone() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist', 'cron');
    PERFORM FROM reintegrate.running FOR UPDATE SKIP LOCKED;
    RETURN FOUND;
END $$;

CREATE FUNCTION reintegrate.rows_of(
    tabs smallint[], keys bytea[], scopes bytea[], of_parts bytea[], ats bigint[],
    bodies bytea[], of_turn bigint)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist', 'cron');
    INSERT INTO reintegrate.record AS r (tab, key, scope, part, at, turn, body)
        SELECT p.tab, p.key, p.scope, p.part, p.at, of_turn, p.body
        FROM unnest(tabs, keys, scopes, of_parts, ats, bodies)
            AS p (tab, key, scope, part, at, body)
        ON CONFLICT (tab, key, scope) DO UPDATE SET part = excluded.part,
            at = excluded.at, turn = excluded.turn, body = excluded.body;
END $$;

CREATE FUNCTION reintegrate.gone(tabs smallint[], keys bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist');
    DELETE FROM reintegrate.record r USING unnest(tabs, keys) AS g (tab, key)
        WHERE r.tab = g.tab AND r.key = g.key;
END $$;

CREATE FUNCTION reintegrate.heads_of(
    scopes bytea[], turns bigint[], bodies bytea[], proofs bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist', 'cron');
    INSERT INTO reintegrate.head AS h (scope, turn, body, proof)
        SELECT * FROM unnest(scopes, turns, bodies, proofs)
        ON CONFLICT (scope) DO UPDATE SET turn = excluded.turn, body = excluded.body,
            proof = excluded.proof;
END $$;

CREATE FUNCTION reintegrate.turned(of_turn bigint, new_head bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist');
    UPDATE reintegrate.vault SET turn = of_turn, head = new_head WHERE turn = of_turn - 1;
    IF NOT FOUND THEN
        RAISE serialization_failure;
    END IF;
END $$;

CREATE FUNCTION reintegrate.renewed(new_schema int, new_header bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist');
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
    PERFORM reintegrate._demand('specialist');
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
    PERFORM reintegrate._demand('specialist');
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
    PERFORM reintegrate._demand('specialist');
    INSERT INTO reintegrate.vault (schema, header, turn, head)
        VALUES (new_schema, new_header, 0, new_head);
END $$;

-- Who is let in. An administrator of the server makes logins; a specialist gives each its seat.

CREATE FUNCTION reintegrate.seats()
RETURNS TABLE (login name, seat reintegrate.seat, scope bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist');
    RETURN QUERY SELECT m.login, m.seat, m.scope FROM reintegrate.member m ORDER BY m.login;
END $$;

CREATE FUNCTION reintegrate.seated(of_login name, of_seat text, of_scope bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist');
    PERFORM FROM pg_roles WHERE rolname = of_login AND rolcanlogin;
    IF NOT FOUND THEN
        RAISE undefined_object;
    ELSIF of_login = session_user THEN  -- so that there always is a specialist
        RAISE object_in_use;
    END IF;
    INSERT INTO reintegrate.member (login, seat, scope)
        VALUES (of_login, of_seat::reintegrate.seat, of_scope)
        ON CONFLICT (login) DO UPDATE SET seat = excluded.seat, scope = excluded.scope;
    EXECUTE format('GRANT reintegrate_member TO %I', of_login);
END $$;

-- They stay a member of the role: it lets nobody without a seat do anything, and another
-- database of the same server may have one for them.
CREATE FUNCTION reintegrate.unseated(of_login name) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist');
    IF of_login = session_user THEN
        RAISE object_in_use;
    END IF;
    DELETE FROM reintegrate.member WHERE login = of_login;
    IF NOT FOUND THEN
        RAISE undefined_object;
    END IF;
END $$;

-- Under another data key a school has another name.
CREATE FUNCTION reintegrate.reseated(former bytea[], present bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist');
    UPDATE reintegrate.member m SET scope = n.present
        FROM unnest(former, present) AS n (former, present)
        WHERE m.seat = 'school' AND m.scope = n.former;
END $$;

REVOKE ALL ON SCHEMA reintegrate FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA reintegrate FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA reintegrate FROM PUBLIC;
REVOKE ALL ON TYPE reintegrate.seat FROM PUBLIC;
GRANT USAGE ON SCHEMA reintegrate TO reintegrate_member;

-- What begins with _ is for the others alone. None of them prints how it goes about it: the plan
-- of a query says how many rows the server expects.

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT oid::regprocedure AS is, proname AS called FROM pg_proc
               WHERE pronamespace = 'reintegrate'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s SET debug_print_plan = off', one.is);
        EXECUTE format('ALTER FUNCTION %s SET debug_print_parse = off', one.is);
        EXECUTE format('ALTER FUNCTION %s SET debug_print_rewritten = off', one.is);
        IF left(one.called, 1) <> '_' THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO reintegrate_member', one.is);
        END IF;
    END LOOP;
END $$;

-- Whom it is made for is the first specialist; who made it is no owner any more.

INSERT INTO reintegrate.member (login, seat)
    VALUES (current_setting('reintegrate.login'), 'specialist');
RESET ROLE;
DO $$ BEGIN
    EXECUTE format('GRANT reintegrate_member TO %I', current_setting('reintegrate.login'));
    EXECUTE format('REVOKE reintegrate_owner FROM %I', session_user);
END $$;
