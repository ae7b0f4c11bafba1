-- Format 3: what a school writes. A key for one school signs nothing that others read by; so what
-- is done with it goes in a tray, and the next full key that writes takes it over. What is in the
-- tray is sealed as a whole; the server gives it a number, so that none is left out unseen.

DO $$ BEGIN EXECUTE format('GRANT reintegrate_owner TO %I', session_user); END $$;
SET LOCAL ROLE reintegrate_owner;

CREATE OR REPLACE FUNCTION reintegrate.format() RETURNS int
LANGUAGE sql IMMUTABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT 3 $$;

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

CREATE FUNCTION reintegrate._tray_is_whole(of_scope bytea, of_body bytea) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT octet_length(of_scope) = 16 AND octet_length(of_body) <= 1048576 AND (
       SELECT count(*) < 1000 FROM reintegrate.tray t WHERE t.scope = of_scope) $$;

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

-- Whoever writes has the vault's row already (`hold`), so that nobody else does meanwhile.
CREATE FUNCTION reintegrate.left_in_tray(of_scope bytea, of_number bigint, of_body bytea)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist', 'school');
    IF NOT reintegrate._writes_all() AND of_scope <> reintegrate._school() THEN
        RAISE insufficient_privilege;
    END IF;
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

-- What was taken over, up to a number of each school; some of it was refused.
CREATE FUNCTION reintegrate.tray_taken(
    scopes bytea[], numbers bigint[], refused_scopes bytea[], refused_numbers bigint[])
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM reintegrate._demand('specialist');
    INSERT INTO reintegrate.tray_refused
        SELECT t.* FROM reintegrate.tray t
        JOIN unnest(refused_scopes, refused_numbers) AS r (scope, number)
            ON t.scope = r.scope AND t.number = r.number;
    DELETE FROM reintegrate.tray t USING unnest(scopes, numbers) AS d (scope, number)
        WHERE t.scope = d.scope AND t.number <= d.number;
    INSERT INTO reintegrate.tray_last AS l (scope, number)
        SELECT * FROM unnest(scopes, numbers)
        ON CONFLICT (scope) DO UPDATE SET number = greatest(l.number, excluded.number);
END $$;

-- As before; a school may be the one writer, too: what it leaves is of the present turn.
CREATE OR REPLACE FUNCTION reintegrate.hold() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now_at bigint;
BEGIN
    PERFORM reintegrate._demand('specialist', 'school');
    SELECT v.turn INTO now_at FROM reintegrate.vault v FOR UPDATE;
    RETURN now_at;
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
