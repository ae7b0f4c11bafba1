"""Who sees a concern: the key person, and nobody else; who noted it sees that it is with them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Ended, Run
from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.errors import Busy
from reintegrate_cli.kept import session
from test_concern import FACT, TODAY, concern, mitigation, staffed, substantiated

__all__ = ["staffed"]
As = Callable[..., Ended]


@pytest.fixture
def people(staffed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> As:
    """Run a command as one of the staff, each with a key of their own."""
    files = {"okafor": str(tmp_path / "key")}
    for slug in ("lee", "hale", "ruiz"):
        files[slug] = str(tmp_path / slug)
        made = staffed("vault", "key", "add", "--for", slug, "--key-file", files[slug])
        assert made.code == 0, made.err

    def run_as(slug: str, *line: str, **more: Any) -> Ended:
        monkeypatch.setenv("REINTEGRATE_KEY_FILE", files[slug])
        more.setdefault("today", TODAY)
        return staffed(*line, **more)

    return run_as


def views(people: As, slug: str, ref: str, today: str = TODAY) -> dict[str, Any]:
    """Give what somebody finds of concerns, view by view."""

    def items(*line: str, **more: Any) -> Any:
        ended = people(slug, *line, "--json", today=today, **more)
        assert ended.code == 0, ended.err
        return ended.json["items"]

    from reintegrate_cli.line import offers

    rows = [*items("agenda", "--month"), *items("agenda", "--days", "60"), *items("today")]
    told = items("case", "timeline", ref)
    session.begin(None, today)
    return {
        "rows": [row for row in rows if row["kind"] in ("concern", "mitigation")],
        "list": items("concern", "list"),
        "find": items("find", given={"text": "older guys"}),
        "case": people(slug, "case", "show", ref, "--json", today=today).json["concerns"],
        "timeline": [event for event in told if event["kind"] == "concern"],
        "history": [
            row for row in items("history") if row["by"] != slug and "concern" in row["command"]
        ],
        "keys": offers.keys_of("concerns", case=ref),
    }


def test_until_there_is_a_key_person_it_is_with_the_cases_owner(people: As, case: str) -> None:
    made = people("lee", "concern", "add", case, given={"facts": [FACT]})
    assert made.code == 0, made.err
    assert "it is with okafor now" in made.err
    assert all(views(people, "okafor", case).values())
    assert not any(views(people, "hale", case).values())
    noted = views(people, "lee", case)
    (row,) = noted.pop("list")
    assert (row["key_staff"], row["noted_by"]) == ("okafor", "lee")
    assert not any(noted.values())


def key_person(people: As, case: str) -> None:
    """Let a concern that okafor noted be with ruiz, and lee be the backup."""
    substantiated(lambda *line, **more: people("okafor", *line, **more), case)
    line = mitigation("key_staff", "--backup", "lee", owner="ruiz")
    made = concern(lambda *line, **more: people("okafor", *line, **more), case, *line)
    assert made.code == 0, made.err


def test_then_it_is_with_them_alone(people: As, case: str) -> None:
    key_person(people, case)
    assert all(views(people, "ruiz", case).values())
    for slug in ("lee", "hale"):
        assert not any(views(people, slug, case).values()), slug
    noted = views(people, "okafor", case)
    (row,) = noted.pop("list")
    assert (row["key_staff"], row["mitigations"], row["ends_on"]) == ("ruiz", [], None)
    noted.pop("history")
    assert not any(noted.values())
    # Who had a part in it may still name it: here who noted it reviews it.
    line = ("concern", "review", case, "C1", "--next", "2026-11-10", "--json")
    assert people("okafor", *line, today="2026-10-28").code == 0


def test_somebody_else_finds_no_such_concern_and_may_decide_on_one(people: As, case: str) -> None:
    made = people("lee", "concern", "add", case, given={"facts": [FACT]})
    assert made.code == 0
    for verb in ("show", "lift", "support"):
        missing = people("hale", "concern", verb, case, "C1", "--json")
        assert missing.code == 5, verb
        other = people("hale", "concern", verb, case, "C2", "--json")
        said = other.error["message"].replace("C2", "C1")
        assert missing.error["message"] == said
    line = ("concern", "decide", case, "C1", "--outcome", "substantiated", "--by", "hale")
    assert people("hale", *line, given={"reason": "x"}).code == 0


def test_the_backup_sees_it_while_the_key_person_is_away_and_who_covers_does_not(
    people: As, case: str
) -> None:
    key_person(people, case)
    cover = ("cover", "add", "ruiz", "--by", "hale", "--starts", "2026-10-20", "--ends")
    assert people("okafor", *cover, "2026-10-23").code == 0
    for today, who in (("2026-10-19", "ruiz"), ("2026-10-20", "lee"), ("2026-10-24", "ruiz")):
        for slug in ("ruiz", "lee", "hale"):
            seen = views(people, slug, case, today)
            assert bool(seen["rows"]) == (slug in (who, "ruiz")), (today, slug)
            assert bool(seen["case"]) == (slug in (who, "ruiz")), (today, slug)
            assert {row["owner"] for row in seen["rows"]} <= {who, "ruiz"}
    assert (
        people("okafor", "staff", "end", "ruiz", "--on", "2026-11-02", today="2026-11-02").code == 0
    )
    assert views(people, "lee", case, "2026-11-03")["rows"]


def test_the_mail_counts_it_for_who_has_it_alone(people: As, case: str, tmp_path: Path) -> None:
    def late() -> int:
        with session.reading() as store:
            return sum(str(item.overdue_on) <= "2026-12-01" for item in store.due())

    setup = ("remind", "setup", "--host", "127.0.0.1", "--insecure-loopback")
    setup = (*setup, "--from-address", "a@b.example", "--to", "a@b.example")
    assert people("okafor", *setup).code == 0
    key_person(people, case)
    assert late() == 0
    assert people("ruiz", *setup).code == 0
    assert late() == 1
    assert (
        people("okafor", "case", "list", "--json", today="2026-12-01").json["items"][0]["overdue"]
        == 0
    )
    assert (
        people("ruiz", "case", "list", "--json", today="2026-12-01").json["items"][0]["overdue"]
        == 1
    )
    assert people("okafor", "vault", "verify").code == 0


def test_the_history_says_that_somebody_worked_and_not_on_what(people: As, case: str) -> None:
    key_person(people, case)
    rows = people("hale", "history", "--json").json["items"]
    hidden = [row for row in rows if row["command"] == "[with somebody else]"]
    assert len(hidden) == 3
    assert all(row["refs"] == row["changed"] == [] for row in hidden)
    rows = people("hale", "history", "--case", case, "--json").json["items"]
    assert not [row for row in rows if "concern" in row["command"] or "C1" in str(row["refs"])]
    assert people("okafor", "undo").code == 0


def test_closed_tables_say_who_sees_their_records() -> None:
    from reintegrate_cli.catalogue import module_of
    from reintegrate_cli.core.loading import load

    closed = [name for name, table in TABLES.items() if table.closed]
    assert closed == ["concerns"]
    for name in closed:
        rules = load(module_of(name))
        assert callable(rules.seen_by)
        assert callable(rules.named_by)


def test_a_case_that_is_purged_leaves_its_name_in_no_concern_of_another(
    staffed: Run, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ("case", "add", "--school", "Ridgeline", "--setting", "home", "--json")
    other: str = staffed(*line).json["ref"]
    assert concern(staffed, case, "add", "--targeted", other, facts=[FACT]).code == 0
    with session.writing("vault purge") as store:
        from reintegrate_cli.kept.purging import _Gone

        gone = _Gone(store)
        gone.take_case(other)
        row = store.shelf.get("concerns", [case, "C1"])
        assert row is not None
        assert row["targeted"] == []


def test_who_answered_while_somebody_worked_on_it_is_told_no_more_than_that(
    people: As, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_person(people, case)
    assert people("lee", "today").code == 0  # who sees nothing of it
    own = session.current
    own.watch()
    with session.reading() as store:
        assert store.table("concerns").find_any(case, "C1") is not None
    worked = people("ruiz", "concern", "support", case, "C1")
    assert worked.code == 0, worked.err
    monkeypatch.setattr(session, "current", own)
    with pytest.raises(Busy) as told, session.writing("case edit") as store:
        store.table("concerns").put(store.table("concerns").find_any(case, "C1"))
    message = "ruiz changed a record that is with somebody else while you answered"
    assert (told.value.message, told.value.fields) == (message, ())
