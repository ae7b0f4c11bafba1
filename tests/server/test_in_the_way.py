"""Who has a login and no key, and keeps what others wait for, or fills what others read."""

from collections.abc import Callable
from typing import Any

import psycopg2
import pytest

from conftest import Run
from reintegrate_cli import keys
from ridgeline import Place, made
from servers import Server

pytestmark = [
    pytest.mark.needs("postgres"),
    pytest.mark.parametrize("shelf", ["server"], indirect=True),
]


@pytest.fixture
def place(
    district: Run, postgres: Server, database: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Place:
    return made(district, postgres, database, tmp_path, monkeypatch)


def stolen(place: Place) -> Any:
    """Connect with the login of somebody at a school."""
    return psycopg2.connect(place.url.replace("postgres@", "r_5d20@"))


def enter(place: Place) -> Any:
    return place.office("task", "add", "--due", "2026-10-05", given={"text": "x"})


def at_once(place: Place, function: str) -> None:
    """Let nobody be in the way for any time at all."""
    ((text,),) = place.truth("SELECT pg_get_functiondef(%s::regprocedure)", function)
    for period in ("2 minutes", "10 minutes"):
        text = text.replace(f"'{period}'", "'0 minutes'")
    place.truth(text)


NEVER_IDLE = "SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0; BEGIN;"
KEEPING: dict[str, tuple[str, str, Callable[[Place], Any]]] = {
    "the writer's lock": ("SELECT reintegrate.hold()", "reintegrate.hold()", enter),
    "a step that is never left": (
        "SELECT reintegrate.left_in_tray(scope, 2, 'x') FROM reintegrate.tray_of(false)",
        "reintegrate.hold()",
        enter,
    ),
    "what was read": (
        "SELECT * FROM reintegrate.whole('{3}')",
        "reintegrate.stilled()",
        lambda place: place.office("vault", "key", "rotate"),
    ),
}


@pytest.mark.parametrize("what", KEEPING)
def test_who_keeps_what_others_wait_for_is_named_and_then_goes(place: Place, what: str) -> None:
    statement, function, does = KEEPING[what]
    scope = keys.scope_of(place.opened()[0].school)
    connection = stolen(place)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT reintegrate.left_in_tray(%s, 1, 'x')", (scope,))
    with connection.cursor() as cursor:
        cursor.execute(NEVER_IDLE + statement)
        waited = does(place)
        assert waited.code == 6
        assert "it is the login r_5d20" in waited.err
        at_once(place, function)
        done = does(place)
        assert done.code == 0, done.err
        with pytest.raises(psycopg2.OperationalError):
            cursor.execute("SELECT 1")
    connection.close()
    assert "that stand in the way" in place.server.log()
    assert place.school("case", "list").code == 0


def test_a_specialist_and_somebody_who_only_just_began_are_never_cut_off(place: Place) -> None:
    for login in ("postgres", "r_5d20"):
        connection = psycopg2.connect(place.url.replace("postgres@", f"{login}@"))
        with connection.cursor() as cursor:
            cursor.execute("SELECT reintegrate.hold()")
            if login == "postgres":
                at_once(place, "reintegrate.hold()")
            assert enter(place).code == 6
            cursor.execute("SELECT 1")
        connection.close()
        place.truth("SELECT 1")
        if login == "postgres":
            restored = "SELECT pg_get_functiondef('reintegrate.hold()'::regprocedure)"
            ((text,),) = place.truth(restored)
            place.truth(text.replace("'0 minutes'", "'2 minutes'"))
    assert enter(place).code == 0


def test_where_an_administrator_gave_nothing_away_who_waits_is_told(place: Place) -> None:
    place.truth("REVOKE pg_signal_backend FROM reintegrate_owner")
    try:
        at_once(place, "reintegrate.hold()")
        connection = stolen(place)
        with connection.cursor() as cursor:
            cursor.execute("SELECT reintegrate.hold()")
            waited = enter(place)
            cursor.execute("SELECT 1")
        assert waited.code == 6
        assert "it is the login r_5d20" in waited.err
        connection.close()
    finally:
        place.truth("GRANT pg_signal_backend TO reintegrate_owner")
    assert enter(place).code == 0


def test_a_tray_full_of_nonsense_is_small_and_the_next_change_empties_it(place: Place) -> None:
    scope = keys.scope_of(place.opened()[0].school)
    left = "SELECT reintegrate.left_in_tray(%s, %s, %s)"
    number = 0
    for _ in range(2):
        connection = stolen(place)
        with connection.cursor() as cursor:
            for _ in range(8):
                number += 1
                cursor.execute(left, (scope, number, bytes(1 << 20)))
                connection.commit()
            with pytest.raises(psycopg2.DatabaseError, match="RT001"):
                cursor.execute(left, (scope, number + 1, b"x"))
        connection.close()
        size = "SELECT sum(octet_length(body)) FROM reintegrate."
        assert place.truth(size + "tray") == [(8 << 20,)]
        full = place.school("case", "note", place.mine, given={"text": "came on Monday"})
        assert full.code == 6
        assert place.office("case", "list").code == 0
        assert enter(place).code == 0
        assert place.truth("SELECT count(*) FROM reintegrate.tray") == [(0,)]
        assert place.truth(size + "tray_refused") == [(8 << 20,)]
    again = place.school("case", "note", place.mine, given={"text": "came on Monday"})
    assert again.code == 0, again.err
    assert enter(place).code == 0
    assert place.office("vault", "verify").code == 0
