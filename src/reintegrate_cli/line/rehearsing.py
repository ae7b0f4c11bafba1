"""Trying a verb on what is known so far, before each question; nothing of it is kept.

Nobody answers sixteen questions to be told what was known before the first. So the verb itself is
run, with ``UNASKED`` in the place of each answer to come: what it refuses before it looks at any of
them, it will refuse in the end. A rule is said first because it stands first in its verb, and no
list says which rules are.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from reintegrate_cli.core.errors import Missing, Problem, Refused, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.unasked import UNASKED, Unanswered
from reintegrate_cli.kept import session
from reintegrate_cli.line import speech
from reintegrate_cli.line.forms import inputs_of
from reintegrate_cli.line.reading import Reading, left_out


class Tried(Protocol):
    """The verb that is tried."""

    @property
    def command(self) -> str:
        """What is typed for it."""

    @property
    def function(self) -> Callable[..., None]:
        """What it runs."""

    @property
    def touches(self) -> Any:
        """What a wish may be about that it changes."""

    @property
    def heeds(self) -> bool:
        """Whether it stops at a live wish."""


class Rehearsal:
    """A verb that is tried on what is known of its form so far."""

    def __init__(
        self,
        verb: Tried,
        form: type,
        answers: Reading,
        names: Callable[[Mapping[str, Any]], Mapping[str, Any]],
        called: Mapping[str, Any],
    ) -> None:
        """Take the verb, its form and what was read of it, and its other arguments.

        Args:
            verb: the verb.
            form: the class of its form.
            answers: what was read of it.
            names: looks up what is named there, and returns it as it was first typed.
            called: the other arguments of the verb.
        """
        self._verb = verb
        self._form = form
        self._answers = answers
        self._names = names
        self._called = called

    def begin(self) -> None:
        """Say what is known before the first question: what is refused, and which wishes are live.

        Where a rule demands no more than what was not given, that is asked for first.

        Raises:
            Problem: the verb refuses, whatever will be answered.
            Interrupted: the person stopped at a wish.
        """
        while (problem := self.refused()) is not None:
            named = [item.name for item in inputs_of(self._form) if item.is_one_of(problem.fields)]
            known = {*self._answers.values, *self._answers.left}
            demanded = isinstance(problem, Refused) and bool(named)
            if not demanded or known.intersection(named):
                raise problem
            speech.tell(problem)
            self._answers.left[:0] = named
            self._answers.asked += len(named)
        if self._verb.heeds:
            with suppress(Unanswered):  # it depends on an answer: they are shown after them all
                self._heed()

    def refused(self) -> Problem | None:
        """Return what the verb refuses by now, whatever the answers to come are.

        It is refused both if each of them is given, and if what may be empty is.
        """
        refused = _refusal(lambda: self._run(empty=False))
        again = None if refused is None else _refusal(lambda: self._run(empty=True))
        if refused is None or again is None:
            return None
        same = (type(again), again.message) == (type(refused), refused.message)
        return refused if same else None

    def _run(self, *, empty: bool) -> None:
        self._verb.function(**{**self._called, "given": self._partial(empty=empty)})

    def _partial(self, *, empty: bool) -> Any:
        """Return the form with what is known of it, and ``UNASKED`` for what is to be answered.

        Args:
            empty: whether what may be left empty is.
        """
        items, left = inputs_of(self._form), self._answers.left
        asked = {
            item.name: UNASKED
            for item in items
            if item.name in left and (item.required or not empty)
        }
        known = {
            name: value
            for name, value in self._names(self._answers.values).items()
            if name not in left
        }
        return self._form(**{**left_out(items, session.today()), **asked, **known})

    def _heed(self) -> None:
        """Show the live wishes about what the verb changes (W1).

        Raises:
            Unanswered: what it changes is not known yet.
        """
        from reintegrate_cli.line.heeding import Heeding

        verb, answers, given = self._verb, self._answers, self._partial(empty=False)
        reason = "" if given.reason is UNASKED else given.reason  # a wish asks for it where it is
        given = replace(given, reason=reason)
        called = {**self._called, "given": given}
        heeding = Heeding(verb.command, verb.touches, called, asking=True)
        heeding.ask()
        for name in ("honors", "despite"):
            answers.values[name] = getattr(heeding.given, name)
        if heeding.given.reason != reason:
            answers.values["reason"] = heeding.given.reason
            if "reason" in answers.left:
                answers.left.remove("reason")
                answers.asked -= 1


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
