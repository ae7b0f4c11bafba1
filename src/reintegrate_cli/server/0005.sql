-- Format 5: who leaves something in a tray holds the vault, whatever program they use. So nobody
-- waits for them elsewhere than in `hold`, where one that stays too long is cut off (0004.sql).

DO $$ BEGIN EXECUTE format('GRANT reintegrate_owner TO %I', session_user); END $$;
SET LOCAL ROLE reintegrate_owner;

CREATE OR REPLACE FUNCTION reintegrate.left_in_tray(of_scope bytea, of_number bigint, of_body bytea)
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

CREATE OR REPLACE FUNCTION reintegrate.format() RETURNS int
LANGUAGE sql IMMUTABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT 5 $$;

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
