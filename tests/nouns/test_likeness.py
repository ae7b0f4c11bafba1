"""The same name and birth date in another case is said before it is saved."""

import sys

import pexpect
import pytest

from conftest import Ended, Run

WHO = {"legal_name": "José Ángel Peña", "birth_date": "2010-05-31"}
LINE = ("case", "add", "--school", "Ridgeline", "--setting", "home")


def opened(run: Run, **who: str) -> Ended:
    made = run(*LINE, given=who)
    assert made.code == 0, made.err
    return made


def ref_of(made: Ended) -> str:
    return made.out.split()[1]


@pytest.mark.parametrize(
    "name",
    ["Jose Angel Pena", "PEÑA, José Ángel", "Jose\u0301 A\u0301ngel Pen\u0303a", "José Peña"],
)
def test_another_case_is_named_by_its_ref_alone(district: Run, name: str) -> None:
    first = ref_of(opened(district, **WHO))
    again = opened(district, safe_name=name, birth_date="2010-05-31")
    assert f"case {first} has the same birth date and name" in again.err.splitlines()
    said = (again.out + again.err).casefold()
    assert not any(word in said for word in ("pe\u00f1a", "pena", "jos"))
    assert len(district("case", "list", "--json").json["items"]) == 2


@pytest.mark.parametrize(
    "who",
    [
        {**WHO, "birth_date": "2010-05-30"},
        {**WHO, "legal_name": "Ana Peña Ruiz"},
        {"birth_date": WHO["birth_date"]},
        {"legal_name": WHO["legal_name"]},
    ],
)
def test_another_day_or_name_says_nothing(district: Run, who: dict[str, str]) -> None:
    opened(district, **WHO)
    assert "the same birth date" not in opened(district, **who).err


def test_a_script_reads_it_in_the_record(district: Run) -> None:
    first = ref_of(opened(district, **WHO))
    made = district(*LINE, "--json", given=WHO)
    assert (made.json["alike"], made.err) == ([first], "")


def test_a_closed_case_is_offered_to_be_reopened(district: Run) -> None:
    first = ref_of(opened(district, **WHO))
    assert district("case", "close", first, "--reason", "moved").code == 0
    assert f"it is closed: reintegrate case reopen {first}" in opened(district, **WHO).err


def test_a_name_that_comes_later_is_compared_then(district: Run) -> None:
    first, other = ref_of(opened(district, **WHO)), ref_of(opened(district))
    edited = district("case", "edit", other, given=WHO)
    assert f"case {first} has the same birth date and name" in edited.err
    assert "the same birth date" not in district("case", "edit", other, "--grade", "9").err


@pytest.mark.parametrize(("answer", "count"), [("no", 1), ("yes", 2)])
def test_at_a_terminal_it_is_asked_before_it_is_saved(
    district: Run, monkeypatch: pytest.MonkeyPatch, answer: str, count: int
) -> None:
    first = ref_of(opened(district, **WHO))
    monkeypatch.setenv("REINTEGRATE_PLAIN", "1")
    child = pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", *LINE],
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=60,
    )
    for answer_before in ("", "Jose Pena", "2010-05-31", "", ""):
        child.expect(r"leaves it out\): ")
        child.sendline(answer_before)
    child.expect(f"case {first} has the same birth date and name")
    child.expect("save it anyway")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    assert len(district("case", "list", "--json").json["items"]) == count
