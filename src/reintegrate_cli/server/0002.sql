-- Format 2: what a narrow seat may write binds nobody, and is bounded; and a school writes.
--
-- Cron adds rows to the ledger and writes nothing else: no head, and no lock that somebody else
-- waits for. What was sealed by no key is left out where the ledger is read.
--
-- A key for one school signs nothing that others read by; so what is done with it goes in a tray,
-- and the next full key that writes takes it over. What is in the tray is sealed as a whole; the
-- server gives it a number, so that none is left out unseen.
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

CREATE OR REPLACE FUNCTION reintegrate.format() RETURNS int
LANGUAGE sql IMMUTABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT 2 $$;

-- The heads. What is said of all names each of them, and is proven: none needs a proof of its own.
-- The ledger has none: its rows are numbered, and the last number is in what is said of all.

DROP FUNCTION reintegrate.heads();
DROP FUNCTION reintegrate.sheets(bytea[]);
DROP FUNCTION reintegrate.heads_of(bytea[], bigint[], bytea[], bytea[]);
ALTER TABLE reintegrate.head DROP COLUMN proof;
ALTER TABLE reintegrate.aside_head DROP COLUMN proof;
ALTER TABLE reintegrate.head NO FORCE ROW LEVEL SECURITY;
DELETE FROM reintegrate.head WHERE scope = 'ledger';
ALTER TABLE reintegrate.head FORCE ROW LEVEL SECURITY;

DROP POLICY adding ON reintegrate.head;
DROP POLICY changing ON reintegrate.head;
CREATE POLICY adding ON reintegrate.head FOR INSERT WITH CHECK (
    (SELECT reintegrate._writes_all()));
CREATE POLICY changing ON reintegrate.head FOR UPDATE USING (
    (SELECT reintegrate._writes_all()));

CREATE FUNCTION reintegrate.heads()
RETURNS TABLE (scope bytea, turn bigint, body bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT scope, turn, body FROM reintegrate.head WHERE octet_length(scope) <> 15 $$;

CREATE FUNCTION reintegrate.sheets(of_scopes bytea[])
RETURNS TABLE (scope bytea, turn bigint, body bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT scope, turn, body FROM reintegrate.head
   WHERE scope = ANY (of_scopes) AND octet_length(scope) = 15 $$;

CREATE FUNCTION reintegrate.heads_of(scopes bytea[], turns bigint[], bodies bytea[])
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist');
    INSERT INTO reintegrate.head AS h (scope, turn, body)
        SELECT * FROM unnest(scopes, turns, bodies)
        ON CONFLICT (scope) DO UPDATE SET turn = excluded.turn, body = excluded.body;
END $$;

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

-- The writer's lock is a specialist's, and a school's: what it leaves is of the present turn.

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

CREATE OR REPLACE FUNCTION reintegrate.rows_of(
    tabs smallint[], keys bytea[], scopes bytea[], of_parts bytea[], ats bigint[],
    bodies bytea[], of_turn bigint)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist');
    INSERT INTO reintegrate.record AS r (tab, key, scope, part, at, turn, body)
        SELECT p.tab, p.key, p.scope, p.part, p.at, of_turn, p.body
        FROM unnest(tabs, keys, scopes, of_parts, ats, bodies)
            AS p (tab, key, scope, part, at, body)
        ON CONFLICT (tab, key, scope) DO UPDATE SET part = excluded.part,
            at = excluded.at, turn = excluded.turn, body = excluded.body;
END $$;

-- The ledger.

ALTER TABLE reintegrate.record ADD CONSTRAINT small_in_the_ledger CHECK (
    scope <> 'ledger' OR (octet_length(body) <= 2048 AND at IS NOT NULL AND at > 0));

-- One step of a mail. A vault that is written anew has other keys, and waits for those who add to
-- it; so the row is there before the header is looked at, and cannot be left behind.
CREATE FUNCTION reintegrate.mailed(
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

-- The first steps after one that is known: who goes on from there asks, and learns nothing new.
CREATE FUNCTION reintegrate.mailed_since(of_at bigint)
RETURNS TABLE (tab smallint, key bytea, scope bytea, part bytea, at bigint, turn bigint, body bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist', 'cron');
    RETURN QUERY SELECT r.tab, r.key, r.scope, r.part, r.at, r.turn, r.body
        FROM reintegrate.record r WHERE r.tab = 66 AND r.at > of_at ORDER BY r.at LIMIT 1000;
END $$;

-- The ledger is begun anew: what nobody can read any more, or never could, is taken out of it.
CREATE FUNCTION reintegrate.mails_forgotten() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist');
    DELETE FROM reintegrate.record r WHERE r.tab = 66;
END $$;

-- From here to the end of the transaction nobody else adds a row.
CREATE FUNCTION reintegrate.stilled() RETURNS void
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

-- Who looked. What an entry says is what somebody asked with: it is bounded, and has one shape.

CREATE OR REPLACE FUNCTION reintegrate._noted(of_tabs smallint[], of_parts bytea[])
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    reads_all boolean;
BEGIN
    PERFORM reintegrate._demand('specialist', 'school', 'reader', 'auditor', 'cron');
    reads_all := reintegrate._reads_all();
    IF of_tabs IS NULL OR of_parts IS NULL
        OR coalesce(array_ndims(of_tabs), 1) > 1 OR coalesce(array_ndims(of_parts), 1) > 1
        OR pg_column_size(of_tabs) > 8192
        OR pg_column_size(of_parts) > (CASE WHEN reads_all THEN 33554432 ELSE 262144 END)
    THEN
        RAISE program_limit_exceeded;
    END IF;
    IF array_position(of_tabs, NULL) > 0 OR array_position(of_parts, NULL) > 0 THEN
        RAISE null_value_not_allowed;
    END IF;
    INSERT INTO reintegrate.seen (tabs, parts) VALUES (of_tabs, of_parts);
    -- Who takes the transaction back takes the entry along, and not this line of the log.
    RAISE LOG 'reintegrate: % looked at tables %, parts % of %',
        session_user, of_tabs, of_parts[1:20], cardinality(of_parts);
    RETURN reads_all;
END $$;

-- A vault that is written anew names its cases otherwise: who looked at one that stays is kept.

ALTER TABLE reintegrate.seen_before ADD COLUMN parts bytea[] NOT NULL DEFAULT '{}';
CREATE TABLE reintegrate.seen_between (LIKE reintegrate.seen_before);

CREATE FUNCTION reintegrate.renamed(former bytea[], present bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist');
    WITH looks AS (
        SELECT row_number() OVER () AS nth, l.* FROM (
            SELECT on_time, login, tabs, parts FROM reintegrate.seen_before
            UNION ALL SELECT on_time, login, tabs, parts FROM reintegrate.seen) AS l
    ), named AS (
        SELECT l.nth, array_agg(n.present) AS parts
        FROM looks l CROSS JOIN unnest(l.parts) AS p (part)
        JOIN unnest(former, present) AS n (former, present) ON n.former = p.part
        GROUP BY l.nth
    )
    INSERT INTO reintegrate.seen_between (on_time, login, tabs, parts)
        SELECT l.on_time, l.login, l.tabs, coalesce(n.parts, '{}')
        FROM looks l LEFT JOIN named n USING (nth);
    -- New files: no name under former keys is left in one.
    TRUNCATE reintegrate.seen, reintegrate.seen_before;
    INSERT INTO reintegrate.seen_before (on_time, login, tabs, parts)
        SELECT on_time, login, tabs, parts FROM reintegrate.seen_between;
    TRUNCATE reintegrate.seen_between;
END $$;

-- By minutes, and with nothing in it that has no shape.
CREATE OR REPLACE FUNCTION reintegrate.audit(since timestamptz)
RETURNS TABLE (on_time timestamptz, login name, tabs smallint[], parts bytea[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist', 'auditor');
    RETURN QUERY
        WITH looks AS (
            SELECT s.on_time, s.login, s.tabs, s.parts FROM reintegrate.seen s
                WHERE s.on_time >= since
            UNION ALL SELECT b.on_time, b.login, b.tabs, b.parts FROM reintegrate.seen_before b
                WHERE b.on_time >= since
        ), minutes AS (
            SELECT date_trunc('minute', l.on_time) AS at, l.login, t.tab, NULL::bytea AS part
                FROM looks l CROSS JOIN unnest(l.tabs) AS t (tab)
            UNION SELECT date_trunc('minute', l.on_time), l.login, NULL::smallint, p.part
                FROM looks l CROSS JOIN unnest(l.parts) AS p (part)
        )
        SELECT m.at, m.login,
            coalesce(array_agg(m.tab ORDER BY m.tab) FILTER (WHERE m.tab IS NOT NULL), '{}'),
            coalesce(array_agg(m.part ORDER BY m.part) FILTER (WHERE m.part IS NOT NULL), '{}')
        FROM minutes m GROUP BY 1, 2 ORDER BY 1, 2;
END $$;

CREATE FUNCTION reintegrate.looks(OUT how_many bigint, OUT oldest timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist', 'auditor');
    SELECT count(*), min(l.on_time) INTO how_many, oldest FROM (
        SELECT s.on_time FROM reintegrate.seen s
        UNION ALL SELECT b.on_time FROM reintegrate.seen_before b) AS l;
END $$;

-- Nobody removes what is younger than a year, whatever their clock says.
CREATE POLICY forgetting ON reintegrate.seen FOR DELETE USING (
    (SELECT reintegrate._writes_all()));

CREATE FUNCTION reintegrate.looks_forgotten(before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    how_many bigint;
    more bigint;
BEGIN
    PERFORM reintegrate._demand('specialist');
    before := least(before, clock_timestamp() - interval '1 year');
    DELETE FROM reintegrate.seen s WHERE s.on_time < before;
    GET DIAGNOSTICS how_many = ROW_COUNT;
    DELETE FROM reintegrate.seen_before b WHERE b.on_time < before;
    GET DIAGNOSTICS more = ROW_COUNT;
    RETURN how_many + more;
END $$;

-- The tray.

CREATE TABLE reintegrate.tray (
    scope bytea NOT NULL,
    number bigint NOT NULL,
    on_time timestamptz NOT NULL DEFAULT clock_timestamp(),
    login name NOT NULL DEFAULT session_user,
    body bytea NOT NULL,
    PRIMARY KEY (scope, number)
);

-- The last number that was given, which outlives what had it.
CREATE TABLE reintegrate.tray_last (
    scope bytea PRIMARY KEY,
    number bigint NOT NULL
);

-- What could not be taken over stays here, for whom it concerns, until the keys are renewed.
CREATE TABLE reintegrate.tray_refused (LIKE reintegrate.tray, PRIMARY KEY (scope, number));

CREATE TABLE reintegrate.aside_tray (name text NOT NULL, LIKE reintegrate.tray);

ALTER TABLE reintegrate.tray ENABLE ROW LEVEL SECURITY;
ALTER TABLE reintegrate.tray FORCE ROW LEVEL SECURITY;
ALTER TABLE reintegrate.tray_refused ENABLE ROW LEVEL SECURITY;
ALTER TABLE reintegrate.tray_refused FORCE ROW LEVEL SECURITY;

-- The school of whoever has a seat for one.
CREATE FUNCTION reintegrate._school() RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT scope FROM reintegrate.member WHERE login = session_user AND seat = 'school' $$;

CREATE POLICY reading ON reintegrate.tray FOR SELECT USING (
    (SELECT reintegrate._reads_all()) OR scope = (SELECT reintegrate._school()));
CREATE POLICY adding ON reintegrate.tray FOR INSERT WITH CHECK (
    login = session_user AND (
        (SELECT reintegrate._writes_all()) OR scope = (SELECT reintegrate._school())));
CREATE POLICY removing ON reintegrate.tray FOR DELETE USING ((SELECT reintegrate._writes_all()));
CREATE POLICY reading ON reintegrate.tray_refused FOR SELECT USING (
    (SELECT reintegrate._reads_all()) OR scope = (SELECT reintegrate._school()));
CREATE POLICY adding ON reintegrate.tray_refused FOR INSERT WITH CHECK (
    (SELECT reintegrate._writes_all()));

CREATE FUNCTION reintegrate._tray_is_whole(of_scope bytea, of_body bytea)
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT octet_length(of_scope) = 16 AND octet_length(of_body) <= 1048576 AND (
       SELECT count(*) < 1000
           AND coalesce(sum(octet_length(t.body)), 0) + octet_length(of_body) <= 8388608
       FROM reintegrate.tray t WHERE t.scope = of_scope) $$;

-- What waits, or of what was refused when and by whom it was left. A narrow seat is given what is
-- of its school, and found by that alone.
CREATE FUNCTION reintegrate.tray_of(refused boolean)
RETURNS TABLE (scope bytea, number bigint, on_time text, login text, body bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    form CONSTANT text := 'YYYY-MM-DD"T"HH24:MI+00:00';
BEGIN
    PERFORM reintegrate._demand('specialist', 'reader', 'school');
    IF reintegrate._reads_all() AND refused THEN
        RETURN QUERY SELECT t.scope, t.number, to_char(t.on_time AT TIME ZONE 'UTC', form),
            t.login::text, ''::bytea FROM reintegrate.tray_refused t ORDER BY 1, 2;
    ELSIF reintegrate._reads_all() THEN
        RETURN QUERY SELECT t.scope, t.number, to_char(t.on_time AT TIME ZONE 'UTC', form),
            t.login::text, t.body FROM reintegrate.tray t ORDER BY 1, 2;
    ELSIF refused THEN
        RETURN QUERY SELECT t.scope, t.number, to_char(t.on_time AT TIME ZONE 'UTC', form),
            t.login::text, ''::bytea FROM reintegrate.tray_refused t
            WHERE t.scope = reintegrate._school() ORDER BY 1, 2;
    ELSE
        RETURN QUERY SELECT t.scope, t.number, to_char(t.on_time AT TIME ZONE 'UTC', form),
            t.login::text, t.body FROM reintegrate.tray t
            WHERE t.scope = reintegrate._school() ORDER BY 1, 2;
    END IF;
END $$;

-- Who leaves something holds the vault, whatever program they use: so nobody waits for them
-- elsewhere than in `hold`, where one that stays too long is cut off.
CREATE FUNCTION reintegrate.left_in_tray(of_scope bytea, of_number bigint, of_body bytea)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist', 'school');
    IF NOT reintegrate._writes_all() AND of_scope <> reintegrate._school() THEN
        RAISE insufficient_privilege;
    END IF;
    PERFORM FROM reintegrate.vault FOR UPDATE;
    IF NOT reintegrate._tray_is_whole(of_scope, of_body) THEN
        RAISE SQLSTATE 'RT001';
    END IF;
    INSERT INTO reintegrate.tray_last AS l (scope, number) VALUES (of_scope, 1)
        ON CONFLICT (scope) DO UPDATE SET number = l.number + 1;
    PERFORM FROM reintegrate.tray_last l WHERE l.scope = of_scope AND l.number = of_number;
    IF NOT FOUND THEN
        RAISE serialization_failure;
    END IF;
    INSERT INTO reintegrate.tray (scope, number, body) VALUES (of_scope, of_number, of_body);
END $$;

-- What was taken over, up to a number of each school. What was refused of it is kept up to a
-- bound, and beyond it not at all.
CREATE FUNCTION reintegrate.tray_taken(
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

-- As before, with the tray: nothing of it is left in a file of the database.
CREATE OR REPLACE FUNCTION reintegrate.written_anew(
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
        INSERT INTO reintegrate.aside_tray SELECT aside_name, t.* FROM reintegrate.tray t;
    END IF;
    INSERT INTO reintegrate.seen_before (on_time, login, tabs)
        SELECT on_time, login, tabs FROM reintegrate.seen;
    TRUNCATE reintegrate.vault, reintegrate.head, reintegrate.record, reintegrate.seen,
        reintegrate.tray, reintegrate.tray_last, reintegrate.tray_refused;
    INSERT INTO reintegrate.vault (schema, header, turn, head)
        VALUES (new_schema, new_header, of_turn, new_head);
END $$;

CREATE OR REPLACE FUNCTION reintegrate.asides_forgotten() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    how_many bigint;
BEGIN
    PERFORM reintegrate._demand('specialist');
    SELECT count(*) INTO how_many FROM reintegrate.aside;
    IF how_many > 0 THEN
        TRUNCATE reintegrate.aside, reintegrate.aside_head, reintegrate.aside_record,
            reintegrate.aside_tray;
    END IF;
    RETURN how_many;
END $$;

-- What is new is nobody's, and what was made anew has lost what it was set to (0001.sql).

REVOKE ALL ON ALL TABLES IN SCHEMA reintegrate FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA reintegrate FROM PUBLIC;

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
