"""When a class meets, as rosters write it; text that makes no sense never means "apart"."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reintegrate_cli.nouns.roster.periods import meet, parse

Told = list[tuple[str, str | None]]


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("3", [("3", None)]),
        ("03", [("3", None)]),
        ("1,4", [("1", None), ("4", None)]),
        ("1; 4", [("1", None), ("4", None)]),
        ("1 4", [("1", None), ("4", None)]),
        ("Period 3", [("3", None)]),
        ("P3", [("3", None)]),
        ("per. 3", [("3", None)]),
        ("1-3", [("1", None), ("2", None), ("3", None)]),
        ("3-1", [("3-1", None)]),
        ("HR", [("hr", None)]),
        ("Block  A", [("block a", None)]),
        ("1(A-B) 3(A)", [("1", "AB"), ("3", "A")]),
        ("1(A-B)3(A)", [("1", "AB"), ("3", "A")]),
        ("1(A,C-E),2(b)", [("1", "ACDE"), ("2", "B")]),
        ("1-2(A)", [("1", "A"), ("2", "A")]),
        ("4(1-6)", [("4", "123456")]),
        ("4(M,W)", [("4", "MW")]),
        ("1(A) 1(B)", [("1", "A"), ("1", "B")]),
        ("1(A) 1(A)", [("1", "A")]),
    ],
)
def test_what_is_understood(text: str, slots: Told) -> None:
    assert [
        (slot.period, slot.days and "".join(sorted(slot.days))) for slot in parse(text)
    ] == slots


@pytest.mark.parametrize(
    "text", ["4(M-F)", "4(MWF)", "4(F-A)", "4(Mon)", "4()", "4(A-)", "4(odd days)"]
)
def test_days_that_are_not_understood_are_every_day(text: str) -> None:
    (slot,) = parse(text)
    assert (slot.period, slot.days) == ("4", None)
    assert meet(parse(text), parse("4(T)"))


@pytest.mark.parametrize("text", ["", "  ", "(A)", "1(A", "1(A))", "A) 2", "1(A(B))", ",;"])
def test_a_period_that_is_not_understood_may_be_any(text: str) -> None:
    assert parse(text) == ()
    assert meet(parse(text), parse("5"))
    assert meet(parse("5"), parse(text))


@pytest.mark.parametrize(
    ("times", "others", "together"),
    [
        ("1", "1", True),
        ("1", "2", False),
        ("01", "P1", True),
        ("1(A)", "1(B)", False),
        ("1(A)", "1", True),
        ("1(A-B) 3(A)", "3(B)", False),
        ("1(A-B) 3(A)", "2,3(A)", True),
        ("1-3", "2", True),
        ("HR", "hr", True),
        ("", "", True),
    ],
)
def test_two_classes_at_the_same_time(times: str, others: str, together: bool) -> None:
    assert meet(parse(times), parse(others)) is together
    assert meet(parse(others), parse(times)) is together


@given(st.text(alphabet=string.digits + "ABCM()-, ;Pp", max_size=30))
def test_any_text_is_read_and_meets_itself(text: str) -> None:
    assert meet(parse(text), parse(text))


def test_very_many_periods_are_none_that_are_known() -> None:
    assert parse(",".join(map(str, range(100)))) == ()
