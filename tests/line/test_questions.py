"""Laws over all that is asked for: every field of every verb, whoever declares the next one."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reintegrate_cli.catalogue import NOUNS
from reintegrate_cli.core.hints import PROSE
from reintegrate_cli.core.records import Sensitivity, is_form
from reintegrate_cli.line import interview, prompts, typed
from reintegrate_cli.line.forms import Input, inputs_of
from reintegrate_cli.line.questions import Question, one_of, shown
from reintegrate_cli.nouns.wish import record

CANARY = "canary one\ncanary two"
PLACE = "16 of 16"


def fields(form: type) -> Iterator[tuple[str, Input]]:
    for item in inputs_of(form):
        if is_form(item.type):
            yield from fields(item.type)
        else:
            yield f"{form.__name__}.{item.name}", item


def every_field() -> dict[str, Input]:
    verbs = [verb for noun in NOUNS for verb in typed.verbs_of(noun.name).values()]
    return dict(pair for verb in verbs if verb.form for pair in fields(verb.form))


def question(item: Input, **more: Any) -> Question:
    return interview.question_of(item, PLACE, "", lambda _: "canary three", **more)


NO_FIELD_MENDS = {
    ("care/record.py", "E9"),  # somebody is barred, or has to be asked first
    ("contact/reaching.py", "D1"),  # the student has to be asked first, or waits
    ("contact/reaching.py", "D2"),
    ("contact/reaching.py", "D3"),
    ("contact/reaching.py", "E9"),
    ("contact/verbs.py", "D8"),  # a word that was heard is no answer to be mended
    ("referral/record.py", "A10"),
    ("safety/record.py", "paper"),
}


def test_a_rule_that_refuses_names_the_fields_that_are_asked_again() -> None:
    nouns = Path(record.__file__).parents[1]
    unnamed = set()
    for path in nouns.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused":
                given = {word.arg: ast.unparse(word.value).strip("'") for word in node.keywords}
                if "fields" not in given:
                    unnamed.add((path.relative_to(nouns).as_posix(), given["rule"]))
    assert {one for one in unnamed if one[1] != "rule"} <= NO_FIELD_MENDS


FIELDS = every_field()


def test_every_question_and_what_is_pressed_there_fit_on_a_line() -> None:
    asked = {name: question(item) for name, item in FIELDS.items()}
    assert [name for name, one in asked.items() if len(f"{one.prompt}: ") >= 80] == []
    assert [name for name, one in asked.items() if len(one.help) >= 78] == []


def test_every_listed_value_is_chosen_by_its_name_and_by_its_number() -> None:
    for name, item in FIELDS.items():
        for number, choice in enumerate(item.choices, 1):
            assert one_of(shown(choice), item.choices) == choice, name
            assert one_of(choice.upper(), item.choices) == choice, name
            if not any(each.isdigit() for each in item.choices):
                assert one_of(str(number), item.choices) == choice, name


def test_what_is_private_is_not_left_on_the_screen_and_what_is_secret_is_never_on_it() -> None:
    for name, item in FIELDS.items():
        told = prompts.summed_up(question(item), CANARY, "canary three")
        stays = item.sensitivity < Sensitivity.PRIVATE and PROSE not in item.hints
        assert ("canary" in told) == stays, name
        within = prompts.summed_up(question(item, private=True), CANARY, "canary three")
        assert "canary" not in within, name
        assert item.is_hidden == (item.sensitivity >= Sensitivity.SECRET), name
