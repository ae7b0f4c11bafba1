"""One question at the terminal: what it says, and how an answer to it is judged.

Nothing here draws or reads keys. ``prompts`` asks with line editing and lists, and ``keyboard``
in plain lines; both judge an answer here, while it is still there to be mended.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from reintegrate_cli.core.errors import Problem, Usage

Check = Callable[[str], str]
"""Takes an answer, and returns how it was understood; raises what is wrong with it."""
Offers = Callable[[str], Sequence[tuple[str, str]]]
"""Returns what may be meant by what was typed so far, each with how it would be understood."""

A_LINE = 80
"""Characters; who typed more than that is asked before it is thrown away."""


class Stopped(KeyboardInterrupt):
    """The person stopped at a question; ``text`` is what was typed there."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.text = text


class Question(NamedTuple):
    """What is asked, and which answers fit."""

    label: str
    place: str = ""
    """Where it stands among the others: ``3 of 16``."""
    several: bool = False
    """Whether the answer is a text of several lines."""
    choices: tuple[str, ...] = ()
    """The only values that fit, if they are listed."""
    about: Mapping[str, str] = {}
    """A few words about a choice, if its name does not say it all."""
    many: bool = False
    """Whether more than one value fits, with commas between them."""
    default: str = ""
    """What an empty answer means."""
    needed: bool = False
    """Whether an empty answer is asked for again."""
    private: bool = False
    """Whether the answer is taken from the screen once it is given."""
    text: str = ""
    """What was answered before, to be mended."""
    problem: str = ""
    """What was wrong with it."""
    check: Check | None = None
    understood: Check | None = None
    """Says how what was typed so far is understood."""
    offers: Offers | None = None
    keep: Callable[[str], None] | None = None
    """Takes what was typed, if the question ends by a fault and not by an answer."""

    @property
    def prompt(self) -> str:
        """The question as it is shown."""
        place = f"{self.place}  " if self.place else ""
        default = f" [{self.default}]" if self.default else ""
        return f"{place}{self.label}{default}"

    @property
    def help(self) -> str:
        """What to press, in a few words."""
        skip = "" if self.needed or self.default else "; empty leaves it out"
        if self.several:
            return f"Ctrl-D, or a line with a single dot, ends it{skip}"
        if self.choices and self.many:
            return f"numbers or names, with commas between them{skip}"
        if self.choices:
            return f"arrow keys, a number, or the first letters{skip}"
        return skip.removeprefix("; ").replace("empty", "Enter")

    def settle(self, text: str) -> tuple[str, str]:
        """Judge an answer; return the value that it is, and how it was understood.

        Raises:
            Problem: it does not fit.
        """
        text = text.strip("\n") if self.several else text.strip().rstrip(",").rstrip()
        text = text if text.strip() else self.default
        if not text:
            if self.needed:
                raise Usage("this one is needed", hint="Ctrl-C stops, and saves nothing")
            return "", ""
        if self.choices:
            parts = [part.strip() for part in text.split(",")] if self.many else [text]
            text = ",".join(dict.fromkeys(one_of(part, self.choices) for part in parts))
        return text, self.check(text) if self.check is not None else ""

    def joined(self, text: str) -> str:
        """Return what was pasted as this question takes it: whole, in one line if it has one."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return text if self.several else self.between.join(text.split("\n")).strip()

    @property
    def between(self) -> str:
        """What stands between pasted lines, where the answer is one line."""
        return "," if self.many else " "

    def live(self, text: str) -> str:
        """Return how what was typed so far is understood; nothing if it is not yet."""
        if self.understood is None or not text.strip():
            return ""
        try:
            return self.understood(text.strip())
        except Problem:
            return ""

    def matching(self, text: str) -> list[tuple[str, str]]:
        """List what may be meant by what was typed so far, each with a word about it."""
        last = text.rpartition(",")[2].strip() if self.many else text.strip()
        if self.choices:
            found = [each for each in self.choices if begins(each, last)]
            offered = found if found and not last.isdigit() else self.choices
            return [(each, self.about.get(each, "")) for each in offered]
        return list(self.offers(last)) if self.offers is not None else []


def begins(value: str, text: str) -> bool:
    """Return whether a value begins with what was typed; a hyphen or a space is an underscore."""
    return _folded(value).startswith(_folded(text))


def one_of(text: str, choices: Sequence[str]) -> str:
    """Return the listed value that is meant: by its name, its number or its beginning.

    Raises:
        Usage: none is, or more than one.
    """
    exact = [each for each in choices if _folded(each) == _folded(text)]
    if exact:
        return exact[0]
    if text.isdigit() and 1 <= int(text) <= len(choices):
        return choices[int(text) - 1]
    found = [each for each in choices if begins(each, text)]
    if len(found) == 1:
        return found[0]
    if found:
        raise Usage(f"more than one begins that way: {', '.join(map(shown, found))}")
    raise Usage("that is not one of them")


def shown(value: str) -> str:
    """Return a listed value as it is shown to a person."""
    return value.replace("_", " ")


def measure(text: str) -> str:
    """Return how long a text is, and nothing of what is in it."""
    words = len(text.split())
    return f"{words} word" if words == 1 else f"{words} words"


def _folded(text: str) -> str:
    return text.strip().casefold().replace("-", "_").replace(" ", "_")
