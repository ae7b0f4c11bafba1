"""What is typed: its noun and verb, loaded so that a command pays for nothing else.

What may be typed first stands in the catalogue. A noun's module is imported when it is
called; of its verbs only the one that runs is built.
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reintegrate_cli import PROGRAM, __version__, catalogue, startup
from reintegrate_cli.catalogue import BY_NAME as NOUNS
from reintegrate_cli.core.argv import WORD, free_text
from reintegrate_cli.core.errors import Problem, Usage
from reintegrate_cli.core.loading import load
from reintegrate_cli.line import speech
from reintegrate_cli.line.plain import HELP, ROOT, Fault, fill, is_value

if TYPE_CHECKING:
    from reintegrate_cli.line.verbs import Verb

    Said = tuple[Verb, dict[str, Any]]
    """What a line came to: a verb, and what is said to it."""


def verbs_of(noun: str) -> "dict[str, Verb]":
    """Import a noun's module and return its verbs, in the order of its files and their lines.

    Which of the files was loaded first, by another noun, makes no difference. The file with ``add``
    comes first: without a first record the other verbs have nothing to do.
    """
    load(catalogue.verbs_of(noun))
    from reintegrate_cli.line.verbs import REGISTRY

    verbs = REGISTRY[noun]
    first = verbs["add"].function.__module__ if "add" in verbs else ""

    def place(each: "tuple[str, Verb]") -> tuple[bool, str]:
        module = each[1].function.__module__
        return module != first, module

    return dict(sorted(verbs.items(), key=place))


def read(args: Sequence[str]) -> "Said | None":
    """Read a line: its verb, and what is said to it; nothing where help or so answered all.

    Raises:
        Problem: it cannot be read.
    """
    values, words = before_noun(args)
    if values.get("version"):
        speech.print_rows(f"{PROGRAM} {__version__}")
        return None
    if HELP.name in values:
        show_help()
        return None
    if not words:
        words = _alone(values)
    return _of_noun(values, words) if words else None


def before_noun(args: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Part a line into what is said before its noun, by option, and the rest.

    Raises:
        Usage: an option is not known, or has no value.
    """
    values: dict[str, Any] = {}
    words = list(args)
    while words and words[0].startswith("-"):
        name, equals, value = words.pop(0).partition("=")
        one = next((one for one in (*ROOT, HELP) if name in one.names), None)
        if one is None:
            raise _no_such(
                "option", name, dict.fromkeys((name for one in ROOT for name in one.names), "")
            )
        if one.is_flag and equals:
            raise Usage(f"{name} takes none", hint=f"{PROGRAM} --help")
        if not one.is_flag and not equals:
            value = words.pop(0) if words and is_value(words[0]) else ""
        if not one.is_flag and not value:
            raise Usage(f"{name} takes a value", hint=f"{PROGRAM} --help")
        values[one.name] = value or True
    return values, words


def show_help(noun: str = "", verb: "Verb | None" = None) -> None:
    """Show the help of a verb, or of a noun, or of the program."""
    from reintegrate_cli.line import help as answers

    if verb is not None:
        answers.of_verb(verb)
    elif noun:
        answers.of_noun(noun, verbs_of(noun))
    else:
        answers.of_program()


def begin(values: dict[str, Any]) -> None:
    """Begin a command with what is said before its noun."""
    from reintegrate_cli.kept import session

    session.begin(values.get("vault"), values.get("today"))


def _alone(values: dict[str, Any]) -> list[str]:
    """Return what is meant without a noun: today's agenda; without a vault, say how to begin."""
    from reintegrate_cli.kept import session

    begin(values)
    try:
        engine = session.current.engine
    except Problem:
        if session.current.vault or os.environ.get("REINTEGRATE_VAULT"):
            raise
        engine = None  # an account without a home has no vault, either
    if engine is not None and engine.exists():
        return ["today"]
    speech.print_rows(
        f"{PROGRAM} demo     looks around in a made-up district\n"
        f"{PROGRAM} init     makes your own vault\n"
        f"{PROGRAM} --help   lists all that there is"
    )
    return []


def _of_noun(values: dict[str, Any], words: list[str]) -> "Said | None":
    noun, *rest = words
    if noun not in NOUNS:
        names = {one.name: f"{one.words} {one.help}" for one in NOUNS.values()}
        raise _no_such("noun", noun, names)
    verb, rest = verb_of(noun, rest)
    if verb is None or asks_for_help(rest):
        show_help(noun, verb)
        return None
    startup.harden()
    begin(values)
    own = rest[:1] if verb.stands_for else rest
    said = fill(verb.parameters(), own)
    if said is None:
        from reintegrate_cli.line import parser

        said = parser.parse(verb, own)
    if isinstance(said, Fault):
        from reintegrate_cli.line.nearest import refusal

        raise refusal(verb, said)
    if verb.stands_for:
        return _of_noun(values, verb.function(*rest))
    return verb, said


def verb_of(noun: str, words: Sequence[str]) -> "tuple[Verb | None, list[str]]":
    """Return the verb that is typed after a noun, and what is typed after it.

    There is none where the line asks about the noun.

    Raises:
        Problem: it has no such verb.
    """
    verbs = verbs_of(noun)
    alone = verbs.get(noun)
    if alone is not None and len(verbs) == 1:
        return alone, list(words)
    first = words[0] if words else ""
    if first in verbs and first != noun:
        return verbs[first], list(words[1:])
    if alone is not None and not asks_for_help(words[:1]) and first[:1] in ("", "-"):
        return alone, list(words)
    if not words or asks_for_help(words[:1]):
        return None, []
    if first.startswith("-"):
        raise _no_such("option", first, {}, noun)
    from reintegrate_cli.line.nearest import ALSO

    meant = {
        name: f"{ALSO.get(name, '')} {verb.summary}" for name, verb in verbs.items() if name != noun
    }
    raise _no_such("verb", first, meant, noun)


def asks_for_help(words: Sequence[str]) -> bool:
    """Return whether help is asked for, wherever on a verb's line."""
    before = words[: words.index("--")] if "--" in words else words
    return any(word in HELP.names for word in before)


def _no_such(what: str, typed: str, names: dict[str, str], noun: str = "") -> Problem:
    """Return that something is not known, and the nearest; what was typed is not echoed."""
    if what != "option" and not WORD.fullmatch(typed):
        return free_text()
    from reintegrate_cli.line.nearest import ALSO, hint

    if what == "noun" and typed in ALSO and typed not in names:
        # It is one of the program's own verbs, so that it may be said back.
        return Usage(
            "a noun comes first", hint=f"{PROGRAM} NOUN {typed}; {PROGRAM} --help lists the nouns"
        )
    path = f"{PROGRAM} {noun}".strip()
    sentence = "no such option" if what == "option" else f"there is no such {what}"
    return Usage(sentence, hint=hint(typed, names, path))
