"""Two machines, one vault: a copy that somebody puts back is no server that was set back."""

import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conftest import Ended, Run, set_clock
from reintegrate_cli.server import copies
from servers import Server

Elsewhere = Callable[..., Ended]
PUT_BACK = "put a copy of the vault back at"
OLDER = "the vault on the server is older than was last seen here; nothing was read or written"


@pytest.fixture
def shelf() -> str:
    """What the vault of these tests lies on."""
    return "server"


@pytest.fixture
def lee(district: Run, tmp_path: Path) -> Elsewhere:
    """Run a command at Lee's machine, with a key and a home of their own."""
    key = tmp_path / "lee.key"
    assert district("vault", "key", "add", "--for", "lee", "--key-file", str(key)).code == 0

    def run(*line: str, key: Path = key, **more: Any) -> Ended:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
                patch.setenv(name, str(tmp_path / "lee's machine" / name))
            patch.setenv("REINTEGRATE_KEY_FILE", str(key))
            return district(*line, **more)

    return run


def note(run: Run, text: str = "call the agency") -> None:
    """Write something."""
    ended = run("task", "add", "--due", "2026-10-09", given={"text": text})
    assert ended.code == 0, ended.err


@pytest.fixture
def copy(district: Run, lee: Elsewhere, tmp_path: Path) -> Path:
    """A copy of the vault, which both machines saw."""
    note(district, "before the copy")
    assert lee("agenda").code == 0
    made = district("vault", "backup", str(tmp_path / "copies"), "--json")
    return Path(made.json["file"])


def put_back(run: Run, copy: Path) -> None:
    ended = run("vault", "restore", str(copy), "--replace")
    assert ended.code == 0, ended.err


def goes_on(run: Run, *, gone: int | None) -> None:
    """Require that a machine goes on, and is told once how many changes are gone, or nothing."""
    first = run("agenda")
    assert first.code == 0, first.err
    if gone is None:
        assert PUT_BACK not in first.err
    else:
        assert f"okafor {PUT_BACK}" in first.err
        many = (
            "1 change made before then is" if gone == 1 else f"{gone} changes made before then are"
        )
        assert f"{many} not in that copy" in first.err
    for line in (("case", "list"), ("history",), ("vault", "verify")):
        ended = run(*line)
        assert (ended.code, PUT_BACK in ended.err) == (0, False), ended.err
    note(run, "after it")


# Whatever the other machine last saw, it goes on.


def test_one_that_saw_nothing_since_the_copy(district: Run, lee: Elsewhere, copy: Path) -> None:
    note(district, "after the copy")
    put_back(district, copy)
    goes_on(lee, gone=2)
    goes_on(district, gone=None)


def test_one_that_saw_the_very_last(district: Run, lee: Elsewhere, copy: Path) -> None:
    note(district, "after the copy")
    note(lee, "by lee, and gone")
    put_back(district, copy)
    goes_on(lee, gone=3)
    goes_on(district, gone=None)


def test_one_that_saw_something_between_and_was_away_since(
    district: Run, lee: Elsewhere, copy: Path
) -> None:
    note(lee, "by lee, and gone")
    note(district, "not seen by lee")
    put_back(district, copy)
    for each in range(9):  # the numbers that lee saw are given anew
        note(district, f"after it {each}")
    goes_on(lee, gone=3)


def test_two_copies_one_after_the_other_and_new_keys_between(
    district: Run, lee: Elsewhere, copy: Path, tmp_path: Path
) -> None:
    note(lee, "by lee, and gone")
    note(district, "not seen by lee")
    put_back(district, copy)
    assert district("vault", "key", "rotate").code == 0
    note(district, "after the first")
    later = district("vault", "backup", str(tmp_path / "later"), "--json").json["file"]
    note(district, "after the second copy")
    put_back(district, Path(later))
    assert district("vault", "key", "rotate").code == 0
    note(district)
    goes_on(lee, gone=5)


def test_a_copy_from_before_the_keys_were_renewed(
    district: Run, lee: Elsewhere, copy: Path
) -> None:
    assert district("vault", "key", "rotate").code == 0
    note(lee, "by lee, and gone")
    put_back(district, copy)
    goes_on(lee, gone=3)


def test_a_key_for_one_school_and_cron_go_on(
    district: Run, lee: Elsewhere, tmp_path: Path, case: str
) -> None:
    school, cron = tmp_path / "school.key", tmp_path / "cron.key"
    line = ("vault", "key", "add", "--school", "Ridgeline", "--for", "lee")
    assert district(*line, "--key-file", str(school)).code == 0
    to = ("--host", "127.0.0.1", "--port", "9", "--insecure-loopback")
    mail = ("--from-address", "a@alder.example", "--to", "b@alder.example")
    made = district("remind", "setup", "--reminder-key", str(cron), *to, *mail)
    assert made.code == 0, made.err
    made = district("vault", "backup", str(tmp_path / "copies"), "--json")
    assert made.code == 0, made.err
    late = district("task", "add", "--due", "2026-09-30", given={"text": "overdue"})
    assert late.code == 0, late.err
    assert lee("remind", key=cron).code == 8  # it noted that it tried, and nobody took it
    assert lee("case", "list", key=school).code == 0
    put_back(district, Path(made.json["file"]))
    assert lee("remind", key=cron).code == 0  # it is there first, and tells nobody
    told = lee("case", "list", key=school)
    assert (told.code, f"okafor {PUT_BACK}" in told.err) == (0, True), told.err
    goes_on(lee, gone=None)  # it was told on this machine


# What somebody without a full key does is no such thing.


@contextmanager
def kept_as(server: Server, url: str) -> Iterator[Callable[[], None]]:
    """Keep the database as it is now; give what puts it back to that."""
    name = url.rpartition("/")[2]
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    server.run(ended, name)
    kept = server.database(template=name).rpartition("/")[2]

    def back() -> None:
        server.drop(url)
        server.run(f"CREATE DATABASE {name} TEMPLATE {kept}")

    yield back
    server.drop(server.url(kept))


def test_a_server_that_is_set_back_is_noticed_before_and_after_a_copy_was_put_there(
    district: Run, lee: Elsewhere, copy: Path, postgres: Server, database: str
) -> None:
    with kept_as(postgres, database) as before:
        note(lee, "after the copy")
        put_back(district, copy)
        with kept_as(postgres, database) as put:
            goes_on(lee, gone=2)
            put()
            assert OLDER in lee("agenda").err
        before()
        ended = lee("agenda")
        assert (ended.code, OLDER in ended.err) == (7, True)


def test_a_copy_that_is_put_on_a_server_that_was_set_back_does_not_hide_that(
    district: Run, lee: Elsewhere, copy: Path, postgres: Server, database: str, tmp_path: Path
) -> None:
    """Lee saw more than whoever puts the copy there: they ask each other, and one command follows."""
    with kept_as(postgres, database) as before:
        note(lee, "seen by lee alone")
        before()
        put_back(district, copy)
        for each in range(5):
            note(district, f"more than lee saw {each}")
        ended = lee("agenda")
        assert ended.code == 7
        assert f"okafor {PUT_BACK}" in ended.err
        assert "something that was seen here was not known there" in ended.err
        assert "ask okafor; if it was put there on purpose: rm " in ended.err
        command = ended.err.partition("on purpose: ")[2].strip()
        assert " machine/" in shlex.split(command)[1]  # a name that has to be quoted
        subprocess.run(["sh", "-c", command], check=True)
        goes_on(lee, gone=None)


def test_another_future_is_noticed_though_a_copy_was_put_there(
    district: Run, lee: Elsewhere, copy: Path, postgres: Server, database: str
) -> None:
    with kept_as(postgres, database) as other_future:
        note(lee, "in the one")
        other_future()
        for each in range(6):
            note(district, f"in the other {each}")
        put_back(district, copy)
        assert lee("agenda").code == 7


def test_what_cannot_be_read_says_nothing_of_what_was_there(
    district: Run, lee: Elsewhere, copy: Path, postgres: Server, database: str
) -> None:
    note(lee, "seen by lee")
    postgres.run("UPDATE reintegrate.vault SET head = 'x'", url=database)
    put_back(district, copy)
    ended = lee("agenda")
    assert (ended.code, f"okafor {PUT_BACK}" in ended.err) == (7, True)


def test_only_so_many_are_named(
    district: Run, lee: Elsewhere, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "_REMEMBERED", 2)
    note(lee, "seen by lee, long ago")
    for each in range(3):
        note(district, f"since {each}")
    put_back(district, copy)
    assert lee("agenda").code == 7


@pytest.mark.parametrize("is_put_back", [False, True])
def test_a_purge_at_one_machine_is_no_other_future_at_another(
    district: Run,
    lee: Elsewhere,
    case: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_put_back: bool,
) -> None:
    with (tmp_path / "district.toml").open("a") as config:
        config.write('retention = { case = "7y" }\n')
    ended = district("case", "close", case, "--reason", "goals_met")
    assert ended.code == 0, ended.err
    copy = district("vault", "backup", str(tmp_path / "copies"), "--json").json["file"]
    note(lee, "after the copy")
    note(district, "not seen by lee")
    set_clock(monkeypatch, datetime(2034, 1, 15, 15, 0, tzinfo=UTC))
    for each in range(2):
        note(district, f"in 2034 {each}")
    made = district("vault", "purge", "--case", case, "--yes", today="2034-01-15")
    assert made.code == 0, made.err
    if is_put_back:
        put_back(district, Path(copy))
        assert f"okafor {PUT_BACK}" in lee("agenda").err
    goes_on(lee, gone=None)
    goes_on(district, gone=None)
