"""``help``: a noun, a verb, or one of the topics that concern every command."""

from typing import Annotated

from reintegrate_cli.catalogue import BY_NAME
from reintegrate_cli.core.argv import WORD, free_text
from reintegrate_cli.core.dates import UNDERSTOOD
from reintegrate_cli.core.errors import Problem, Usage
from reintegrate_cli.line import help as answers
from reintegrate_cli.line import nearest, typed
from reintegrate_cli.line.output import pairs, print_rows
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.verbs import verb

ENVIRONMENT = {
    "REINTEGRATE_VAULT": "the vault, a file or postgresql://HOST/DATABASE; if not set,"
    " caseload.vault in your data folder",
    "REINTEGRATE_KEY_FILE": "a key file, or a file with an age identity, which opens the vault",
    "REINTEGRATE_PASSPHRASE_FILE": "a file with the passphrase; refused if others can read it",
    "REINTEGRATE_CONFIG": "the district's settings; if not set, reintegrate/district.toml in your"
    " configuration folder",
    "REINTEGRATE_TODAY": "the day to take for today, or a day and time such as 2026-10-06T15:30;"
    " for training and tests",
    "NO_COLOR": "if set, nothing is colored",
    "COLUMNS": "how wide the screen is taken to be",
    "PAGER": "what shows rows that do not fit on the screen; if not set, less -FRX; cat shows them"
    " all at once",
    "REINTEGRATE_PLAIN": "if set, questions are plain lines, and rows are shown without a pager;"
    " for a screen reader",
}
_JSON = """\
--json prints one document to standard output. A list is {"as_of": DATE, "items": [...]}; a
record is an object. Keys are the names of the fields, dates are ISO, what is absent is null.
What may not be shown reads "[private]" or "[secret]".

Every write takes --json, and prints the record that it wrote. With --json anywhere on the line
an error is {"error": {"kind", "rule", "message", "hint", "fields"}} on standard error.

--from FILE reads the fields of a command as one JSON object, --from - reads it from standard
input; reintegrate schema NOUN VERB prints what it takes."""


def _environment() -> None:
    pairs(ENVIRONMENT.items())


def exit_codes() -> list[tuple[str, str]]:
    """List the codes with which a command ends, each with what it means."""
    kinds = sorted((one.code, one.kind, one.__doc__ or "") for one in Problem.__subclasses__())
    return [
        ("0", "done"),
        (str(Problem.code), "fault: the program is at fault; a report without names is written"),
        *((str(code), f"{kind}: {_sentence(text)}") for code, kind, text in kinds),
    ]


def _sentence(text: str) -> str:
    first = " ".join(text.split("\n\n")[0].replace("``", "").split()).rstrip(".")
    return "; ".join(part[:1].lower() + part[1:] for part in first.split(". "))


def _dates() -> None:
    answers.paragraph(f"{UNDERSTOOD[:1].upper()}{UNDERSTOOD[1:]}.")
    print_rows("")
    answers.paragraph(
        "The day is said back in full, such as Mon 30 Nov 2026, in 7 days. A weekday alone is the"
        " next one. What is not understood is refused; nothing is guessed."
    )
    print_rows("")
    answers.paragraph("Times are 15:30. How often is 3d, 1w, 2w, 1m, 3m or none.")


def _json() -> None:
    for part in _JSON.split("\n\n"):
        answers.paragraph(part)
        print_rows("")


TOPICS = {
    "dates": _dates,
    "environment": _environment,
    "exit-codes": lambda: pairs(exit_codes()),
    "json": _json,
}


@verb("help", "help")
def help_(
    topic: Annotated[
        str | None,
        Argument(
            metavar="TOPIC",
            help=f"A noun, or one of: {', '.join(TOPICS)}.",
            complete=lambda: [*TOPICS, *BY_NAME],
        ),
    ] = None,
    name: Annotated[str | None, Argument(metavar="VERB", help="A verb of the noun.")] = None,
) -> None:
    """Explain what a noun or a verb does, or more about dates, environment, exit-codes or json.

    Example: reintegrate help dates
    """
    if not all(WORD.fullmatch(word) for word in (topic or "x", name or "x")):
        raise free_text()
    if topic is None:
        typed.show_help()
    elif topic in TOPICS:
        TOPICS[topic]()
    elif topic in BY_NAME:
        found, _ = typed.verb_of(topic, [name] if name else [])
        alone = name is None and len(typed.verbs_of(topic)) > 1
        typed.show_help(topic, None if alone else found)
    else:
        names = {**{one.name: f"{one.words} {one.help}" for one in BY_NAME.values()}}
        names.update(dict.fromkeys(TOPICS, ""))
        raise Usage("there is no such topic", hint=nearest.hint(topic, names, "reintegrate"))
