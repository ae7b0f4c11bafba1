"""Those who left: nothing new goes to them, and what is still theirs is named (law 8)."""

import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pexpect
import pytest

from conftest import Run
from reintegrate_cli import catalogue
from reintegrate_cli.core.errors import Missing, Refused
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.records import (
    SLUGS,
    WORK,
    Holder,
    Person,
    Sensitivity,
    Slug,
    Staffer,
    Who,
    Worker,
    fields_of,
    is_form,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line import forms as inputs
from reintegrate_cli.line.forms import Input
from reintegrate_cli.line.looking import Lookup
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.verbs import Filters, Verb
from reintegrate_cli.nouns.mou import record as mous
from test_heeding import every
from test_release import signed

GONE, TODAY = date(2026, 10, 1), date(2026, 10, 5)
# Fields of records that name no work of anybody's: keys, partners, cases, and who did something.
NO_WORK = {
    "abuser_check_by",
    "agencies",
    "agency",
    "answers",
    "approved_by",
    "asked_by",
    "by",
    "care",
    "case",
    "cases",
    "concern",
    "confirmed_by",
    "decided_by",
    "done_by",
    "ended_by",
    "entered_by",
    "handed_over_by",
    "heard_by",
    "holder",
    "id",
    "incident",
    "judged_by",
    "lead",
    "lifted_by",
    "moved_by",
    "noted_by",
    "noticed_by",
    "other",
    "partner",
    "policy",
    "protocol",
    "ref",
    "release",
    "released_by",
    "releases",
    "renewed_by",
    "renews",
    "replaces",
    "resolved_by",
    "revoked_by",
    "schedule",
    "set_by",
    "slug",
    "source",
    "staff",
    "targeted",
    "tasks",
    "to",
    "who_moves",
    "whose",
    "wish",
    "wish_of",
}
# Staff whom a record is about, with nothing for them to do.
TOLD_OF = {("trainings", "staff"), ("transfers", "contact")}


def given_fields(form: type) -> Iterator[Input]:
    for item in inputs.inputs_of(form):
        if is_form(item.type):
            yield from given_fields(item.type)
        else:
            yield item


def slug_fields() -> Iterator[tuple[Verb, Input]]:
    for verb in every().values():
        if verb.form is not None and not issubclass(verb.form, Filters):
            for item in given_fields(verb.form):
                if item.type in (*SLUGS, Who):
                    yield verb, item


def test_law_8_every_slug_that_a_verb_takes_says_whose_it_is() -> None:
    bare = [(verb.command, item.key) for verb, item in slug_fields() if item.type is Slug]
    assert bare == []


def test_every_field_of_a_record_that_names_anybody_is_their_work_or_is_named_here() -> None:
    for table, row in catalogue.TABLES.items():
        if not row.kind or catalogue.NOUN_OF[table] == "history":
            continue
        module = load(catalogue.module_of(table))
        for spec in fields_of(getattr(module, row.kind)):
            if spec.sensitivity is Sensitivity.REF and WORK not in spec.notes:
                assert spec.key in NO_WORK or (table, spec.key) in TOLD_OF, (table, spec.key)


@pytest.fixture
def left(district: Run, case: str) -> str:
    """A case, and hale, who left on 1 October."""
    assert district("staff", "add", "hale", "--role", "specialist").code == 0
    assert district("staff", "end", "hale").code == 0
    return case


def test_law_8_nothing_new_goes_to_somebody_who_left_by_any_field_of_any_verb(
    district: Run, left: str
) -> None:
    tried = set()
    with session.reading() as store:
        for verb, item in slug_fields():
            looked = Lookup(verb.noun, verb.function, {"ref": left})
            values: dict[str, Any] = {item.name: "hale"}
            if item.type in (Worker, Holder, Who):
                with pytest.raises(Refused) as refused:
                    looked._name(store, item, "hale", {**values, "with_": "staff"}, GONE)
                assert (refused.value.rule, refused.value.fields) == ("K11", (item.key,))
            elif item.type in (Staffer, Person):
                looked._name(store, item, "hale", values, GONE)
                with pytest.raises(Refused):
                    looked._name(store, item, "hale", values, TODAY)
            with pytest.raises(Missing):
                looked._name(store, item, "nobody", {"with_": "partner"}, GONE)
            tried.add(item.type)
    assert tried == {*SLUGS, Who} - {Slug}


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("task add --due fri --owner hale", {"text": "x"}),
        ("case edit REF --owner hale", {}),
        ("case add --school Juniper --setting home --owner hale", {}),
        ("checkin schedule REF --with staff --who hale --mode phone", {}),
        ("need add REF --area health --staff hale", {}),
        ("connection add REF --kind adult --place school --staff hale", {}),
        ("contact set REF", {"mode": "via_staff", "via": "hale"}),
        ("safety add REF", {"with_student": True, "goals": "x", "given_to": ["hale"]}),
        (
            "adjustment add REF --change quiet_exit --ends-on +2w --agreed-by-student yes "
            "--teacher hale",
            {},
        ),
        ("vault key add --recovery-to NEW --for hale", {}),
        ("task done T1 --by hale --on 2026-10-02", {}),
        ("incident review REF I1 --by hale", {"finding": "x"}),
    ],
)
def test_on_the_line_it_is_refused_and_nothing_is_written(
    district: Run, left: str, line: str, given: dict[str, Any], tmp_path: Path
) -> None:
    assert district("task", "add", "--due", "fri", given={"text": "x"}).code == 0
    seen = {"observed": "x", "likely_need": "escape", "response": "x", "helped": "x"}
    assert district("incident", "add", left, given=seen).code == 0
    before = district("history", "--json").json["items"]
    words = [*line.replace("REF", left).replace("NEW", str(tmp_path / "new")).split(), "--json"]
    refused = district(*words, today="2026-10-05", **({"given": given} if given else {}))
    assert (refused.code, refused.error["rule"]) == (4, "K11"), refused.err
    assert district("history", "--json").json["items"] == before
    assert not (tmp_path / "new").exists()


def test_what_somebody_did_before_they_left_is_still_entered(district: Run, left: str) -> None:
    assert district("task", "add", "--due", "fri", given={"text": "x"}).code == 0
    done = ("task", "done", "T1", "--by", "hale", "--on", "2026-10-01")
    assert district(*done, today="2026-10-05").code == 0
    assert district("task", "list", "--owner", "hale").code == 0


def test_leaving_names_what_is_still_theirs(district: Run, case: str) -> None:
    assert district("staff", "add", "hale", "--role", "specialist").code == 0
    other = ("case", "add", "--school", "Juniper", "--setting", "home", "--owner", "HALE", "--json")
    second, closed = (district(*other).json["ref"] for _ in range(2))
    assert district("partner", "add", "HARBOR", "--kind", "other", "--regime", "none").code == 0
    for line in (
        ["checkin", "schedule", case, "--with", "staff", "--who", "hale", "--mode", "phone"],
        ["checkin", "schedule", case, "--with", "staff", "--who", "lee", "--mode", "phone"],
        ["need", "add", case, "--area", "health", "--staff", "hale"],
        ["need", "add", case, "--area", "transport", "--partner", "HARBOR"],
        ["connection", "add", case, "--kind", "adult", "--place", "school", "--staff", "hale"],
        [
            "adjustment",
            "add",
            case,
            "--change",
            "quiet_exit",
            "--ends-on",
            "+2w",
            "--agreed-by-student",
            "yes",
            "--teacher",
            "hale",
            "--teacher",
            "lee",
        ],
    ):
        assert district(*line).code == 0, line
    assert district("contact", "set", case, given={"mode": "via_staff", "via": "hale"}).code == 0
    plan = {
        "with_student": True,
        "goals": "x",
        "given_to": ["hale", "lee"],
        "photo_held_by": "hale",
    }
    assert district("safety", "add", case, given=plan).code == 0
    for text in ("one", "two"):
        task = ("task", "add", "--due", "fri", "--owner", "hale", "--case", case)
        assert district(*task, given={"text": text}).code == 0
    assert district("task", "done", "T2", "--by", "hale").code == 0
    assert district("checkin", "end", case, "S2").code == 0
    assert district("case", "close", closed, "--reason", "moved").code == 0
    ended = district("staff", "end", "hale", "--json")
    assert ended.code == 0
    theirs = [
        (one["noun"], one["case"], one["id"], one["field"]) for one in ended.json["still_theirs"]
    ]
    assert sorted(theirs, key=str) == sorted(
        [
            ("adjustment", case, "A1", "teachers"),
            ("case", second, None, "owner"),
            ("connection", case, "X1", "who"),
            ("contact", case, None, "via"),
            ("need", case, "U1", "who"),
            ("safety plan", case, None, "given_to"),
            ("safety plan", case, None, "photo_held_by"),
            ("schedule", case, "S1", "who"),
            ("task", case, "T1", "owner"),
        ],
        key=str,
    )
    assert ended.json["slug"] == "hale"
    told = district("staff", "end", "hale").out.splitlines()
    first = next(nth for nth, line in enumerate(told) if line.startswith("still theirs"))
    rows = [line.removeprefix("still theirs").strip() for line in told[first:][: len(theirs)]]
    for row in (f"case {second} (owner)", f"schedule {case}/S1 (who)", f"task {case}/T1 (owner)"):
        assert row in rows


def test_leaving_with_nothing_open_says_so_in_json(district: Run) -> None:
    assert district("staff", "end", "lee", "--json").json["still_theirs"] == []


# Before the first question.


def test_law_8_every_argument_that_names_a_record_says_where_it_is_looked_up() -> None:
    unsaid = {
        (verb.command, one.name)
        for verb in every().values()
        if verb.form is not None
        for one in verb.parameters()
        if isinstance(one.said, Argument) and not one.said.finds
    }
    # A slug that is new, and what only one place of the code can read.
    assert unsaid == {
        ("partner add", "slug"),
        ("fund source", "slug"),
        ("concern look", "mitigation"),
        ("roster import", "path"),
        ("training import", "file"),
        ("training set", "school"),
        ("protocol add", "slug"),
        ("staff add", "slug"),
        ("vault hold", "action"),
        ("vault hold", "id_"),
    }


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("wish add ZZZZ", "there is no case ZZZZ"),
        ("release add REF --partner NOBODY", "there is no partner NOBODY"),
        ("task add --owner nobody", "there is no member of staff nobody"),
        ("adjustment extend REF A9", "there is no adjustment"),
        ("mou review NOBODY", "there is no partner NOBODY"),
        ("incident review REF I9", "there is no incident"),
        ("partner edit NOBODY", "there is no partner NOBODY"),
        ("need add REF --care K9", "there is no person on the care team"),
        ("conference outcome O9", "there is no conference O9"),
        ("case note REF9", "there is no"),
    ],
)
def test_law_8_at_a_terminal_a_wrong_name_is_said_before_the_first_question(
    district: Run, case: str, line: str, said: str
) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", *line.replace("REF", case).split()],
        env=dict(os.environ),
        encoding="utf-8",
        timeout=20,
    )
    child.expect(pexpect.EOF)
    child.close()
    lines = [one for one in str(child.before).splitlines() if one.strip()]
    assert child.exitstatus == 5, lines
    assert lines[0].startswith(said.replace("REF", case)), lines


# What a command makes for somebody by itself.


def test_what_a_command_makes_for_an_owner_who_left_is_yours(district: Run, case: str) -> None:
    assert district("staff", "add", "hale", "--role", "specialist").code == 0
    assert district("partner", "add", "MERID", "--kind", "other", "--regime", "none").code == 0
    assert district("case", "edit", case, "--owner", "hale").code == 0
    assert signed(district, case).code == 0
    mou = (
        "mou",
        "add",
        "MERID",
        "--effective",
        "2026-01-01",
        "--ends",
        "2026-12-31",
        "--owner",
        "hale",
    )
    assert district(*mou, given=dict.fromkeys(mous.DEMANDED, "x")).code == 0
    assert district("contact", "set", case, given={"mode": "via_staff", "via": "hale"}).code == 0
    assert district("incident", "removal", case, "--days", "11").code == 0
    assert district("staff", "end", "hale").code == 0
    review = ("incident", "review", case, "I1", "--by", "lee", "--manifestation", "yes")
    assert district(*review, given={"finding": "x"}).code == 0
    assert district("release", "revoke", case, "L1", "--by", "student").code == 0
    assert district("mou", "renew", "M1", "--target", "2026-11-30").code == 0
    told = district("contact", "set", case, given={"mode": "via_staff"})
    assert "hale has left" in told.err
    owners = [one["owner"] for one in district("task", "list", "--json").json["items"]]
    assert owners == ["okafor"] * 4
    assert district("mou", "show", "M2", "--json").json["owner"] == "okafor"
    left = district("staff", "end", "hale", "--json").json["still_theirs"]
    assert [(one["noun"], one["field"]) for one in left] == [("case", "owner"), ("MOU", "owner")]
