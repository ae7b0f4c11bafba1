"""Asking at the terminal, so that nothing typed is thrown away before the person says so.

What was answered stays in memory until it is saved or given up (``Dialog``); Ctrl-C asks once
before more than a line is thrown away. Which answers fit, a ``Question`` knows.
"""

import errno
from contextlib import suppress
from functools import partial
from typing import cast

from reintegrate_cli.core.errors import Interrupted, Problem
from reintegrate_cli.core.unasked import Unanswered
from reintegrate_cli.line import keyboard, speech
from reintegrate_cli.line.questions import A_LINE, Question


class Dialog:
    """What one command was told, for as long as it takes until it is kept."""

    def __init__(self) -> None:
        self.wrong: frozenset[str] = frozenset()
        """The fields that are asked again; none at first."""
        self.offered: set[str] = set()
        """The texts for which kinder words were suggested."""
        self.typed = 0
        """How much was typed, in characters."""
        self.texts: list[tuple[str, str]] = []
        """Texts that no field asks for, with what was asked."""
        self.texts_before: list[tuple[str, str]] = []
        """Those of the try before."""
        self.given_up = False
        """Whether the person said that what they typed is thrown away."""
        self.broken = ("", "")
        """A question that a fault ended, and what was typed there."""

    def given_before(self, label: str) -> str | None:
        """Return the text that a question was given when the command was tried before."""
        for at, (asked, text) in enumerate(self.texts_before):
            if asked == label:
                del self.texts_before[at]
                self.texts.append((label, text))
                return text
        return None

    def taken_up(self, question: Question) -> Question:
        """Return a question with what was typed there when a fault ended it."""
        label, text = self.broken
        if label == question.label:
            self.broken = ("", "")
            question = question._replace(text=text)
        return question._replace(keep=partial(self._keep, question.label))

    def _keep(self, label: str, text: str) -> None:
        self.broken = (label, text)
        self.add(text)

    def begin_again(self) -> None:
        """Take every text that was given into the next try."""
        self.texts_before, self.texts = [*self.texts, *self.texts_before], []
        self.wrong = frozenset()

    def is_long(self, more: str = "") -> bool:
        """Return whether more than a line was typed."""
        return self.typed + len(more) > A_LINE or "\n" in more

    def add(self, text: str) -> None:
        """Count what was typed; a second line is more than one."""
        self.typed += len(text) + A_LINE * text.count("\n")


def dialog() -> Dialog:
    """Return the dialog of this command."""
    if speech.current.dialog is None:
        speech.current.dialog = Dialog()
    return cast("Dialog", speech.current.dialog)


def answer(question: Question, *, hidden: bool = False, kept: bool = False) -> str:
    """Ask a question until the answer fits.

    Args:
        question: what is asked.
        hidden: do not show what is typed.
        kept: whether it is a text that is given again, unasked, when the command is tried again.

    Raises:
        Interrupted: the person pressed Ctrl-D, or the terminal went away.
        KeyboardInterrupt: the person pressed Ctrl-C.
    """
    if speech.current.unheard:
        raise Unanswered
    made = dialog()
    if kept and (given := made.given_before(question.label)) is not None:
        return given
    speech.current.asked = True
    if not hidden:
        question = made.taken_up(question)
    while True:
        text = ""
        try:
            value = _hidden(question) if hidden else put(question)
            if not hidden:
                made.add(value)
            if kept:
                made.texts.append((question.label, value))
            return value
        except KeyboardInterrupt as stop:
            if stop.args:  # a signal that ends the command
                raise
            text = getattr(stop, "text", "")
            if not made.is_long(text) or gives_up():
                raise
        except EOFError:
            if not made.is_long() or gives_up():
                raise Interrupted("stopped; nothing was saved") from None
        except OSError as fault:
            if fault.errno != errno.EIO:
                raise
            raise Interrupted("the terminal went away") from None
        question = question._replace(text=text)


def gives_up() -> bool:
    """Ask, once, whether what was typed is thrown away; who stops once more says yes."""
    made = dialog()
    made.given_up = made.given_up or _throws_away()
    return made.given_up


def _throws_away() -> bool:
    question = Question(
        "throw away what you typed; nothing of it is saved yet", choices=("yes", "no"), needed=True
    )
    with suppress(EOFError, KeyboardInterrupt):
        return put(question) == "yes"
    return True


def put(question: Question) -> str:
    """Put a question whose answer may be seen while it is typed.

    Raises:
        KeyboardInterrupt: the person pressed Ctrl-C.
        EOFError: the person pressed Ctrl-D, or went away.
    """
    keyboard.hold()
    if keyboard.is_plain():
        return keyboard.ask(question)
    from reintegrate_cli.line import prompts

    return prompts.ask(question)


def _hidden(question: Question) -> str:
    from getpass import getpass

    keyboard.release()
    prompt = question.prompt + (f" ({question.help})" if question.help else "")
    while True:
        try:
            typed = getpass(f"{prompt}: ")
        except (EOFError, KeyboardInterrupt):
            speech.write("\n")
            raise
        try:
            value, understood = question.settle(typed)
        except Problem as wrong:
            speech.say(f"{wrong.message}; {wrong.hint}" if wrong.hint else wrong.message)
            continue
        if understood:
            speech.say(f"  {understood}")
        return value
