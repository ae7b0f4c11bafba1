"""Names and words compared as people write them, by everything that compares any (law 12)."""

import unicodedata
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.core import language
from reintegrate_cli.core.comparing import folded, same_person
from reintegrate_cli.core.errors import Refused
from reintegrate_cli.nouns.care.record import CareMember
from reintegrate_cli.nouns.contact import reaching
from reintegrate_cli.nouns.contact import record as contact
from reintegrate_cli.nouns.disclosure import grounds, packets
from reintegrate_cli.nouns.release import signing
from reintegrate_cli.nouns.release.record import Signer

# Each pair is one word, typed in two ways.
SAME = [
    ("José Peña", "Jose\u0301 Pen\u0303a"),
    ("José Peña", "JOSE PENA"),
    ("O'Dell", "O\u2019Dell"),
    ("O'Dell", "o\u02bcdell"),
    ("O'Dell", "O\u00b4Dell"),
    ("Al-Amin", "Al\u2011Amin"),
    ("Al-Amin", "al\u2013amin"),
    ("Anna Maria", "Anna\u00a0\u2003Maria"),
    ("Reed", "\uff32\uff45\uff45\uff44"),
    ("Reed", "Re\u00aded"),
    ("Reed", "Re\u200bed\ufeff"),
    ("Straße", "STRASSE"),
    ("Čapek", "C\u030capek"),
    ("Łukasz Yıldız", "LUKASZ YILDIZ"),
    ("Йован", "И\u0306ОВАН"),
]


def barred(one: str, other: str) -> bool:
    father = CareMember(case="HX4T", id="K1", role="caregiver", barred=True, name=one)
    try:
        signing.check_not_barred(Signer(role="parent", name=other), [father])
    except Refused:
        return True
    return False


def kinder(one: str, other: str) -> bool:
    listed = language.Words({one: "say what was seen"}, (one,))
    return bool(language.suggestions(f"seen: {other}.", listed)) and language.tells_status(
        f"({other})", listed
    )


def must_not_know(one: str, other: str) -> bool:
    made = contact.SafeContact(
        case="HX4T", mode="we_contact", set_on=date(2026, 10, 1), must_not_know=(one,)
    )
    return contact.knows(made, other) == "no"


def name_not_to_use(one: str, other: str) -> bool:
    made = contact.SafeContact(
        case="HX4T", mode="we_contact", set_on=date(2026, 10, 1), name_not_to_use=one
    )
    method = contact.Method(
        kind="phone", value="1", voicemail="agreed_words", wording=f"a call for {other}, thanks"
    )
    try:
        reaching.check_method(method, made, ())
    except Refused:
        return True
    return False


READERS: list[Callable[[str, str], bool]] = [
    barred,
    kinder,
    must_not_know,
    name_not_to_use,
    lambda one, other: contact.same_word(contact.seal_word(one), other),
    lambda one, other: folded(one) == folded(other),
]


@pytest.mark.parametrize("reads", READERS)
@pytest.mark.parametrize(("one", "other"), SAME)
def test_law_12_every_reader_takes_the_two_for_one(
    reads: Callable[[str, str], bool], one: str, other: str
) -> None:
    assert reads(one, other)
    assert reads(other, one)
    assert not reads(one, "Hannah Ives")


@pytest.mark.parametrize(("one", "other"), SAME)
def test_find_takes_them_for_one_and_looks_into_lists(
    district: Run, case: str, one: str, other: str
) -> None:
    assert district("case", "note", case, given={"text": f"met with {one} at noon"}).code == 0
    plan = {"with_student": True, "goals": "x", "safe_places": [f"the porch of {one}"]}
    assert district("safety", "add", case, given=plan).code == 0
    found = district("find", "--json", given={"text": other}).json["items"]
    assert [(row["noun"], row["field"]) for row in found] == [
        ("notes", "text"),
        ("safety", "safe_places"),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tom Reed", "Reed, Tom"),
        ("Tom Reed", "T. Reed"),
        ("Tom Reed", "Mr. Reed"),
        ("Tom Reed", "Thomas Tom Reed"),
        ("Sean O'Dell", "ODell"),
        ("Mary-Ann Ives", "Mary Ann Ives"),
        ("Al-Amin", "AlAmin"),
    ],
)
def test_a_name_is_known_in_the_ways_in_which_people_write_it(one: str, other: str) -> None:
    assert same_person(one, other)
    assert same_person(other, one)


@pytest.mark.parametrize(
    ("one", "other"), [("Tom Reed", "Ann Reed"), ("Tom Reed", "Tim Reed"), ("Mr.", "Mr.")]
)
def test_another_name_is_another_person(one: str, other: str) -> None:
    assert not same_person(one, other)


def test_a_word_of_assent_is_read_however_it_is_typed() -> None:
    assert signing.read_assent("\uff2e\uff4f.")[0] is None
    assert signing.read_assent("No!")[0] is None
    assert signing.read_assent("\u00a0YES ")[0] == "yes"
    assert signing.read_assent("yes, but not my address") == ("limits", "yes, but not my address")
    assert not grounds.says_something("\uff33afety")


def test_another_students_ref_is_left_out_of_a_packet_however_it_is_typed() -> None:
    named = packets._naming({"Q7ZC"})
    assert named is not None
    for text in ("with q7zc", "\uff31\uff17\uff3a\uff23", "Q7\u200bZC"):
        assert named.search(folded(text))


@given(text=st.text())
@example("\u0345")
@example("\u1e9e\u0130")
def test_what_is_compared_is_the_same_for_every_way_of_composing_it(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    for form in ("NFC", "NFD"):
        assert folded(unicodedata.normalize(form, text)) == once


def test_somebody_barred_on_the_list_of_those_who_pick_up_is_said(district: Run, case: str) -> None:
    assert (
        district("care", "add", case, "--role", "caregiver", given={"name": "José Peña"}).code == 0
    )
    family = (
        "care",
        "family",
        case,
        "K1",
        "--appropriate",
        "no",
        "--decided-by",
        "lee",
        "--barred",
    )
    assert district(*family).code == 0
    plan = {"with_student": True, "goals": "x", "pick_up": [{"name": "Mr. PENA"}]}
    made = district("safety", "add", case, given=plan)
    assert (made.code, "K1, who is barred" in made.err, "Pe" in made.err) == (0, True, False)
    other = district("safety", "review", case, given={"pick_up": [{"name": "Ana Ruiz"}]})
    assert (other.code, "barred" in other.err) == (0, False)
