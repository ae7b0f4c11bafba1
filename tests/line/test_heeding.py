"""Live wishes and the verbs that touch them: a law over all verbs there are (W1, clause 22)."""

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from conftest import Run
from filling import DEMANDED
from reintegrate_cli import catalogue
from reintegrate_cli.line import forms as inputs
from reintegrate_cli.line import typed

# INTERFACE: the subjects, and nothing else. ``*`` is the verb itself, the rest fields of its form.
SUBJECTS: dict[str, dict[str, str]] = {
    "adjustment add": {"*": "adjustment"},
    "adjustment end": {"*": "adjustment"},
    "adjustment extend": {"*": "adjustment"},
    "care family": {"*": "contact"},
    "case close": {"*": "schedule"},
    "case edit": {"school": "placement", "setting": "placement"},
    "case pause": {"*": "schedule"},
    "case step-down": {"*": "schedule"},
    "case transfer": {"*": "placement"},
    "checkin decline": {"next": "schedule"},
    "checkin done": {"next": "schedule"},
    "checkin edit": {"*": "schedule", "mode": "contact"},
    "checkin end": {"*": "schedule"},
    "checkin move": {"*": "schedule"},
    "checkin pause": {"*": "schedule"},
    "checkin schedule": {"*": "schedule", "mode": "contact"},
    "concern mitigate": {"*": "separation"},
    "conference add": {"*": "release"},
    "contact set": {"*": "contact"},
    "credit set": {"route": "placement"},
    "disclose": {"*": "release"},
    "disclosure add": {"*": "release"},
    "placement decide": {"*": "placement"},
    "placement dispute": {"*": "placement"},
    "placement draft": {"*": "placement"},
    "placement record": {"*": "placement"},
    "placement review": {"*": "placement"},
    "release add": {"*": "release"},
    "separation add": {"*": "separation"},
    "separation end": {"*": "separation"},
    "separation review": {"*": "separation"},
}
# Every other verb touches nothing that a student may have a wish about. That of a new noun may be
# said here or above, or in the test of the noun: NO_SUBJECT = "add list".
NONE = """
    about:
    adjustment: accept list review slip
    agenda:
    attendance: flag resolve list
    care: add edit list end hearing
    case: add list show timeline reveal note rights resume reopen handover
    closure: add list remove
    checkin: attempt cancel conferrals list miss resume schedules
    completion:
    conference: list packet outcome prepare
    connection: add edit end list
    contact: plan confirm verify
    credit: add done end list show
    crisis:
    demo:
    disclosure: list verify
    doctor:
    find:
    goal: add step done end list
    guide:
    help:
    history:
    incident: add review removal list
    init:
    lock:
    mou: add draft sign renew edit review test end list show
    need: add edit done end list
    partner: coverage search add list show edit attest
    referral: add agree accept decline visit confirm end list
    release: revoke list show
    remind: remind preview setup status
    safety: add review show
    schema:
    settle:
    setback: log recover list
    staff: add edit list show end
    task: add show edit done list
    today:
    undo:
    unlock:
    vault: export import status verify backup restore hold purge key seat
    wish: add edit list outcome
"""


def names(text: str) -> set[str]:
    found: set[str] = set()
    for line in filter(None, text.strip().splitlines()):
        noun, _, verbs = line.strip().partition(":")
        found |= {f"{noun} {name}" for name in verbs.split()} or {noun}
    return {" ".join(dict.fromkeys(name.split())) for name in found}


def said_by_the_nouns() -> Iterator[str]:
    """Give what the test of a noun says of verbs that touch no subject."""
    for noun in catalogue.BY_NAME:
        if (Path(__file__).parents[1] / "nouns" / f"test_{noun}.py").exists():
            verbs = getattr(import_module(f"test_{noun}"), "NO_SUBJECT", "")
            yield f"\n{noun}: {verbs}" if verbs else ""


def every() -> Mapping[str, Any]:
    found = {}
    for noun in typed.NOUNS:
        for name, verb in typed.verbs_of(noun).items():
            found[noun if noun == name else f"{noun} {name}"] = verb
    return found


def test_law_7_every_verb_has_the_subject_that_interface_gives_it_or_none() -> None:
    said = {}
    for name, verb in every().items():
        about = {"*": verb.about} if verb.about else {}
        if about or verb.fields_about:
            said[name] = about | dict(verb.fields_about)
    assert said == SUBJECTS
    # A report changes nothing; each is a file that no list names.
    reports = {name for name, verb in every().items() if verb.noun == "report"}
    assert reports.isdisjoint(said)
    assert set(every()) - set(said) - reports == names(NONE + "".join(said_by_the_nouns()))


def test_every_verb_with_a_subject_takes_what_heeding_asks_for_and_no_other_does() -> None:
    for name, verb in every().items():
        keys = {item.key for item in inputs.inputs_of(verb.form)} if verb.form else set()
        assert {"honors", "despite"} <= keys if name in SUBJECTS else "honors" not in keys, name
        assert "reason" in keys or name not in SUBJECTS, name


def wished(run: Run, ref: str, about: str) -> None:
    made = run("wish", "add", ref, "--about", about, "--heard-by", "lee", given={"words": "no"})
    assert made.code == 0, made.err


@pytest.fixture
def ready(district: Run, case: str) -> str:
    """A case in which each of these verbs has something to change."""
    agreed = (
        "--with",
        "student",
        "--every",
        "1w",
        "--day",
        "tue",
        "--mode",
        "in_person",
        "--chosen-by",
        "student",
        "--chosen-on",
        "today",
        "--starts",
        "2026-10-06",
    )
    for line in (
        ["checkin", "schedule", case, *agreed],
        ["care", "add", case, "--role", "caregiver"],
        ["partner", "add", "MERID", "--kind", "mental_health", "--regime", "ferpa"],
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
        ],
    ):
        assert district(*line).code == 0
    assert district("release", "add", case, given=RELEASE).code == 0
    policy = ("protocol", "add", "LUNCH", "--kind", "policy", "--topic", "mou", "--version", "1")
    assert district(*policy, given={"title": "x", "steps": ["x"]}).code == 0
    apart = apart_from(another(district))
    assert district("separation", "add", case, given=apart).code == 0
    assert district("staff", "add", "hale", "--role", "specialist").code == 0
    assert district("concern", "add", case, given=DEMANDED["concern add"]).code == 0
    decide = ("concern", "decide", case, "C1", "--outcome", "substantiated", "--by", "hale")
    assert district(*decide, given={"reason": "x"}).code == 0
    return case


def another(run: Run) -> str:
    """Open one more case."""
    made = run("case", "add", "--school", "Juniper", "--setting", "home", "--json")
    ref: str = made.json["ref"]
    return ref


def apart_from(other: str) -> dict[str, Any]:
    """Say what ``separation add`` takes; the other one moves."""
    days = {"review_on": "2026-10-15", "ends_on": "2026-11-12"}
    return {"other": other, "who_moves": other, "policy": "LUNCH", "wish_words": "x", **days}


RELEASE: dict[str, Any] = {
    "partner": "MERID",
    "records": ["attendance"],
    "purpose": "coordination",
    "method": "phone",
    "signed_on": "2026-10-01",
    "signers": [{"role": "parent"}],
    "assent": "yes",
    "discussed_on": "2026-10-01",
    "alternatives_considered": "x",
    "abuser_check_by": "lee",
}
PLACEMENT: dict[str, Any] = {
    "option": "home_supports",
    "reasons": ["supports"],
    "review_on": "2026-11-20",
    "wish_words": "x",
    "alternatives": [{"option": "home"}],
    "return_criteria": "x",
}
# A line for every field and verb with a subject, and what else it reads.
LINES: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "adjustment",
        "adjustment add REF",
        "--change quiet_exit --ends-on +2w --agreed-by-student no",
        {},
    ),
    ("adjustment", "adjustment end REF A1", "", {}),
    ("adjustment", "adjustment extend REF A1", "--ends-on +3w", {"reason": "x"}),
    ("contact", "care family REF K1", "--appropriate no --decided-by lee", {}),
    ("schedule", "case close REF", "--reason goals_met", {}),
    ("placement", "case edit REF", "--school Juniper", {}),
    ("placement", "case edit REF", "--setting home_supports", {}),
    ("schedule", "case pause REF", "--reason court", {}),
    ("schedule", "case step-down REF", "--reason calm", {}),
    ("placement", "case transfer REF", "--school Juniper", {}),
    ("schedule", "checkin decline REF", "--next 2026-10-20", {}),
    ("schedule", "checkin done REF", "--next 2026-10-20", {}),
    ("schedule", "checkin edit REF S1", "--every 2w", {}),
    ("contact", "checkin edit REF S1", "--mode phone", {}),
    ("schedule", "checkin end REF S1", "--asked-by lee", {"reason": "x"}),
    (
        "schedule",
        "checkin move REF",
        "--on 2026-10-06 --to 2026-10-07 --asked-by lee",
        {"reason": "x"},
    ),
    ("schedule", "checkin pause REF S1", "--asked-by lee", {"reason": "court"}),
    (
        "schedule",
        "checkin schedule REF",
        "--with student --every 2w --mode phone --chosen-by caregiver --chosen-on today",
        {},
    ),
    (
        "contact",
        "checkin schedule REF",
        "--with student --every 2w --mode phone --chosen-by caregiver --chosen-on today",
        {},
    ),
    (
        "separation",
        "concern mitigate REF C1",
        "--type schedule --owner lee --review +2w --ends +3w",
        {},
    ),
    ("release", "conference add", "--on fri --agency MERID --case REF", {}),
    ("contact", "contact set REF", "", {"mode": "student_initiates"}),
    ("placement", "credit set REF", "--route ged", {}),
    ("release", "disclose REF", "--to MERID", {}),
    ("release", "disclosure add REF", "--to MERID", {}),
    ("placement", "placement decide REF", "", PLACEMENT),
    ("placement", "placement dispute REF", "", {"reason": "x"}),
    ("placement", "placement draft REF", "", {"wish_words": "x"}),
    ("release", "release add REF", "", RELEASE),
    ("separation", "separation add REF", "", {"other": "OTHER"}),
    ("separation", "separation end REF SP1", "", {}),
    ("separation", "separation review REF SP1", "--next 2026-11-12", {}),
]
# Entries of what already happened are not stopped.
NEVER_STOPPED = {("placement record", "placement"), ("placement review", "placement")}


def test_there_is_a_line_for_every_subject() -> None:
    tried = {(re.sub("( REF)?( [A-Z]+1)?$", "", line), about) for about, line, _, _ in LINES}
    assert tried | NEVER_STOPPED == {
        (name, about) for name, fields in SUBJECTS.items() for about in fields.values()
    }


@pytest.mark.parametrize(
    ("about", "line", "options", "fields"), LINES, ids=[f"{one[1]} {one[0]}" for one in LINES]
)
def test_law_7_a_live_wish_stops_it_until_it_is_honored_or_gone_against(
    district: Run, ready: str, about: str, line: str, options: str, fields: dict[str, Any]
) -> None:
    wished(district, ready, "other")
    if "other" in fields:
        fields = apart_from(another(district))
    words = f"{line} {options}".replace("REF", ready).split()
    wished(district, ready, about)
    before = district("case", "show", ready, "--json").json
    refused = district(*words, "--json", given=fields or {"honors": []})
    assert (refused.code, refused.error["rule"]) == (4, "W1"), refused.err
    assert f"{ready}/W2" in refused.err
    both = district(*words, "--honors", "W2", "--despite", f"{ready}/w2", given=fields)
    assert both.code == 2
    assert district(*words, "--honors", "W9", given=fields).code == 5
    after = district("case", "show", ready, "--json").json
    for part in before:  # a refused disclosure leaves its entries in the log, and nothing more
        assert after[part] == before[part] or (part == "disclosures" and about == "release")
    gone_on = district(*words, "--honors", f"{ready}/w2", given=fields)
    assert gone_on.code == 0, gone_on.err
    kept = district("case", "show", ready, "--json").json["wishes"]
    assert [one["honored"] for one in kept if one["id"] == "W1"] == [[]]
    honored = next(one["honored"] for one in kept if one["id"] == "W2")
    command = (
        line.replace(" REF", "").rpartition(" ")[0] if line[-1] == "1" else line.replace(" REF", "")
    )
    assert [(one["command"], one["by"]) for one in honored] == [(command, "okafor")]


@pytest.mark.parametrize(
    ("line", "options", "fields"),
    [
        (
            "checkin schedule REF",
            "--with student --every 2w --mode phone --chosen-by student --chosen-on today",
            {},
        ),
        ("checkin edit REF S1", "--every 2w --mode phone --chosen-by student", {}),
        ("checkin move REF", "--on 2026-10-06 --to 2026-10-07 --asked-by student", {}),
        ("case pause REF", "--by student", {}),
        ("case step-down REF", "--by student", {}),
        ("case close REF", "--reason student_stopped --by student", {}),
        ("case close REF", "--reason died", {}),
        ("care family REF K1", "--appropriate yes --decided-by student", {}),
        ("release revoke REF L1", "--by student", {}),
        (
            "disclose REF",
            "--to MERID --basis court_order --records credits --method phone",
            {"document": "the order of 5 October"},
        ),
        ("disclose REF", "--to MERID --kind request", {}),
        ("checkin done REF", "--on 2026-10-01 --mode phone", {}),
        ("checkin done REF", "--next auto", {}),
        ("case edit REF", "--grade 11", {}),
        ("credit set REF", "--route diploma", {}),
        ("checkin schedule REF", "--with staff --who lee --mode phone", {}),
        ("placement decide REF", "--by student", PLACEMENT),
        (
            "placement record REF",
            "--option ged --on 2026-09-01 --made-by school --known-at-time no",
            {},
        ),
    ],
)
def test_what_the_student_chose_and_what_nobody_chose_is_not_stopped(
    district: Run, ready: str, line: str, options: str, fields: dict[str, Any]
) -> None:
    for about in ("placement", "schedule", "contact", "release", "adjustment"):
        wished(district, ready, about)
    done = district(*f"{line} {options}".replace("REF", ready).split(), given=fields)
    assert done.code == 0, done.err


def test_an_id_that_fits_several_cases_is_named_with_its_case(district: Run, ready: str) -> None:
    other = district("case", "add", "--school", "Juniper", "--setting", "home", "--json").json[
        "ref"
    ]
    wished(district, ready, "release")
    wished(district, other, "release")
    add = (
        "conference",
        "add",
        "--on",
        "fri",
        "--agency",
        "MERID",
        "--case",
        ready,
        "--case",
        other,
    )
    assert district(*add).code == 4
    assert district(*add, "--honors", "W1").code == 2
    assert district(*add, "--honors", f"{ready}/W1").code == 4
    why = {"despite": [f"{other}/W1"], "honors": [f"{ready}/W1"], "reason": "the court asked"}
    assert district(*add, given=why).code == 0


def test_the_timeline_tells_which_command_honored_a_wish(district: Run, ready: str) -> None:
    wished(district, ready, "placement")
    assert district("case", "edit", ready, "--setting", "home_supports", "--honors", "W1").code == 0
    told = [row["what"] for row in district("case", "timeline", ready, "--json").json["items"]]
    assert "honored by case edit" in told
