"""Typer, made of a verb's declaration: it reads any line, and says what is wrong with it."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import typer
import typer.main

from reintegrate_cli import PROGRAM
from reintegrate_cli.core.argv import free_text
from reintegrate_cli.core.errors import Interrupted, Problem, Usage
from reintegrate_cli.line.nearest import refusal
from reintegrate_cli.line.plain import Argument, Fault, Option, Parameter, is_value
from reintegrate_cli.line.verbs import Verb


def parse(verb: Verb, words: Sequence[str]) -> dict[str, Any]:
    """Read a verb's line: what is said, by parameter.

    Args:
        verb: the verb.
        words: what is typed after it.

    Raises:
        Problem: it cannot be read.
        KeyboardInterrupt: the person stopped it.
    """
    # The base of every usage error is private in some releases of Typer and another
    # package's in the rest; this finds it in all of them.
    usage_error: Any = typer.BadParameter.__base__
    path = f"{PROGRAM} {verb.command}"
    try:
        values: Any = _command(verb).main(
            args=_spelled_out(words, verb), prog_name=path, standalone_mode=False
        )
    except usage_error as error:
        raise explain(error, verb, path) from None
    except typer.Abort:
        raise KeyboardInterrupt from None
    if values == Interrupted.code:  # what the parser makes of Ctrl-C, without a word
        raise KeyboardInterrupt
    said: dict[str, Any] = values
    return said


def _command(verb: Verb) -> Any:
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(verb.name, add_help_option=False)(_callback(verb))
    return typer.main.get_command(app)


def _spelled_out(words: Sequence[str], verb: Verb) -> list[str]:
    """Return the line with a value for each option that was named alone."""
    alone = {
        name: one.said.alone
        for one in verb.parameters()
        if isinstance(one.said, Option) and one.said.alone
        for name in one.names
    }
    said: list[str] = []
    for at, word in enumerate(words):
        if word == "--":
            return [*said, *words[at:]]
        said.append(word)
        if word in alone and (at + 1 == len(words) or not is_value(words[at + 1])):
            said.append(alone[word])
    return said


def _callback(verb: Verb) -> Callable[..., Mapping[str, Any]]:
    """Return what hands on what was said. The verb runs after the parser, as on a plain line."""

    def said(**values: Any) -> Mapping[str, Any]:
        return values

    made = [_parameter(one) for one in verb.parameters()]
    said.__signature__ = inspect.Signature(made)  # type: ignore[attr-defined]
    said.__annotations__ = {one.name: one.annotation for one in made}
    return said


def _parameter(one: Parameter) -> inspect.Parameter:
    said = one.said
    info: Any
    if isinstance(said, Argument):
        info = typer.Argument(metavar=said.metavar)
    else:
        # With the slash the second name says no; as a name of its own it would say yes too.
        names = said.name if said.no is None else f"{said.name}/{said.no}"
        info = typer.Option(names, *said.also)
    default = inspect.Parameter.empty if one.required else one.default
    return inspect.Parameter(
        one.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[one.type, info],
    )


def explain(error: Any, verb: Verb, path: str) -> Problem:
    """Turn a usage error of the parser into one of ours, without echoing what was typed."""
    kind = type(error).__name__
    parameters = verb.parameters()
    if kind == "NoSuchOption":
        return refusal(verb, Fault(option=str(error.option_name)))
    if kind == "MissingParameter":
        absent = next(one for one in parameters if one.name == error.param.name)
        return refusal(verb, Fault(missing=absent))
    if kind == "BadOptionUsage":
        known = any(error.option_name in one.spellings for one in parameters)
        named = error.option_name if known else "an option"
        return Usage(
            f"{named} takes a value" if "requires" in str(error) else f"{named} takes none",
            hint=f"{path} --help",
        )
    if "unexpected extra argument" in str(error):
        return free_text()
    if isinstance(error, typer.BadParameter):
        name = getattr(error.param, "name", None) or "an argument"
        return Usage(
            f"--{name.replace('_', '-')} has a value that does not fit",
            hint=f"{path} --help",
            fields=[name],
        )
    return Usage("the line cannot be read", hint=f"{path} --help")
