"""What usually follows a write is said after it: the next date, and what is typed then."""

from collections.abc import Iterator

import pytest

from conftest import Run
from reintegrate_cli import catalogue
from reintegrate_cli.line import typed
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.verbs import Verb

NOTHING_FOLLOWS = {
    "attendance flag",  # its row on the agenda is told
    "case note",
    "conference add",
    "connection add",
    "credit add",
    "disclosure add",
    "staff add",
}
"""Adding verbs after which nothing need be typed, and whose record may have no date."""
ADDING = ("add", "log", "flag", "draft")


def verbs() -> Iterator[Verb]:
    for noun in catalogue.BY_NAME:
        yield from typed.verbs_of(noun).values()


def test_what_is_typed_then_is_a_verb_and_takes_what_it_is_given() -> None:
    told = [(verb.command, line) for verb in verbs() for line in verb.then]
    assert ("case add", "contact set {ref}") in told
    for command, line in told:
        noun, *rest = line.split()
        found = typed.verbs_of(noun)
        name = (
            noun
            if noun in found
            else next(
                each
                for each in sorted(found, key=len, reverse=True)
                if " ".join(rest).startswith(each)
            )
        )
        takes = [one for one in found[name].parameters() if isinstance(one.said, Argument)]
        given = [word for word in rest if word.startswith("{")]
        options = {word for word in rest if word.startswith("--")}
        names = {
            one.said.name for one in found[name].parameters() if not isinstance(one.said, Argument)
        }
        assert options <= names, (command, line)
        needed = sum(one.required for one in takes)
        assert needed <= len(given) - len(options) <= len(takes), command


def test_every_noun_whose_records_have_dates_tells_them_and_the_others_say_what_follows() -> None:
    """Law: a verb that adds has a date to tell, or says what is typed then."""
    for verb in verbs():
        if verb.name in ADDING and not verb.is_list:
            dated = any(table.dated for table in catalogue.BY_NAME[verb.noun].tables)
            assert dated or verb.then or verb.command in NOTHING_FOLLOWS, verb.command


def test_after_a_case_the_two_things_that_come_first(district: Run) -> None:
    made = district("case", "add", "--school", "Ridgeline", "--setting", "home")
    ref = made.out.split()[1]
    assert made.err.splitlines()[-2:] == [
        f"then: reintegrate contact set {ref}",
        f"then: reintegrate checkin schedule {ref}",
    ]


def test_after_an_agreement_and_a_contact_the_next_date(district: Run, case: str) -> None:
    line = ("--with", "student", "--every", "1w", "--day", "thu", "--mode", "in-person")
    chosen = ("--chosen-by", "student", "--chosen-on", "today")
    agreed = district("checkin", "schedule", case, *line, *chosen)
    assert agreed.err.splitlines()[-1] == "next: student check-in Thu 1 Oct 2026, today"
    met = district("checkin", "done", case)
    assert met.err.splitlines() == ["next: Thu 8 Oct 2026, in 7 days"]


def test_after_a_task_its_day_and_after_a_hearing_too(district: Run, case: str) -> None:
    due = ("task", "add", "--due", "2026-10-08", "--case", case)
    assert "next: task T1 Thu 8 Oct 2026, in 7 days" in district(*due, given={"text": "x"}).err
    hearing = ("care", "add", case, "--role", "attorney", "--next-hearing", "2026-10-20")
    assert "next: hearing Tue 20 Oct 2026, in 19 days" in district(*hearing).err
    late = ("task", "add", "--due", "2026-09-08", "--case", case)
    assert "next:" not in district(*late, given={"text": "x"}).err


def test_a_script_that_asked_for_json_is_not_spoken_to(district: Run, case: str) -> None:
    due = ("task", "add", "--due", "2026-10-08", "--case", case, "--json")
    made = district(*due, given={"text": "x"})
    assert (made.code, made.err) == (0, "")


def test_the_day_of_rights_is_not_told_at_intake(district: Run) -> None:
    line = ("case", "add", "--school", "Ridgeline", "--setting", "home")
    made = district(*line, given={"birth_date": "2009-01-21"})
    assert made.code == 0
    assert "rights" not in made.err


@pytest.mark.parametrize("verb", ["list", "schedules"])
def test_what_only_shows_says_nothing(district: Run, case: str, verb: str) -> None:
    assert "next:" not in district("checkin", verb).err
