"""The parser, made of the declarations of ``line``: it reads any line, and says what is wrong."""

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
import typer.main
from typer.core import TyperGroup

from reintegrate_cli import __version__
from reintegrate_cli.catalogue import BY_NAME as NOUNS
from reintegrate_cli.core.errors import Interrupted, Problem, Refused, Usage
from reintegrate_cli.core.records import WORD, free_text
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.plain import Argument, Option, Parameter, is_value
from reintegrate_cli.line.typed import verbs_of
from reintegrate_cli.line.verbs import Verb

PLAIN: dict[str, Any] = {"rich_markup_mode": None, "pretty_exceptions_enable": False}
NAMES = {"help_option_names": ["-h", "--help"]}

Said = tuple[Verb, dict[str, Any]]
"""What a line came to: a verb, and what is said to it."""

if "rich" in sys.modules:
    # The oldest releases of Typer that are allowed load Rich at once, and then forget the
    # part of it that their help needs.
    import_module("rich.markup")


class Lazy(TyperGroup):
    """A group that knows the names of its commands without loading them."""

    def names(self) -> dict[str, str]:
        """Give each command's name with its one line of help."""
        raise LookupError

    def load(self, name: str) -> Any:
        """Build one command."""
        raise LookupError

    def list_commands(self, ctx: Any) -> list[str]:
        """List the names that may be typed."""
        return list(self.names())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Build the command that was typed, or nothing."""
        return self.load(cmd_name) if cmd_name in self.names() else None

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Answer a bare noun with its help."""
        if not args and not self.invoke_without_command and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            raise typer.Exit
        return list(super().parse_args(ctx, args))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command, or name the nearest ones; what was typed is not echoed."""
        typed = args[0] if args else ""
        if typed in self.names():
            return typed, self.load(typed), args[1:]
        if not WORD.fullmatch(typed):
            raise free_text()
        if typed.startswith("-"):
            raise Usage("no such option", hint=f"{ctx.command_path} --help lists them")

        import difflib

        near = difflib.get_close_matches(typed, list(self.names()), n=3, cutoff=0.5)
        what = "noun" if ctx.parent is None else "verb"
        if near:
            hint = f"did you mean {' or '.join(near)}"
        else:
            hint = f"{ctx.command_path} --help lists them"
        raise Usage(f"there is no such {what}", hint=hint)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands into the help, from their one-line descriptions."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.names().items()))

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """Complete names without loading what stands behind them."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        item = _completion_item()
        return [
            item(name, help=text)
            for name, text in self.names().items()
            if name.startswith(incomplete)
        ]


def _completion_item() -> Any:
    # Where the class lives differs between releases of Typer; the base method knows it.
    for path in ("typer._click.shell_completion", "click.shell_completion"):
        try:
            return import_module(path).CompletionItem
        except ModuleNotFoundError:
            continue
    raise Problem("this release of Typer has no shell completion")


class Root(Lazy):
    """``reintegrate`` itself."""

    def names(self) -> dict[str, str]:
        """Give the nouns."""
        return {name: noun.help for name, noun in NOUNS.items()}

    def load(self, name: str) -> Any:
        """Import a noun's module and build its group, or its one command."""
        verbs = verbs_of(name)
        if list(verbs) == [name]:
            return command(verbs[name])
        noun = typer.Typer(
            cls=Noun, name=name, help=NOUNS[name].help, context_settings=NAMES, **PLAIN
        )
        group = noun_group(noun, name)
        group.epilog = next(iter(verbs.values())).told[1]
        if name in verbs:  # a noun that also does something alone, like ``remind``
            alone = command(verbs[name])
            group.params += list(alone.params)
            group.callback = alone.callback
            group.invoke_without_command = True
        return group


def noun_group(noun: typer.Typer, name: str) -> Any:
    """Build a noun's group."""
    if not noun.registered_callback:
        noun.callback()(lambda: None)
    group: Any = typer.main.get_group(noun)
    group.name = name
    return group


class Noun(Lazy):
    """A noun with its verbs."""

    def names(self) -> dict[str, str]:
        """Give the verbs, each with the first line of its description."""
        return {
            name: verb.summary
            for name, verb in verbs_of(self.name or "").items()
            if name != self.name
        }

    def load(self, name: str) -> Any:
        """Build one verb."""
        return command(verbs_of(self.name or "")[name])


def command(verb: Verb) -> Any:
    """Build the command that reads a verb's line."""
    app = typer.Typer(add_completion=False, **PLAIN)
    told, example = verb.told
    register = app.command(verb.name, help=told, epilog=example, context_settings=NAMES)
    register(_callback(verb))
    made: Any = typer.main.get_command(app)
    made.name = verb.name
    made.reintegrate_verb = verb
    alone = {
        name: one.said.alone
        for one in verb.parameters()
        if isinstance(one.said, Option)
        if one.said.alone
        for name in (one.said.name, *one.said.also)
    }
    if alone:
        parse = made.parse_args
        made.parse_args = lambda context, args: parse(context, _spelled_out(args, alone))
    return made


def _spelled_out(args: Sequence[str], alone: Mapping[str, str]) -> list[str]:
    """Give options that were named alone the value that they have then."""
    said: list[str] = []
    for at, word in enumerate(args):
        if word == "--":
            return [*said, *args[at:]]
        said.append(word)
        if word in alone and (at + 1 == len(args) or not is_value(args[at + 1])):
            said.append(alone[word])
    return said


def _callback(verb: Verb) -> Callable[..., Said]:
    """Give what hands on what was said. The verb runs after the parser, as on a plain line."""

    def said(**values: Any) -> Said:
        return verb, values

    made = [_parameter(one) for one in verb.parameters()]
    said.__signature__ = inspect.Signature(made)  # type: ignore[attr-defined]
    said.__annotations__ = {one.name: one.annotation for one in made}
    return said


def _parameter(one: Parameter) -> inspect.Parameter:
    said = one.said
    info: Any
    if isinstance(said, Argument):
        info = typer.Argument(metavar=said.metavar, help=said.help, autocompletion=said.complete)
    else:
        # With the slash the second name says no; as a name of its own it would say yes too.
        names = said.name if said.no is None else f"{said.name}/{said.no}"
        info = typer.Option(
            names,
            *said.also,
            metavar=said.metavar,
            help=said.help,
            show_default=False,
            autocompletion=said.complete,
        )
    default = inspect.Parameter.empty if one.required else one.default
    return inspect.Parameter(
        one.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[one.type, info],
    )


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"reintegrate {__version__}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(
        False, "--version", help="Show the version.", is_eager=True, callback=_version
    ),
    vault: str = typer.Option(None, "--vault", metavar="PATH", help="The vault to open."),
    today: str = typer.Option(
        None, "--today", metavar="DATE[THH:MM]", help="The day to take for today."
    ),
) -> None:
    """Coordinate recovery and schooling of students who survived trafficking.

    Student led, trauma informed, least disclosure.
    """
    session.begin(vault, today)


def parse(args: Sequence[str], program: str) -> Said | int:
    """Read a line; where all was answered with its help, give the exit code instead.

    Raises:
        Problem: it cannot be read.
        KeyboardInterrupt: the person stopped it.
    """
    # The base of every usage error is private in some releases of Typer and another
    # package's in the rest; this finds it in all of them.
    usage_error: Any = typer.BadParameter.__base__
    said: Any = 0
    try:
        with output.printing():  # its own help
            said = _build().main(args=args, prog_name=program, standalone_mode=False)
    except usage_error as error:
        raise explain(error, args) from None
    except typer.Abort:
        raise KeyboardInterrupt from None
    except typer.Exit as ended:
        said = ended.exit_code
    if said == Interrupted.code:  # what the parser makes of Ctrl-C, without a word
        raise KeyboardInterrupt
    return said if isinstance(said, tuple) else int(said or 0)


def _build() -> Any:
    app = typer.Typer(cls=Root, name="reintegrate", context_settings=NAMES, **PLAIN)
    app.callback(epilog="Example: reintegrate agenda --week")(_root)
    return typer.main.get_command(app)


def explain(error: Any, args: Sequence[str]) -> Problem:
    """Turn a usage error of the parser into one of ours, without echoing what was typed."""
    kind = type(error).__name__
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "reintegrate"
    command = getattr(context, "command", None)
    if kind == "NoArgsIsHelpError":
        return Usage(f"{path} takes a verb", hint=f"{path} --help lists them")
    if kind == "NoSuchOption":
        return _no_such_option(error, path, command)
    if kind == "MissingParameter":
        name = (getattr(error.param, "metavar", None) or error.param.name or "").upper()
        return Usage(f"missing: {name}", hint=f"{path} --help", fields=[error.param.name or ""])
    if kind == "BadOptionUsage":
        option = error.option_name
        known = _options(command)
        named = option if option in known else "an option"
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


def _options(command: Any) -> list[str]:
    return [
        name
        for param in getattr(command, "params", ())
        for name in (*getattr(param, "opts", ()), *getattr(param, "secondary_opts", ()))
        if name.startswith("-")
    ]


def _no_such_option(error: Any, path: str, command: Any) -> Problem:
    typed = str(error.option_name)
    verb = getattr(command, "reintegrate_verb", None)
    if isinstance(verb, Verb) and typed.lstrip("-").replace("-", "_") in verb.unlisted_keys():
        return _not_typed(typed)

    import difflib

    near = difflib.get_close_matches(typed, _options(command), n=3, cutoff=0.5)
    if near:
        return Usage("no such option", hint=f"did you mean {' or '.join(near)}")
    return Usage("no such option", hint=f"{path} --help lists them")


def _not_typed(option: str) -> Refused:
    refusal = free_text()
    refusal.fields = (option.lstrip("-").replace("-", "_"),)
    return refusal
