"""A student is never without a school: who answers for them, transfers, and rights to enroll."""

from typing import Any

import pytest

from conftest import Run
from filling import DEMANDED, filled, line_of
from reintegrate_cli.core.addresses import tells_address, texts
from reintegrate_cli.core.records import Sensitivity
from reintegrate_cli.kept import session
from reintegrate_cli.line import forms as inputs
from reintegrate_cli.line import typed
from test_conformance import full

__all__ = ["full"]
ADDRESS = "she sleeps at 12 Elm Street, with her aunt"


def rows(run: Run, ref: str, today: str = "") -> list[tuple[str, str]]:
    line = ("agenda", "--kind", "school", "--case", ref, "--days", "60", "--json")
    return [(row["due_on"], row["source"]) for row in run(*line, today=today).json["items"]]


def tasks(run: Run, ref: str) -> list[str]:
    shown = run("agenda", "--kind", "task", "--case", ref, "--days", "60", "--json")
    return [row["due_on"] for row in shown.json["items"]]


def test_somebody_at_the_school_answers_from_the_first_day(district: Run, case: str) -> None:
    assert rows(district, case) == []
    shown = district("case", "show", case, "--json").json
    assert shown["enrollment"]["school_contact"] == "okafor"
    named = district("case", "edit", case, "--school-contact", "lee", "--json")
    assert (named.code, named.json["school_contact"]) == (0, "lee")
    assert rows(district, case) == []
    assert district("staff", "end", "lee", "--on", "2026-10-01").code == 0
    assert rows(district, case, "2026-10-05") == [("2026-10-01", f"{case}/school")]
    assert district("case", "edit", case, "--school-contact", "okafor").code == 0
    assert rows(district, case, "2026-10-05") == []


def test_without_a_contact_the_agenda_asks_from_that_day_on(district: Run, case: str) -> None:
    assert district("case", "edit", case, "--clear", "school_contact").code == 0
    assert rows(district, case) == [("2026-10-01", f"{case}/school")]
    assert rows(district, case, "2026-10-09") == [("2026-10-01", f"{case}/school")]
    line = ("agenda", "--kind", "school", "--case", case, "--json")
    (row,) = district(*line, today="2026-10-09").json["items"]
    assert (row["state"], row["command"]) == (
        "overdue",
        f"reintegrate case edit {case} --school-contact SLUG",
    )
    assert district("case", "edit", case, "--school-contact", "nobody").code == 5


def test_a_transfer_leaves_the_setting_and_waits_for_its_handover(district: Run, case: str) -> None:
    given = {"note": "she wants them to know of the quiet room, and nothing else"}
    line = ("case", "transfer", case, "--school", "Juniper", "--contact", "lee", "--json")
    moved = district(*line, given=given)
    assert moved.code == 0, moved.err
    assert (moved.json["from_school"], moved.json["school"]) == ("Ridgeline", "Juniper")
    assert moved.json["note"] == "[private]"
    (case_row,) = district("case", "list", "--json").json["items"]
    assert (case_row["school"], case_row["setting"]) == ("Juniper", "home")
    assert rows(district, case) == [("2026-10-01", f"{case}/TF1")]
    assert district("case", "transfer", case, "--school", "juniper").code == 2
    done = district("case", "handover", case, "--json", today="2026-10-02")
    assert (done.code, done.json["handed_over_on"]) == (0, "2026-10-02"), done.err
    assert rows(district, case, "2026-10-02") == []
    assert district("case", "handover", case, "--json").code == 5
    assert "quiet room" in district("case", "show", case).out


def test_older_notes_are_folded_away_at_the_new_school_and_can_be_opened(
    district: Run, case: str
) -> None:
    for on, text in (("2026-05-04", "an old story"), ("2026-09-08", "she likes the library")):
        assert district("case", "note", case, "--on", on, given={"text": text}).code == 0
    assert len(district("case", "show", case, "--json").json["notes"]) == 2
    moved = ("case", "transfer", case, "--school", "Juniper", "--contact", "lee")
    assert district(*moved, given={}).code == 0
    shown = district("case", "show", case, "--json").json
    assert [note["on"] for note in shown["notes"]] == ["2026-09-08"]
    assert shown["earlier_notes"] == 1
    lines = district("case", "show", case).out
    assert "an old story" not in lines
    assert f"reintegrate case show {case} --earlier" in " ".join(lines.split())
    for line, notes in (((), 1), (("--earlier",), 2)):
        told = district("case", "timeline", case, *line, "--json").json["items"]
        assert [row["kind"] for row in told].count("note") == notes
    opened = district("case", "show", case, "--earlier", "--json").json
    assert [note["on"] for note in opened["notes"]] == ["2026-05-04", "2026-09-08"]


def test_it_says_of_what_is_open_whether_it_goes_along(district: Run, case: str) -> None:
    wish = ("wish", "add", case, "--about", "schedule", "--heard-by", "lee")
    assert district(*wish, given={"words": "x"}).code == 0
    assert district("partner", "add", "MERID", "--kind", "health", "--regime", "ferpa").code == 0
    release: dict[str, Any] = {
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
    assert district("release", "add", case, given=release).code == 0
    assert district("staff", "edit", "okafor", "--school", "Ridgeline").code == 0
    moved = district("case", "transfer", case, "--school", "Juniper", "--json", given={})
    carried = [(each["kind"], each["id"], each["becomes"]) for each in moved.json["carried"]]
    assert carried == [
        ("owner", "okafor", "stays"),
        ("release", "L1", "goes_along"),
        ("wish", "W1", "goes_along"),
    ]
    # Nobody is named at the new school.
    assert (("2026-10-01", f"{case}/school")) in rows(district, case)


def test_a_right_to_enroll_at_once_makes_its_four_tasks_once(district: Run, case: str) -> None:
    for flags in ({"housing": "mckinney_vento"}, {"foster": True}):
        assert district("case", "edit", case, given=flags).code == 0
        assert tasks(district, case) == ["2026-10-01", "2026-10-01", "2026-10-02", "2026-10-02"]
    moved = ("case", "transfer", case, "--school", "Juniper", "--contact", "lee")
    assert district(*moved, given={}, today="2026-10-09").code == 0
    assert len(tasks(district, case)) == 8  # the new school has its own
    opened = ("case", "add", "--school", "Ridgeline", "--setting", "home", "--json")
    ref = district(*opened, given={"housing": "mckinney_vento"}).json["ref"]
    assert len(tasks(district, ref)) == 4


def test_the_flags_are_private(district: Run, case: str) -> None:
    given = {"housing": "mckinney_vento", "liaison": "Ms. Ortiz", "acp": True}
    edited = district("case", "edit", case, "--json", given=given)
    assert "Ortiz" not in edited.out + edited.err
    enrollment = district("case", "show", case, "--json").json["enrollment"]
    assert (enrollment["housing"], enrollment["acp"]) == ("mckinney_vento", True)
    assert district("case", "edit", case, "--housing", "stable").code == 4


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("12 Elm Street", True),
        ("1400 N Main St, Apt 4", True),
        ("at 7b Old Mill Lane", True),
        ("Alder Creek, JF 12345", True),
        ("PO Box 1110, Jefferson", False),
        ("there 8 days of 10; 2 miles on the way home", False),
        ("on 20 October the court sat; room 12", False),
        ("period 3, lane 4 of the pool", False),
        ("2026-10-01", False),
    ],
)
def test_what_tells_where_somebody_lives(text: str, tells: bool) -> None:
    assert tells_address(text) == tells


def test_no_field_of_any_noun_takes_an_address_of_a_protected_student(
    district: Run, full: str
) -> None:
    """C9: a law over every text field of every verb; what is kept is read, and not what is said."""
    assert district("case", "edit", full, given={"acp": True}).code == 0
    tried = refused = 0
    for noun in typed.NOUNS:
        for verb in typed.verbs_of(noun).values():
            places = [each.said for each in verb.parameters()]
            if verb.form is None or not any(
                getattr(said, "finds", "") == "cases" for said in places
            ):
                continue
            base = filled(verb.form, full, DEMANDED.get(verb.command, {}))
            for item in inputs.inputs_of(verb.form):
                if item.type is not str or item.sensitivity < Sensitivity.PRIVATE:
                    continue
                given = {**base, item.key: [ADDRESS] if item.repeated else ADDRESS}
                ended = district(*line_of(verb, full), "--json", given=given)
                tried += 1
                refused += ended.code == 4 and ended.error["rule"] == "C9"
                assert ended.code != 1, ended.err
    assert tried > 60
    assert refused > 40
    session.begin(None, None)
    with session.reading() as store:
        for table in ("notes", "wishes", "placements", "tasks", "contact", "transfers", "safety"):
            for row in store.shelf.rows(table):
                assert not any("Elm" in text for text in texts(dict(row))), table
        assert not any("Elm" in text for row in store.shelf.rows("values") for text in texts(row))
