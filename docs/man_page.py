"""The man page ``reintegrate(1)``, from the catalogue and the verbs' own declarations."""

import re
import textwrap
from collections.abc import Iterable, Iterator

from reintegrate_cli import PROGRAM, __version__, catalogue
from reintegrate_cli.commands import help as topics
from reintegrate_cli.core.dates import UNDERSTOOD
from reintegrate_cli.line import typed
from reintegrate_cli.line.plain import HELP, ROOT, Argument, Parameter
from reintegrate_cli.line.verbs import Verb

DAY = "2026-11-28"
"""The day on which what this file says by hand was last read over."""
EVERYWHERE = ("--from", "--no-input", "--json", "--csv")
"""Options of nearly every verb, which the page explains once."""

INTRODUCTION = """\
For a school district's specialist who helps students recover and finish their education: student
led, trauma informed, least disclosure. Cases, partners, care teams and check-ins are kept in one
encrypted file on this machine, the vault. The agenda says what is due, and who chose it.

Typed alone, {program} shows what is due today. Names and notes are never typed on the command line,
where others can read them: they are asked for at a prompt, or read from a file with --from.

A case is called by its ref, a random code such as HX4T; a partner or a colleague by a short name of
your choice; everything else by an id such as W1."""
COMMON = (
    ("--from FILE", "Read the fields as one JSON object from a file; - is standard input."),
    ("--no-input", "Ask nothing; what is missing is named instead."),
    ("--json", "Print one JSON document."),
    ("--csv", "Print a list as CSV."),
)
FILES = (
    ("~/.local/share/reintegrate/caseload.vault", "The vault."),
    ("~/.config/reintegrate/district.toml", "The district's settings: closed days, schools, zone."),
    ("~/.local/state/reintegrate/", "Reports of faults in the program; they hold no names."),
)


def man_page() -> str:
    """Return the page as troff, in the macros of man(7)."""
    lines = [
        '.\\" Written by docs/write.py; tests/test_docs.py fails when it is out of date.',
        f'.TH {PROGRAM.upper()} 1 "{DAY}" "{PROGRAM} {__version__}" "User Commands"',
        *(".SH NAME", f"{PROGRAM} \\- coordinate the recovery and schooling of students"),
        *(".SH SYNOPSIS", f".B {PROGRAM}"),
        '.RI [ OPTIONS ] " NOUN VERB " [ REF ] " " [ ID ] " " [ OPTIONS ]',
        ".SH DESCRIPTION",
        *_paragraphs(INTRODUCTION.format(program=PROGRAM)),
        *(".SH OPTIONS", "These come before the noun:"),
        *_pairs((_option(one), one.said.help) for one in (*ROOT, HELP)),
        ".PP",
        "Most verbs take these:",
        *_pairs(COMMON),
        *(".SH COMMANDS", *_commands()),
        *(".SH DATES", *_paragraphs(f"{UNDERSTOOD[:1].upper()}{UNDERSTOOD[1:]}.")),
        *(".SH ENVIRONMENT", *_pairs(topics.ENVIRONMENT.items())),
        *(".SH FILES", *_pairs(FILES)),
        *(".SH EXIT STATUS", *_pairs(topics.exit_codes())),
        *(".SH EXAMPLES", *_examples()),
        *(".SH SEE ALSO", ".BR age (1),", ".BR cron (8)"),
    ]
    return "\n".join(lines) + "\n"


def _commands() -> Iterator[str]:
    """Yield every noun with its verbs, in the groups of the help."""
    for key, title in catalogue.GROUPS.items():
        yield f'.SS "{_escaped(title)}"'
        nouns = [noun for noun in catalogue.NOUNS if noun.group == key]
        for noun in nouns:
            if noun is not nouns[0]:
                yield ".PP"
            yield from (f".B {noun.name}", ".br", _line(noun.help), ".RS")
            for verb in typed.verbs_of(noun.name).values():
                yield from _verb(verb)
            yield ".RE"


def _verb(verb: Verb) -> Iterator[str]:
    """Yield what may stand on a verb's line, and what it does."""
    parameters = verb.parameters()
    places = " ".join(_place(one) for one in parameters if isinstance(one.said, Argument))
    yield from (".TP", f"\\fB{_escaped(verb.command)}\\fR \\fI{_escaped(places)}\\fR".rstrip())
    yield _line(verb.summary)
    options = [
        _option(one)
        for one in parameters
        if not isinstance(one.said, Argument) and not set(one.names) & set(EVERYWHERE)
    ]
    if options:
        yield from (".br", _line(", ".join(options)))


def _examples() -> Iterator[str]:
    for line, told in (
        ("demo", "Look around in a made-up district."),
        ("init", "Make a vault of your own."),
        ("agenda --week", "See what is due this week."),
        ("doctor", "See what is wrong with this machine, and what mends it."),
    ):
        yield from (".TP", f".B {_escaped(f'{PROGRAM} {line}')}", told)


def _place(one: Parameter) -> str:
    name = one.said.metavar or ""
    return name if one.required or name.startswith("[") else f"[{name}]"


def _option(one: Parameter) -> str:
    """Return an option as it is typed, with what it takes."""
    value = "" if one.is_flag else f" {one.said.metavar or 'VALUE'}"
    return "|".join(one.spellings) + value


def _pairs(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield names in bold, each with what it means."""
    for name, text in pairs:
        sentence = text[:1].upper() + text[1:]
        yield from (".TP", f".B {_escaped(name)}", _line(sentence.rstrip(".") + "."))


def _paragraphs(text: str) -> Iterator[str]:
    for number, part in enumerate(text.split("\n\n")):
        if number:
            yield ".PP"
        yield _line(part)


def _line(text: str) -> str:
    """Return words as lines of troff, escaped so that none is read as a request."""
    sentences = _escaped(" ".join(text.split())).replace(". ", ".\n").split("\n")
    lines = "\n".join(
        textwrap.fill(one, 78, break_on_hyphens=False, break_long_words=False) for one in sentences
    )
    return re.sub(r"^(['.])", r"\\&\1", lines, flags=re.MULTILINE)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti").replace('"', "\\(dq")
