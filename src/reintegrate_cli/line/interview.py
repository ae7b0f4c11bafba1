"""Filling a form at the terminal, and mending it where a command was refused.

The fields of a form say what is asked, in which order and what fits. When a rule refuses, the
fields that it names are asked again, with what was answered in place; all else stays.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from reintegrate_cli.core.calendar import explain
from reintegrate_cli.core.errors import Busy, Interrupted, Problem
from reintegrate_cli.core.hints import PROSE
from reintegrate_cli.core.records import Clock, Sensitivity, is_form
from reintegrate_cli.kept import session
from reintegrate_cli.line import asking, offers, speech
from reintegrate_cli.line.forms import Input, inputs_of
from reintegrate_cli.line.questions import Check, Question
from reintegrate_cli.line.reading import LOOKED_UP, Reading, convert, to_ask

Before = Callable[[Mapping[str, Any]], None]
_YES, _STOP = ("yes", "no"), "stop"


def fill(
    form: type,
    reading: Reading,
    before: Before | None = None,
    wrong: Collection[str] = (),
    *,
    within: str = "",
    private: bool = False,
) -> None:
    """Ask for what the line does not say; or for what was wrong, and for nothing else.

    Args:
        form: the class of the form.
        reading: what was read, to which the answers are added.
        before: looks up what a form names, by field.
        wrong: the fields that are asked again.
        within: where the form stands among the questions of another one.
        private: whether that one keeps it from the eyes of others.
    """
    # The vault is opened before the first question, so that a mistyped passphrase costs
    # nobody what they wrote.
    _ = session.current.bundle
    asked = [item for item in inputs_of(form) if item.name in wrong] or to_ask(form, reading)
    for at, item in enumerate(asked, 1):
        place = f"{at} of {len(asked)}" if len(asked) > 1 else ""
        place = ", ".join(filter(None, (within, place)))
        if is_form(item.type):
            made = _several(item, reading, place)
            if made:
                reading.values[item.name] = made
            continue
        former = reading.answers.pop(item.name, _said(item, reading.values.pop(item.name, None)))
        asked_for = question_of(item, place, former, _check(item, reading, before), private=private)
        answer = asking.answer(asked_for, hidden=item.is_hidden)
        if answer:
            reading.answers[item.name] = answer
            value = convert(item, answer, session.today(), Reading(), typed=False)
            reading.values[item.name] = value
    if not within:
        speech.write("\n")  # what comes of it stands apart from the questions


def question_of(
    item: Input, place: str, former: str, check: Check, *, private: bool = False
) -> Question:
    """Return the question that asks for a field: all of it follows from the declaration.

    Args:
        item: the field.
        place: where it stands among the others.
        former: what was answered before.
        check: reads an answer.
        private: whether the form that it stands in is kept from the eyes of others.
    """
    is_text = PROSE in item.hints
    return Question(
        item.help or item.key.replace("_", " "),
        place,
        several=is_text,
        choices=_YES if item.type is bool else item.choices,
        many=item.repeated and not is_text,
        needed=item.required,
        private=private or item.sensitivity >= Sensitivity.PRIVATE,
        text=former,
        check=check,
        understood=check if item.type in (date, Clock) else None,
        offers=offers.at_prompt(item),
    )


def _check(item: Input, reading: Reading, before: Before | None) -> Check:
    """Return what reads an answer, looks up what it names, and says how it is understood."""

    def check(text: str) -> str:
        made = Reading()
        value = convert(item, text, session.today(), made, typed=False, label="")
        if before is not None and item.type in LOOKED_UP:
            before({**reading.values, item.name: value})
        told = [explain(when, session.today()) for _, when in made.understood]
        return ", ".join([*told, *(f"{years} years ago" for _, years in made.ages)])

    return check


def _said(item: Input, value: Any) -> str:
    """Return a value of the line as it might be typed at a prompt."""
    if value is None or item.is_hidden:
        return ""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _several(item: Input, reading: Reading, place: str) -> tuple[Any, ...]:
    """Ask for the forms inside a form, one after another, until there is no more of them."""
    inner: list[Reading] = []
    private = item.sensitivity >= Sensitivity.PRIVATE
    names = [each.name for each in inputs_of(item.type)]
    for former in reading.inner.pop(item.name, []):
        if not _says_yes(item, place, "keep it as it is", "yes"):
            fill(item.type, former, wrong=names, within=place, private=private)
        inner.append(former)
    first = "yes" if item.required else "no"
    while _says_yes(item, place, *(("add one more", "no") if inner else ("add one", first))):
        inner.append(Reading())
        fill(item.type, inner[-1], within=place, private=private)
    reading.inner[item.name] = inner
    return tuple(item.type(**each.values) for each in inner)


def _says_yes(item: Input, place: str, what: str, default: str) -> bool:
    question = Question(f"{item.help}: {what}", place, choices=_YES, default=default)
    return asking.answer(question) == "yes"


def goes_on(form: type, problem: BaseException) -> bool:
    """Return whether a command is to be tried again, with what was typed at hand.

    Args:
        form: the class of the command's form.
        problem: why it was not kept.

    Raises:
        Interrupted: the person stopped.
    """
    dialog, reading = asking.dialog(), speech.current.reading
    if session.current.committed or reading is None:
        return False
    if not (reading.answers or dialog.is_long()):
        return False
    dialog.texts_before, dialog.texts, dialog.wrong = dialog.texts, [], frozenset()
    if isinstance(problem, KeyboardInterrupt):
        return not problem.args and dialog.is_long() and not asking.gives_up()
    if isinstance(problem, Interrupted) or not isinstance(problem, Problem):
        return False
    if isinstance(problem, Busy):
        speech.tell(problem)
        again = Question("what you typed is still here; try again", choices=_YES, default="yes")
        return asking.answer(again) == "yes"
    items = [item for item in inputs_of(form) if _is_one_of(item, problem.fields)]
    if items:
        speech.tell(problem)
    elif dialog.is_long():
        items = [_asked_which(form, reading, problem)]
    dialog.wrong = frozenset(item.name for item in items)
    return bool(items)


def _is_one_of(item: Input, fields: Iterable[str]) -> bool:
    return not {item.name, item.option, *item.keys}.isdisjoint(fields)


def _asked_which(form: type, reading: Reading, problem: Problem) -> Input:
    """Ask which answer is to be another one, where what is wrong names no field."""
    items = {item.key: item for item in inputs_of(form) if item.name in reading.values}
    speech.tell(problem)
    choices = {key: item.help for key, item in items.items()} | {_STOP: "save nothing"}
    question = Question(
        "which answer do you want to change", choices=tuple(choices), about=choices, needed=True
    )
    with suppress(EOFError, KeyboardInterrupt):
        chosen = asking.put(question)
        if chosen != _STOP:
            return items[chosen]
    raise Interrupted("stopped; nothing was saved")
