"""``guide``: what the practice guidance asks at a step, with its clause, source and date."""

from datetime import date
from typing import Annotated

from reintegrate_cli import PROGRAM
from reintegrate_cli.catalogue import BY_NAME
from reintegrate_cli.catalogue import guidance as data
from reintegrate_cli.core.argv import WORD, free_text
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.records import Public, Value
from reintegrate_cli.line import nearest, output
from reintegrate_cli.line.help import paragraph
from reintegrate_cli.line.output import pairs, print_rows
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.verbs import verb


class Ask(Value, frozen=True, kw_only=True):
    """One thing that the guidance asks: its clause, and what it says in the program's own words."""

    clause: Public[int]
    asks: Public[str]


class Support(Value, frozen=True, kw_only=True):
    """One thing that a home school can give, and the command with which it begins."""

    what: Public[str]
    command: Public[str]


class Guide(Value, frozen=True, kw_only=True):
    """What the guidance asks at a noun; of the whole of it, if there is no noun."""

    noun: Public[str | None]
    asks: Public[tuple[Ask, ...]]
    support: Public[tuple[Support, ...]]
    source: Public[str]
    edition: Public[str]
    retrieved_by: Public[date]
    endorsed: Public[bool] = False


def guide_of(noun: str | None) -> Guide:
    """Return what the guidance asks at a noun, or all that it asks."""
    clauses = data.CLAUSES if noun is None else data.ASKS.get(noun, ())
    tells = noun is None or noun in data.BEFORE_A_MOVE
    return Guide(
        noun=noun,
        asks=tuple(Ask(clause=number, asks=data.CLAUSES[number]) for number in clauses),
        support=tuple(
            Support(what=what, command=f"{PROGRAM} {command}")
            for what, command in (data.SUPPORT if tells else {}).items()
        ),
        source=data.ADDRESS,
        edition=data.EDITION,
        retrieved_by=date.fromisoformat(data.RETRIEVED_BY),
    )


@verb("guide", "guide")
def guide(
    noun: Annotated[
        str | None, Argument(metavar="[NOUN]", help="A noun.", complete=lambda: list(data.ASKS))
    ] = None,
) -> None:
    """Show what the guidance asks at a noun, and what a home school can give before a move.

    Example: reintegrate guide mou
    """
    if noun is not None and not WORD.fullmatch(noun):
        raise free_text()
    noun = noun and noun.lower()
    if noun is not None and noun not in BY_NAME:
        names = {one.name: f"{one.words} {one.help}" for one in BY_NAME.values()}
        raise Usage("there is no such noun", hint=nearest.hint(noun, names, PROGRAM))
    told = guide_of(noun)
    if output.current.as_json:
        output.show(told)
        return
    if not told.asks:
        paragraph(f"The guidance has nothing to say about {noun}.")
    pairs([(f"clause {each.clause}", each.asks) for each in told.asks])
    if told.support:
        print_rows("\nBefore a move is thought of, a home school can give:")
        pairs([(each.command.removeprefix(f"{PROGRAM} "), each.what) for each in told.support])
    print_rows("")
    paragraph(
        f"In this program's own words, from the edition of {told.edition}, retrieved by"
        f" {told.retrieved_by}; not endorsed. {PROGRAM} about --source tells where it is from."
    )
