"""The words that a field of a form carries in its annotation, beyond its type.

::

    ends_on: Annotated[Public[date], Option("--ends"), "the day it ends"]
    load: Annotated[Public[int | None], ASK, Within(0, 100), "how much of the work remains"] = None
"""


class Hint:
    """How one input behaves beyond its type; written into the field's annotation."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Option:
    """Another name for the option of a field: ``--starts`` for ``starts_on``.

    Where more are given, each of them may be typed; help and errors say the first.
    """

    __slots__ = ("also", "name")

    def __init__(self, name: str, *also: str) -> None:
        self.name = name
        self.also = also


class Within:
    """The least and the most that a number may be, both included."""

    __slots__ = ("least", "most")

    def __init__(self, least: int, most: int) -> None:
        self.least = least
        self.most = most


class Aged:
    """A day that lies so many years before today: the least and the most of them."""

    __slots__ = ("least", "most")

    def __init__(self, least: int, most: int) -> None:
        self.least = least
        self.most = most


class Unoffered:
    """Values that are read and never offered: a rule of practice refuses them, by its name."""

    __slots__ = ("values",)

    def __init__(self, *values: str) -> None:
        self.values = values


SCHOOL_LIFE = Aged(3, 25)
"""Of a birth date: how old a student of a district may be."""


class Fills:
    """The fields of a record that an input fills, where they are named otherwise."""

    __slots__ = ("names",)

    def __init__(self, *names: str) -> None:
        self.names = names


PAST = Hint("past")
"""A day on which something happened: never after today."""
FUTURE = Hint("future")
"""A day to come: always after today."""
TODAY = Hint("today")
"""A day that is today if it is left out."""
YOU = Hint("you")
"""A person: who is at the keyboard, if nobody is named."""
ASK = Hint("ask")
"""Optional to the parser, and still asked for on a terminal (a rule will want it)."""
QUIET = Hint("quiet")
"""Never asked for at a prompt."""
FLAG = Hint("flag")
"""A yes that is said by naming the option: ``--barred``, and ``--no-barred``."""
PROSE = Hint("prose")
"""Several lines may be typed."""
CHANGE = Hint("change")
"""Says why, or at whose word, something is changed: no part of what is kept of it."""
VERBATIM = Hint("verbatim")
"""Somebody's exact words: no other word is suggested for one of theirs."""
