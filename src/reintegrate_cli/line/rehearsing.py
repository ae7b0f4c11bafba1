"""Trying a verb before the first question, on what its line says alone; nothing of it is kept.

Nobody answers sixteen questions to be told what was known before the first. So the verb itself is
run, with ``UNASKED`` in the place of each answer to come: what it refuses before it looks at any of
them, it will refuse in the end. A rule is said first because it stands first in its verb, and no
list says which rules are.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from reintegrate_cli.core.errors import Missing, Problem, Refused, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.unasked import UNASKED, Unanswered
from reintegrate_cli.kept import session
from reintegrate_cli.line import speech
from reintegrate_cli.line.forms import Input, inputs_of
from reintegrate_cli.line.reading import Reading, left_out

if TYPE_CHECKING:
    from reintegrate_cli.line.verbs import Verb

Run = Callable[[Any], object]
"""Runs a verb with a form."""


def begin(
    verb: "Verb", form: type, answers: Reading, known: Mapping[str, Any], called: Mapping[str, Any]
) -> None:
    """Say what is known before the first question: what is refused, and which wishes are live.

    Args:
        verb: the verb.
        form: the class of its form.
        answers: what was read of it, to which the answers about wishes are added.
        known: the same, with names as they were first typed.
        called: the other arguments of the verb.

    Raises:
        Problem: the verb refuses, whatever will be answered.
        Interrupted: the person stopped at a wish.
    """
    left = [item for item in inputs_of(form) if item.name in answers.left]
    rehearse(lambda given: verb.function(**{**called, "given": given}), form, known, left)
    if verb.heeds:
        with suppress(Unanswered):  # it depends on an answer: they are shown after the questions
            _heed(verb, partial(form, known, left, empty=False), answers, called)


def _heed(verb: "Verb", given: Any, answers: Reading, called: Mapping[str, Any]) -> None:
    """Show the live wishes about what the verb changes (W1).

    Raises:
        Unanswered: what it changes is not known yet.
    """
    from reintegrate_cli.line.heeding import Heeding

    reason = "" if given.reason is UNASKED else given.reason  # a wish asks for it where it is
    given = replace(given, reason=reason)
    heeding = Heeding(verb.command, verb.touches, {**called, "given": given}, asking=True)
    heeding.ask()
    for name in ("honors", "despite"):
        answers.values[name] = getattr(heeding.given, name)
    if heeding.given.reason != reason:
        answers.values["reason"] = heeding.given.reason
        if "reason" in answers.left:
            answers.left.remove("reason")
            answers.asked -= 1


def partial(form: type, values: Mapping[str, Any], left: list[Input], *, empty: bool) -> Any:
    """Return a form with what is known of it, and ``UNASKED`` for what is still to be answered.

    Args:
        form: its class.
        values: what is known, by field.
        left: the fields that are still to be asked for.
        empty: whether those that may be left empty are.
    """
    asked = {item.name: UNASKED for item in left if item.required or not empty}
    return form(**{**left_out(inputs_of(form), session.today()), **asked, **values})


def rehearse(run: Run, form: type, values: Mapping[str, Any], left: list[Input]) -> None:
    """Run a verb on what is known, and raise what it refuses whatever will be answered.

    Raises:
        Problem: it refuses, both if every answer is given and if what may be empty is.
    """
    refused = _refusal(lambda: run(partial(form, values, left, empty=False)))
    if refused is None:
        return
    again = _refusal(lambda: run(partial(form, values, left, empty=True)))
    if again is not None and (type(again), again.message) == (type(refused), refused.message):
        raise refused


def _refusal(run: Callable[[], object]) -> Problem | None:
    """Return what a verb refuses before it looks at an answer that is not given yet."""
    current, heeding = session.current, session.current.heeding
    current.rehearsing, current.heeding, speech.current.unheard = True, None, True
    try:
        run()
    except (Usage, Refused, Missing) as problem:
        return problem
    except (Unanswered, session.Rehearsed, Exception):  # noqa: BLE001 - it will show in its time
        return None
    finally:
        current.rehearsing, current.heeding, speech.current.unheard = False, heeding, False
    return None
