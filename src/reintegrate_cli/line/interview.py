"""Filling a form at the terminal.

The fields of a form say what is asked, in which order and what fits. What is answered is kept
with what was read of the form, so that a stop or a fault in the middle loses none of it.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from reintegrate_cli.core.calendar import explain
from reintegrate_cli.core.errors import Problem
from reintegrate_cli.core.hints import PROSE
from reintegrate_cli.core.labels import told
from reintegrate_cli.core.records import Clock, Moment, Sensitivity, is_form
from reintegrate_cli.kept import session
from reintegrate_cli.line import asking, offers, speech
from reintegrate_cli.line.forms import Input, inputs_of
from reintegrate_cli.line.questions import Check, Question
from reintegrate_cli.line.reading import LOOKED_UP, Reading, convert, to_ask

Before = Callable[[Mapping[str, Any]], object]
Refusal = Callable[[], Problem | None]
_YES = ("yes", "no")


def fill(
    form: type,
    reading: Reading,
    before: Before | None = None,
    *,
    refused: Refusal | None = None,
    within: str = "",
    private: bool = False,
) -> None:
    """Ask for the fields that are left to be asked for; what was answered stays, come what may.

    Args:
        form: the class of the form.
        reading: what was read, to which the answers are added.
        before: looks up what a form names, by field.
        refused: returns what is refused by now, whatever the answers to come are.
        within: where the form stands among the questions of another one.
        private: whether that one keeps it from the eyes of others.
    """
    # The vault is opened before the first question, so that a mistyped passphrase costs
    # nobody what they wrote.
    _ = session.current.bundle
    items = {item.name: item for item in inputs_of(form)}
    while reading.left:
        item = items[reading.left[0]]
        at = reading.asked - len(reading.left) + 1
        place = f"{at} of {reading.asked}" if reading.asked > 1 else ""
        place = ", ".join(filter(None, (within, place)))
        if is_form(item.type):
            made = (_several if item.repeated else _single)(item, reading, place)
            _keep(reading.values, item, made, given=bool(made))
        else:
            former = reading.answers.get(item.name, _said(item, reading.values.get(item.name)))
            check = _check(item, reading, before)
            asked_for = question_of(item, place, former, check, private=private)
            answer = asking.answer(asked_for, hidden=item.is_hidden)
            value = answer and convert(item, answer, session.today(), Reading(), typed=False)
            _keep(reading.values, item, value, given=bool(answer))
            _keep(reading.answers, item, answer, given=bool(answer))
        del reading.left[0]
        if refused is not None and reading.left:
            _ask_again(reading, items, refused())
    if not within:
        speech.write("\n")  # what comes of it stands apart from the questions


def _ask_again(reading: Reading, items: Mapping[str, Input], problem: Problem | None) -> None:
    """Ask at once for what a rule demands or refuses by now, and not after the last question."""
    if problem is not None:
        wrong = [name for name, item in items.items() if item.is_one_of(problem.fields)]
        if wrong:
            speech.tell(problem)
        reading.left[:0] = [name for name in wrong if name not in reading.left]


def _keep(kept: dict[str, Any], item: Input, value: Any, *, given: bool) -> None:
    """Put an answer in the place of what was there before; nothing, where none was given."""
    kept.pop(item.name, None)
    if given:
        kept[item.name] = value


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
        about=told(item.choices),
        many=item.repeated and not is_text,
        needed=item.required,
        private=private or item.sensitivity >= Sensitivity.PRIVATE,
        text=former,
        check=check,
        understood=check if item.type in (date, Clock, Moment) else None,
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


def _single(item: Input, reading: Reading, place: str) -> Any:
    """Ask for the fields of the one form inside a form; nothing, if none of them is answered."""
    (inner,) = reading.inner.setdefault(item.name, [Reading()])
    if not inner.left:
        inner.ask_for(each.name for each in inputs_of(item.type))
    fill(item.type, inner, within=place, private=item.sensitivity >= Sensitivity.PRIVATE)
    return item.type(**inner.values) if inner.values else None


def _several(item: Input, reading: Reading, place: str) -> tuple[Any, ...]:
    """Ask for the forms inside a form, one after another, until there is no more of them."""
    inner: list[Reading] = reading.inner.setdefault(item.name, [])
    private = item.sensitivity >= Sensitivity.PRIVATE
    for former in inner:
        if not former.left and not _says_yes(item, place, "keep it as it is", "yes"):
            former.ask_for(each.name for each in inputs_of(item.type))
        if former.left:
            fill(item.type, former, within=place, private=private)
    first = "yes" if item.required else "no"
    while _says_yes(item, place, *(("add one more", "no") if inner else ("add one", first))):
        inner.append(Reading())
        inner[-1].ask_for(each.name for each in to_ask(item.type, inner[-1]))
        fill(item.type, inner[-1], within=place, private=private)
    return tuple(item.type(**each.values) for each in inner)


def _says_yes(item: Input, place: str, what: str, default: str) -> bool:
    question = Question(f"{item.help}: {what}", place, choices=_YES, default=default)
    return asking.answer(question) == "yes"
