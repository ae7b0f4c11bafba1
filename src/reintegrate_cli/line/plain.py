"""What may stand on a verb's line; and lines so plain that no parser is needed to read them.

Every option and argument is declared once, as a ``Parameter``. Typer is made from these (see
``parser``), and reads whatever is typed. It costs about as much to load as all the rest of a
short command, so that a line that could not be misread is filled in here, from the same
declarations; see ``docs/decisions/0009-plain-lines.md``.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

_FLAG = (bool, bool | None)

Complete = Callable[[], Iterable[str]]
"""Offers what may stand for a value; a mapping explains each besides."""


class Argument:
    """An argument, as its annotation declares it.

    ``finds`` is the table with what it names: ``cases``, ``staff``; or ``id``, for a record of
    the verb's own noun. It is looked up before anything is asked.
    """

    __slots__ = ("complete", "finds", "help", "metavar")

    def __init__(
        self,
        *,
        metavar: str,
        help: str,  # noqa: A002
        complete: Complete | None = None,
        finds: str = "",
    ) -> None:
        self.metavar = metavar
        self.help = help
        self.complete = complete
        self.finds = finds


class Option:
    """An option, as its annotation declares it; one that says yes or no takes no value.

    ``no`` is the option's other name, that says no; ``also`` are others that say the same.
    ``alone`` is the value that it has where it is named without one.
    """

    __slots__ = ("alone", "also", "complete", "help", "metavar", "name", "no")

    def __init__(
        self,
        name: str,
        *,
        metavar: str | None = None,
        help: str = "",  # noqa: A002
        no: str | None = None,
        also: Sequence[str] = (),
        alone: str | None = None,
        complete: Complete | None = None,
    ) -> None:
        self.name = name
        self.also = also
        self.alone = alone
        self.metavar = metavar
        self.help = help
        self.no = no
        self.complete = complete


class Parameter:
    """One parameter of a verb: its name, its type, and how it stands on the line."""

    __slots__ = ("default", "name", "required", "said", "type")

    def __init__(
        self,
        name: str,
        type: Any,  # noqa: A002
        said: Argument | Option,
        *,
        default: Any = None,
        required: bool = False,
    ) -> None:
        self.name = name
        self.type = type
        self.said = said
        self.default = default
        self.required = required

    @property
    def names(self) -> tuple[str, ...]:
        """What may be typed for it, its refusal left out; nothing for an argument."""
        said = self.said
        return (said.name, *said.also) if isinstance(said, Option) else ()

    @property
    def spellings(self) -> tuple[str, ...]:
        """What may be typed for it, its refusal besides."""
        no = self.said.no if isinstance(self.said, Option) else None
        return self.names if no is None else (*self.names, no)

    @property
    def is_flag(self) -> bool:
        """Return whether it is an option without a value."""
        return self.type in _FLAG and isinstance(self.said, Option)


ROOT = (
    Parameter("vault", str | None, Option("--vault", metavar="PATH", help="The vault to open.")),
    Parameter(
        "today",
        str | None,
        Option("--today", metavar="DATE[THH:MM]", help="The day to take for today."),
    ),
    Parameter("version", bool, Option("--version", help="Show the version."), default=False),
)
"""What may stand before a noun."""
HELP = Parameter("help", bool, Option("--help", also=("-h",), help="Show this."), default=False)
"""What may stand anywhere."""


def declared(function: Callable[..., Any]) -> Iterable[tuple[str, Any, Any, bool]]:
    """Yield a function's parameters: name, annotation, default, and whether it has none.

    A function that was made from a shape carries its own (see ``shapes``). ``inspect`` would say
    the same, for a tenth of the time of a short command.
    """
    if hasattr(function, "parameters"):
        yield from function.parameters
        return
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    defaults = function.__defaults__ or ()
    first = len(names) - len(defaults)
    for at, name in enumerate(names):
        required = at < first
        default = None if required else defaults[at - first]
        yield name, function.__annotations__[name], default, required


def arguments(function: Callable[..., Any]) -> Iterable[tuple[str, Argument]]:
    """Yield a function's arguments, by name."""
    for name, kind, _, _ in declared(function):
        for note in getattr(kind, "__metadata__", ()):
            if isinstance(note, Argument):
                yield name, note


def is_value(word: str) -> bool:
    """Return whether a word after an option is its value; ``-`` is one: standard input."""
    return word == "-" or not word.startswith("-")


_ONE = (str, str | None)
_SEVERAL = (list[str] | None,)


class Fault(NamedTuple):
    """What is plainly wrong with a line."""

    option: str = ""
    """What stands in the place of an option, and is none."""
    missing: Parameter | None = None
    """The first argument that is missing."""


def fill(parameters: Iterable[Parameter], words: Iterable[str]) -> dict[str, Any] | Fault | None:
    """Read a plain line: values by parameter; nothing where the parser should look at it.

    Plain are long options, each once and its value a word of its own, and arguments that do
    not begin with a dash. All else, right or wrong, is for the parser.
    """
    parameters = list(parameters)
    values = {parameter.name: parameter.default for parameter in parameters}
    places = [parameter for parameter in parameters if isinstance(parameter.said, Argument)]
    options = _options(parameters)
    given = set()
    rest = iter(words)
    for word in rest:
        if word not in options:
            if word[:2] == "--" and len(word) > 2 and word.partition("=")[0] not in options:
                return Fault(option=word.partition("=")[0])
            if not places or places[0].type not in _ONE or not word or word[0] == "-":
                return None
            values[places.pop(0).name] = word
            continue
        option, yes = options[word]
        if option.name in given:
            return None
        if option.type in _FLAG:
            values[option.name] = yes
            given.add(option.name)
            continue
        value = next(rest, "")
        if not value or not is_value(value):
            return None
        if option.type in _SEVERAL:
            values[option.name] = [*(values[option.name] or ()), value]
        elif option.type in _ONE:
            values[option.name] = value
            given.add(option.name)
        else:
            return None
    missing = next((place for place in places if place.required), None)
    return values if missing is None else Fault(missing=missing)


def _options(parameters: Iterable[Parameter]) -> dict[str, tuple[Parameter, bool]]:
    """Return the options by what is typed, each with what a flag then says."""
    options: dict[str, tuple[Parameter, bool]] = {}
    for parameter in parameters:
        if isinstance(parameter.said, Option):
            options |= dict.fromkeys(parameter.names, (parameter, True))
            if parameter.said.no is not None:
                options[parameter.said.no] = (parameter, False)
    return options
