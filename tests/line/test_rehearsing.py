"""What is known from the line is said before the first question, whichever verb it is."""

import os
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

from conftest import Run
from filling import DEMANDED, filled, line_of
from reintegrate_cli.catalogue import NOUNS
from reintegrate_cli.core import unasked
from reintegrate_cli.line import asking, speech, typed
from reintegrate_cli.line.forms import inputs_of
from reintegrate_cli.line.verbs import Verb
from test_bounds import Kept
from test_conformance import full as full

VERBS = [
    verb
    for noun in NOUNS
    for verb in typed.verbs_of(noun.name).values()
    if verb.form is not None and "given" in verb.forms and verb.rehearses
]


def sit_down(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Be at a terminal from here on, where the first question is the end; return what is asked."""
    asked: list[str] = []

    def answer(question: Any, **_: Any) -> str:
        if speech.current.unheard:  # it is only tried
            raise unasked.Unanswered
        asked.append(question.label)
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(asking, "answer", answer)
    return asked


def test_whatever_looks_at_an_answer_that_is_not_given_stops_there() -> None:
    for look in (
        bool,
        str,
        len,
        list,
        int,
        lambda one: one == "x",
        lambda one: one in ("x", None),
        lambda one: {one: 1},
        lambda one: one < 3,
        lambda one: one > 3,
        lambda one: one.year,
        lambda one: one + "x",
        lambda one: "x" in one,
        lambda one: f"{one}",
        lambda one: one[0],
    ):
        with pytest.raises(unasked.Unanswered):
            look(unasked.UNASKED)
    assert unasked.UNASKED is not None
    assert not isinstance(unasked.UNASKED, str | tuple)


def options(verb: Verb, keys: dict[str, Any]) -> list[str]:
    """Give what a rule demands on the line, as far as it may stand there."""
    assert verb.form is not None
    asked = [item for item in inputs_of(verb.form) if item.key in keys and item.is_option]
    pairs = [
        (item.option, "yes" if one is True else str(one))
        for item in asked
        for one in (keys[item.key] if item.repeated else [keys[item.key]])
    ]
    return [word for pair in pairs for word in pair]


SETUP: list[tuple[tuple[str, ...], dict[str, Any] | None]] = [
    (("partner", "add", "HARBOR", "--kind", "other", "--regime", "ferpa"), None),
    (("partner", "add", "MERID", "--kind", "other", "--regime", "ferpa"), None),
    (("care", "add", "CASE", "--role", "caregiver"), {"name": "x"}),
    (
        ("mou", "add", "HARBOR", "--effective", "2026-09-01", "--ends", "2027-08-31"),
        dict.fromkeys(
            (
                "purpose",
                "services",
                "referral_protocol",
                "confidentiality",
                "release_process",
                "contacts",
            ),
            "x",
        ),
    ),
    (("wish", "add", "CASE", "--about", "release", "--heard-by", "lee"), {"words": "tell nobody"}),
]
REFUSED = [
    # The line, the exit code, and the rule.
    (
        ("checkin", "schedule", "CASE", "--with", "caregiver", "--who", "K1", "--every", "1w"),
        4,
        "E9",
    ),
    (("checkin", "done", "CASE"), 5, "has no schedule"),
    (("safety", "review", "CASE"), 5, "has no safety plan"),
    (("partner", "add", "HARBOR"), 2, "already"),
    (("staff", "add", "lee"), 2, "already"),
    (("cover", "add", "lee", "--by", "lee"), 2, "nobody covers for themselves"),
    (("checkin", "schedule", "CASE", "--with", "staff"), 2, "missing: --who"),
    (("incident", "removal", "CASE", "--proposed"), 4, "H1"),
    (("mou", "sign", "M1"), 2, "signed or ended already"),
    (("mou", "sign", "M1", "--effective", "2026-10-01", "--ends", "2026-09-01"), 2, "--ends"),
    (("release", "add", "CASE", "--partner", "HARBOR", "--partner", "MERID"), 4, "A4"),
]


@pytest.mark.parametrize(
    ("line", "code", "said"),
    REFUSED,
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else None,
)
def test_a_rule_that_needs_no_answer_is_said_before_the_first_question(
    district: Run,
    case: str,
    line: tuple[str, ...],
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for made, given in SETUP:
        done = district(*(case if word == "CASE" else word for word in made), given=given)
        assert done.code == 0, done.err
    sit_down(monkeypatch)
    ended = district(*(case if word == "CASE" else word for word in line))
    assert (ended.code, said in ended.err) == (code, True), ended.err


@pytest.mark.usefixtures("full")
def test_a_verb_that_would_be_done_is_never_refused_before_it_is_asked_for(
    district: Run, full: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a verb does with its form, an answer that is still to come refuses nothing."""
    kept, compared, told = Kept(tmp_path), 0, []
    for verb in VERBS:
        assert verb.form is not None
        line, keys = line_of(verb, full), DEMANDED.get(verb.command, {})
        done = district(*line, "--json", given=filled(verb.form, full, keys))
        kept.put_back()
        if done.code != 0:
            continue
        compared += 1
        with monkeypatch.context() as there:
            asked = sit_down(there)
            tried = district(*line, *options(verb, keys))
            if not (tried.code == 0 or asked):
                told.append((verb.command, tried.err))
        kept.put_back()
    assert told == []
    assert compared > 60


def test_whether_there_are_code_words_is_not_told_before_one_is_typed(
    district: Run, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = sit_down(monkeypatch)
    assert district("contact", "verify", case).code == 130
    assert asked == ["the word that was said"]


def test_live_wishes_are_shown_before_the_first_question(
    district: Run, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for made, given in SETUP:
        done = district(*(case if word == "CASE" else word for word in made), given=given)
        assert done.code == 0, done.err
    line = ("release", "add", case, "--partner", "HARBOR")
    with monkeypatch.context() as there:
        asked = sit_down(there)
        stopped = district(*line)
    assert (stopped.code, "tell nobody" in stopped.err) == (130, True)
    assert asked == ["does this honor it, or go against it"]
    child = pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", "case", "step-down", case],
        env=dict(os.environ),
        encoding="utf-8",
        timeout=30,
    )
    child.expect("step down")  # it is about no release
    child.expect(pexpect.EOF)
    answers = [
        ("does this honor it", "despite\r"),
        ("why, in a sentence", "The clinic asked, and they agreed.\x04"),
        ("1 of ", "1\r"),
    ]
    child = pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", *line],
        env=dict(os.environ),
        encoding="utf-8",
        timeout=30,
    )
    for label, answer in answers:
        child.expect(label)
        child.send(answer)
    child.expect("2 of ")
    child.send("\x03")
    child.expect("throw away|interrupted")
    child.close(force=True)


def test_what_is_tried_before_a_question_is_neither_kept_nor_said(
    district: Run, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = district("history", "--json").json["items"]
    with monkeypatch.context() as there:
        asked = sit_down(there)
        stopped = district("case", "note", case)
    assert (stopped.code, asked) == (130, ["what was seen, heard or done"])
    assert "education record" not in stopped.err
    assert stopped.out == ""
    assert district("history", "--json").json["items"] == before
    assert district("case", "show", case, "--json").json["notes"] == []
