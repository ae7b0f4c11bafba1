"""Every field that a record may do without can be emptied by the edit of its noun (law 6)."""

from datetime import date
from typing import Any

import pytest

from conftest import Run
from reintegrate_cli import catalogue
from reintegrate_cli.core.hints import CHANGE
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import defaults_of, fields_of
from reintegrate_cli.kept import session
from reintegrate_cli.kept.records import KINDS
from reintegrate_cli.line import typed
from reintegrate_cli.line.clearing import clearable
from reintegrate_cli.line.forms import inputs_of
from reintegrate_cli.line.verbs import Verb
from reintegrate_cli.nouns.checkin.record import Terms
from test_canaries import filled, load
from test_conformance import full

__all__ = ["full"]

# What adds a record or edits it, by one name (``fund source``), is tried in the test of its noun.
EDITS = [
    verb
    for noun in catalogue.BY_NAME
    for verb in typed.verbs_of(noun).values()
    if verb.edits and verb.name == "edit"
]
NOUNS = {verb.noun for verb in EDITS}


def own(verb: Verb) -> type:
    """Give the form of an edit, as its noun declares it."""
    form: type = verb.function.__annotations__["given"]
    return form


def test_every_edit_says_what_it_edits() -> None:
    found = {noun for noun in catalogue.BY_NAME if "edit" in typed.verbs_of(noun)}
    assert found == {verb.noun for verb in EDITS if verb.name == "edit"}
    assert {"case", "staff", "partner", "checkin", "care", "task", "wish", "mou"} <= NOUNS


@pytest.mark.parametrize("verb", EDITS, ids=lambda verb: verb.noun)
def test_law_6_what_an_edit_gives_and_a_record_may_do_without_can_be_cleared(verb: Verb) -> None:
    names = {item.name for item in clearable(own(verb), verb.edits)}
    given = {item.name for item in inputs_of(own(verb)) if CHANGE not in item.hints}
    for kind in verb.edits:
        for name in given & defaults_of(kind).keys():
            assert name in names, name
    assert verb.form is not None
    offered = next(item for item in inputs_of(verb.form) if item.name == "clear")
    assert set(offered.choices) == {item.key for item in clearable(own(verb), verb.edits)}


def table_of(kind: type) -> str:
    """Name the table that keeps records of a class."""
    return next(name for name, said in KINDS.items() if load(said) is kind)


# The first record that an edit changes is the noun's own.
TABLE = {verb.noun: table_of(verb.edits[0]) for verb in EDITS}


def key_of(noun: str) -> list[str]:
    """Give what names the record of a noun on the line."""
    table = catalogue.TABLES[TABLE[noun]]
    named = {"case": "HX4T", "ref": "HX4T", "slug": "okafor", "id": f"{table.id}1"}
    return [named[field] for field in table.key]


CLEARS = [(verb, item) for verb in EDITS for item in clearable(own(verb), verb.edits)]


@pytest.fixture
def kept(district: Run) -> Run:
    """One record of each noun that has an edit, with a value in every field that can be cleared."""
    session.begin(None, None)
    with session.writing("case add") as store:
        for table in (*TABLE.values(), "identities"):
            store.table(table).put(ready(store.kind_of(table), table))
    return district


def ready(kind: type, table: str) -> Any:
    """Make a record that is still open, so that an edit may change it."""
    made = filled(kind, table)
    names = {spec.name for spec in fields_of(kind)}
    open_ = {
        name: None for name in ("ended_on", "done_on", "proposed", "signed_on") if name in names
    }
    more: dict[str, Any] = {
        "schedules": {
            "with_": "staff",
            "who": "okafor",
            "at": "10:00",
            "chosen_by": "staff",
            "pauses": (),
            "purpose": "x",
            "earlier": (),
        },
        "needs": {"through": "staff", "who": "okafor", "every": "1w"},
        "wishes": {"outcome": "open"},
        "care": {"review_on": date(2026, 11, 9)},
        "partners": {"ages": "12-21"},
        "mous": {"renewed_by": None},
    }.get(table, {})
    if table == "schedules":
        more["terms"] = replace(
            made.terms,
            every="1w",
            day="tue",
            anchor="calendar",
            window=2,
            later_every=None,
            later_on=None,
        )
    return replace(made, **open_, **more)


def value(verb: Verb, name: str) -> Any:
    """Give what is kept of a field of the record that was edited."""
    with session.reading() as store:
        table = (
            "identities"
            if name in {one.name for one in fields_of(verb.edits[-1])} and (len(verb.edits) > 1)
            else TABLE[verb.noun]
        )
        (record,) = (
            one for one in store.table(table).all() if getattr(one, "slug", "okafor") == "okafor"
        )
        return getattr(record if hasattr(record, name) else record.terms, name)


def default(verb: Verb, name: str) -> Any:
    kinds = (*verb.edits, Terms)
    return next(defaults_of(kind)[name] for kind in kinds if name in defaults_of(kind))


@pytest.mark.parametrize("how", ["--clear", "null"])
@pytest.mark.parametrize(
    ("verb", "item"), CLEARS, ids=lambda one: getattr(one, "key", getattr(one, "noun", ""))
)
def test_law_6_a_field_is_cleared(kept: Run, verb: Verb, item: Any, how: str) -> None:
    names = item.fills or (item.name,)
    before = [value(verb, name) for name in names]
    assert before != [default(verb, name) for name in names], "there is nothing to clear"
    line = [verb.noun, verb.name, *key_of(verb.noun)]
    if item.key in ("partner", "care") and verb.noun == "need":
        assert kept(*line, "--clear", item.key).code == 2  # a member of staff delivers it
        return
    if how == "null":
        ended = kept(*line, given={item.key: None})
    else:
        ended = kept(*line, "--clear", item.key.replace("_", "-"))
    assert ended.code == 0, ended.err
    for name in names:
        assert value(verb, name) == default(verb, name), name


def test_what_is_never_empty_is_not_cleared_nor_what_is_given_at_once(kept: Run) -> None:
    for noun, key in (("case", "school"), ("partner", "kind"), ("task", "text"), ("staff", "role")):
        line = (noun, "edit", *key_of(noun))
        assert kept(*line, "--clear", key).code == 2
        never = kept(*line, "--json", given={key: None})
        assert (never.code, never.error["fields"]) == (2, [key])
    line = ("case", "edit", "HX4T")
    assert kept(*line, "--clear", "grade", "--grade", "10").code == 2
    assert kept(*line, given={"clear": ["grade"], "grade": "10"}).code == 2
    assert kept(*line, "--clear", "the grade").code == 4  # no words on the line
    assert kept(*line, "--clear", "grade,moved-on", "--clear", "disability").code == 0
    (row,) = kept("case", "list", "--json").json["items"]
    assert row["grade"] is None


def test_an_option_names_its_field_too(kept: Run) -> None:
    assert kept("mou", "edit", "M1", "--clear", "area", "--clear", "review").code == 0
    shown = kept("mou", "show", "M1", "--json").json
    assert (shown["areas"], shown["review_on"]) == ([], None)


def test_a_signed_mou_keeps_the_clauses_without_which_none_is_signed(kept: Run) -> None:
    with session.writing("mou sign") as store:
        (mou,) = store.table("mous").all()
        signed = replace(mou, signed_on=date(2026, 9, 1), review_on=date(2026, 12, 1))
        store.table("mous").put(signed)
    refused = kept("mou", "edit", "M1", "--json", given={"confidentiality": None})
    assert (refused.code, refused.error["rule"]) == (4, "J2")
    assert kept("mou", "edit", "M1", given={"insurance": None, "review_on": None}).code == 0
    # Somebody still has to agree on the day of the next review.
    rows = kept("agenda", "--days", "90", "--kind", "mou", "--json").json["items"]
    assert "2026-12-01" in {row["due_on"] for row in rows}


def test_what_the_student_chose_is_not_emptied_without_their_word_or_a_reason(
    district: Run, case: str
) -> None:
    line = (
        "checkin",
        "schedule",
        case,
        "--with",
        "student",
        "--every",
        "1w",
        "--mode",
        "phone",
        "--at",
        "10:00",
        "--chosen-by",
        "student",
        "--chosen-on",
        "today",
    )
    assert district(*line).code == 0
    edit = ("checkin", "edit", case, "S1", "--clear", "at", "--json")
    refused = district(*edit)
    assert (refused.code, refused.error["rule"]) == (4, "E1")
    asked = district(*edit, "--chosen-by", "student", "--chosen-on", "today")
    assert asked.code == 0, asked.err
    (row,) = district("checkin", "schedules", "--json").json["items"]
    assert row["at"] is None


def test_a_wish_that_was_not_honored_whole_keeps_what_it_takes(district: Run, case: str) -> None:
    line = ("wish", "add", case, "--about", "placement", "--heard-by", "lee")
    assert district(*line, given={"words": "I want to stay"}).code == 0
    said = {
        "outcome": "deferred",
        "decided_by": "lee",
        "told_on": "2026-10-01",
        "revisit_on": "2026-11-09",
        "reason": "no seat yet",
    }
    assert district("wish", "outcome", case, "W1", given=said).code == 0
    refused = district("wish", "edit", case, "W1", "--clear", "revisit-on", "--json")
    assert (refused.code, refused.error["rule"]) == (4, "W2")
    beside = {"words": "I want to stay, and see my counselor", "heard_by": "lee"}
    assert district("wish", "edit", case, "W1", given=beside).code == 0
    shown = district("case", "show", case)
    for text in ("I want to stay", "and see my counselor", "no seat yet"):
        assert text in shown.out
    (wish,) = district("case", "show", case, "--json").json["wishes"]
    assert wish["words"] == "I want to stay"
    assert [one["words"] for one in wish["amendments"]] == [beside["words"]]
    timeline = district("case", "timeline", case, "--json").json["items"]
    assert beside["words"] in {row["text"] for row in timeline}
