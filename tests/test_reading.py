"""Every field of every record can be read somewhere, by whom it may be (law 6)."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from conftest import Run
from reintegrate_cli.catalogue import OF_A_CASE
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import FieldSpec, Sensitivity, walk
from reintegrate_cli.kept import session
from reintegrate_cli.kept.records import KINDS
from reintegrate_cli.nouns.case.revealing import is_revealed
from test_canaries import REF, filled, lists, load, stuffed
from test_cleaning import shows

__all__ = ["stuffed"]

TABLES = [table for table in KINDS if table not in ("holds", "legal_holds")]
"""Holds say nothing in words, and of a legal hold ``vault hold show`` tells."""


def canaries(table: str) -> Iterator[tuple[str, FieldSpec]]:
    """Give the words in a record of a table, each with its field."""
    for spec, value in walk(filled(load(KINDS[table]), table)):
        if isinstance(value, str) and value.startswith("canary"):
            yield value, spec


@pytest.fixture
def open_hours(stuffed: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same, with somebody who may be reached at this hour."""
    monkeypatch.setenv("COLUMNS", "4000")  # nothing is parted between two lines
    monkeypatch.setenv("REINTEGRATE_TODAY", "2026-10-01T10:00")
    changed: dict[str, dict[str, Any]] = {
        "contact": {"mode": "we_contact", "pause_until": None},
        "care": {"role": "caregiver", "appropriate": "yes", "barred": False, "ended_on": None},
        "contacts": {"still_safe": True},
        "separations": {"wish_of": REF},
    }
    session.begin(None, None)
    with session.writing("contact set") as store:
        for table, fields in changed.items():
            (record,) = store.table(table).all()
            if table == "contact":
                methods = tuple(
                    replace(one, whose=None, days=(), voicemail="vague") for one in record.methods
                )
                fields = {**fields, "methods": methods}
            store.table(table).put(replace(record, **fields))
    return stuffed


ROSTER_ID = "canary-private-roster-section"
"""By which a class is found among those of the roster, and which nobody reads."""


def read(run: Run, *line: str, json: bool) -> str:
    ended = run(*line, *(["--json"] if json else []))
    return ended.out if ended.code == 0 else ""


@pytest.mark.parametrize("json", [False, True], ids=["text", "json"])
def test_narrative_is_read_inside_its_record_and_a_number_in_a_plan(
    open_hours: Run, json: bool
) -> None:
    plans = [("contact", "plan", REF), ("contact", "plan", REF, "--care", "K1")]
    shown = "".join(read(open_hours, *line, json=json) for line in shows())
    listed = "".join(
        read(open_hours, *line, json=json) for line in lists() if line[0] not in ("find", "demo")
    )
    told = "".join(read(open_hours, *line, json=json) for line in plans)
    for table in TABLES:
        for text, spec in canaries(table):
            level = spec.sensitivity
            if level is Sensitivity.PRIVATE and text != ROSTER_ID:
                assert text in shown + told, text
            elif level is Sensitivity.SECRET and not is_revealed(spec):
                assert "unsafe_word_means" in text or text in told, text
            if level > Sensitivity.PRIVATE:
                assert text not in shown, text
            assert text not in listed, text
            if level is Sensitivity.SEALED:
                assert text not in told, text


def test_who_a_student_is_is_revealed_and_nowhere_else(stuffed: Run, tmp_path: Path) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", "case", "reveal", REF],
        env={**os.environ, "COLUMNS": "200"},
        encoding="utf-8",
        timeout=30,
        dimensions=(40, 200),
    )
    child.expect("passphrase or recovery code")
    child.sendline((tmp_path / "recovery").read_text().strip())
    child.expect("gone in 60 seconds")
    shown = child.before or ""
    child.sendline("")
    child.expect(pexpect.EOF)
    secret = 0
    for table in OF_A_CASE:
        for text, spec in canaries(table) if table in KINDS else ():
            if spec.sensitivity >= Sensitivity.SECRET:
                assert (text in shown) == is_revealed(spec), text
                secret += is_revealed(spec)
    assert secret > 5


def test_what_the_unsafe_word_means_is_told_where_the_word_is(district: Run, case: str) -> None:
    given = {
        "mode": "we_contact",
        "unsafe_word": "cedar",
        "unsafe_word_means": "call the police",
        "methods": [{"kind": "phone", "value": "555-0142", "voicemail": "never", "any_time": True}],
    }
    assert district("contact", "set", case, given=given).code == 0
    told = district("contact", "verify", case, given={"word": "cedar"})
    assert told.out == "call the police\n"


@pytest.fixture
def caregiver(district: Run, case: str) -> str:
    """A case with a caregiver, contact with whom the student said is fine."""
    added = district(
        "care",
        "add",
        case,
        "--role",
        "caregiver",
        given={"role": "caregiver", "name": "Ms. Reed", "contact": "555-0199"},
    )
    assert added.code == 0
    yes = ("care", "family", case, "K1", "--appropriate", "yes", "--decided-by", "student")
    assert district(*yes, given={"reason": "she asked for it"}).code == 0
    return case


def plan(run: Run, ref: str, at: str, *line: str, **given: Any) -> Any:
    return run(
        "contact",
        "plan",
        ref,
        "--care",
        "K1",
        "--json",
        *line,
        today=f"2026-10-06T{at}",
        **({"given": given} if given else {}),
    )


def test_a_caregivers_number_is_shown_in_safe_hours_and_the_history_says_to_whom(
    district: Run, caregiver: str
) -> None:
    shown = plan(district, caregiver, "10:00")
    assert shown.code == 0, shown.err
    assert (shown.json["contact"], shown.json["hours_assumed"]) == ("555-0199", True)
    entry = district("history", "--json").json["items"][-1]
    assert (entry["command"], entry["refs"]) == ("contact plan", [caregiver, f"{caregiver}/K1"])
    for line in (("care", "list"), ("case", "show", caregiver), ("case", "timeline", caregiver)):
        for form in ([], ["--json"]):
            assert "555-0199" not in district(*line, *form).out


def test_past_the_hours_it_takes_an_override_and_a_reason_that_is_kept(
    district: Run, caregiver: str
) -> None:
    for line, given in (([], {}), (["--override"], {}), ([], {"reason": "x"})):
        refused = plan(district, caregiver, "03:10", *line, **given)
        assert (refused.code, refused.error["rule"]) == (4, "D4")
        assert "555-0199" not in refused.out + refused.err
    why = "she did not come home"
    assert (
        plan(district, caregiver, "03:10", "--override", reason=why).json["contact"] == "555-0199"
    )
    assert why in district("case", "show", caregiver).out
    assert why in district("case", "timeline", caregiver, "--json").out


def test_the_hours_are_those_that_the_student_said_of_this_person(
    district: Run, caregiver: str
) -> None:
    given = {
        "mode": "we_contact",
        "methods": [
            {
                "kind": "phone",
                "value": "555-0199",
                "whose": "K1",
                "days": ["tue"],
                "from": "18:00",
                "to": "20:00",
                "voicemail": "never",
            }
        ],
    }
    assert district("contact", "set", caregiver, given=given).code == 0
    assert plan(district, caregiver, "10:00").code == 4
    evening = plan(district, caregiver, "18:30")
    assert (evening.json["window"], evening.json["hours_assumed"]) == ("tue 18:00-20:00", False)


def test_nobody_reaches_family_that_was_not_decided_on_nor_who_is_barred(
    district: Run, caregiver: str
) -> None:
    for decision in (
        ["--appropriate", "ask"],
        ["--appropriate", "no"],
        ["--appropriate", "no", "--barred"],
    ):
        line = ("care", "family", caregiver, "K1", *decision, "--decided-by", "student")
        assert district(*line, given={"reason": "x"}).code == 0
        refused = plan(district, caregiver, "10:00", "--override", reason="x")
        assert (refused.code, refused.error["rule"]) == (4, "E9")
    assert district("contact", "plan", caregiver, "--care", "K9").code == 5
    assert district("contact", "plan", caregiver, "--care", "W1").code == 5


def test_a_professional_is_reached_at_any_hour(district: Run, case: str) -> None:
    added = district("care", "add", case, "--role", "therapist", given={"contact": "555-0177"})
    assert added.code == 0
    assert plan(district, case, "22:00").json["contact"] == "555-0177"
    assert district("care", "edit", case, "K1", "--clear", "contact").code == 0
    assert plan(district, case, "22:00").code == 5


def test_a_task_is_read_with_what_it_is_about(district: Run, case: str) -> None:
    line = ("task", "add", "--due", "fri", "--case", case)
    assert district(*line, given={"text": "call the registrar"}).code == 0
    assert "call the registrar" not in district("task", "list", "--json").out
    for id_ in ("T1", f"{case}/t1"):
        assert "call the registrar" in district("task", "show", id_).out
    assert district("history", "--json").json["items"][-1]["refs"] == [case, "T1"]
    assert district("task", "edit", "T1", "--due", "mon", given={"text": "write to her"}).code == 0
    shown = district("task", "show", "T1", "--json").json
    assert (shown["text"], shown["due_on"]) == ("write to her", "2026-10-05")
    assert district("task", "show", "W1").code == 5
