-- Format 4: nobody keeps what others wait for, and a tray is bounded as a whole.
--
-- A role's own session undoes every timeout that a server sets for it. So whoever waits for a
-- narrow seat ends its connection, once it has stood in the way far longer than the program does.

DO $$ BEGIN EXECUTE format('GRANT reintegrate_owner TO %I', session_user); END $$;

-- Where an administrator may not give that away, who waits is told whose login it is.
DO $$ BEGIN
    GRANT pg_signal_backend, pg_read_all_stats TO reintegrate_owner;
EXCEPTION WHEN insufficient_privilege THEN
    NULL;
END $$;
SET LOCAL ROLE reintegrate_owner;

-- Ends the connections of seats that do not write for everybody, and have kept a lock for so long.
CREATE FUNCTION reintegrate._let_go(of_tables regclass[], of_modes text[], for_so_long interval)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    pids int[];
BEGIN
    SELECT array_agg(DISTINCT l.pid) INTO pids
        FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        JOIN reintegrate.member m ON m.login = a.usename
        WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()
            AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
            AND l.relation = ANY (of_tables) AND l.mode = ANY (of_modes)
            AND m.seat <> 'specialist' AND a.xact_start <= clock_timestamp() - for_so_long;
    IF pids IS NOT NULL THEN
        RAISE LOG 'reintegrate: % ends the connections % that stand in the way',
            session_user, pids;
        PERFORM pg_terminate_backend(p.pid) FROM unnest(pids) AS p (pid);
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    NULL;
END $$;

CREATE OR REPLACE FUNCTION reintegrate.hold() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now_at bigint;
BEGIN
    PERFORM reintegrate._demand('specialist', 'school');
    SELECT v.turn INTO now_at FROM reintegrate.vault v FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        PERFORM reintegrate._let_go('{reintegrate.vault}', '{RowShareLock}', '2 minutes');
        SELECT v.turn INTO now_at FROM reintegrate.vault v FOR UPDATE;
    END IF;
    RETURN now_at;
END $$;

CREATE OR REPLACE FUNCTION reintegrate.stilled() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist');
    -- Who adds, and who reads: all these tables get new files.
    PERFORM reintegrate._let_go(
        '{reintegrate.record, reintegrate.seen, reintegrate.head, reintegrate.vault,'
        ' reintegrate.tray}',
        '{AccessShareLock, RowShareLock, RowExclusiveLock}', '10 minutes');
    LOCK TABLE reintegrate.record IN SHARE ROW EXCLUSIVE MODE;
END $$;

CREATE OR REPLACE FUNCTION reintegrate._tray_is_whole(of_scope bytea, of_body bytea)
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT octet_length(of_scope) = 16 AND octet_length(of_body) <= 1048576 AND (
       SELECT count(*) < 1000
           AND coalesce(sum(octet_length(t.body)), 0) + octet_length(of_body) <= 8388608
       FROM reintegrate.tray t WHERE t.scope = of_scope) $$;

-- As before; what was refused is kept up to a bound, and beyond it not at all.
CREATE OR REPLACE FUNCTION reintegrate.tray_taken(
    scopes bytea[], numbers bigint[], refused_scopes bytea[], refused_numbers bigint[])
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist');
    INSERT INTO reintegrate.tray_refused
        SELECT t.* FROM reintegrate.tray t
        JOIN unnest(refused_scopes, refused_numbers) AS r (scope, number)
            ON t.scope = r.scope AND t.number = r.number
        WHERE (SELECT count(*) < 1000 AND coalesce(sum(octet_length(f.body)), 0) < 8388608
               FROM reintegrate.tray_refused f WHERE f.scope = t.scope);
    DELETE FROM reintegrate.tray t USING unnest(scopes, numbers) AS d (scope, number)
        WHERE t.scope = d.scope AND t.number <= d.number;
    INSERT INTO reintegrate.tray_last AS l (scope, number)
        SELECT * FROM unnest(scopes, numbers)
        ON CONFLICT (scope) DO UPDATE SET number = greatest(l.number, excluded.number);
END $$;

-- As before, with an error of its own.
CREATE OR REPLACE FUNCTION reintegrate.mailed(
    of_key bytea, of_part bytea, of_at bigint, of_turn bigint, of_body bytea, of_header bytea)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist', 'cron');
    IF (SELECT count(*) FROM reintegrate.record r WHERE r.scope = 'ledger') >= 50000 THEN
        RAISE configuration_limit_exceeded;
    END IF;
    INSERT INTO reintegrate.record (tab, key, scope, part, at, turn, body)
        VALUES (66, of_key, 'ledger', of_part, of_at, of_turn, of_body);
    PERFORM FROM reintegrate.vault v WHERE sha256(v.header) = of_header;
    IF NOT FOUND THEN
        RAISE serialization_failure;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION reintegrate.format() RETURNS int
LANGUAGE sql IMMUTABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT 4 $$;

REVOKE ALL ON ALL TABLES IN SCHEMA reintegrate FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA reintegrate FROM PUBLIC;

-- As in the first step: what begins with _ is for the others alone, and none prints its plans.

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

RESET ROLE;
DO $$ BEGIN EXECUTE format('REVOKE reintegrate_owner FROM %I', session_user); END $$;
