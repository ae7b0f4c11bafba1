"""``about``: what this program is, and the guidance that it follows."""

from datetime import date
from typing import Annotated

from reintegrate_cli import PROGRAM, __version__
from reintegrate_cli.catalogue import guidance as data
from reintegrate_cli.core.hints import FLAG
from reintegrate_cli.core.records import Form, Public, Value
from reintegrate_cli.line import output
from reintegrate_cli.line.help import paragraph
from reintegrate_cli.line.output import print_rows
from reintegrate_cli.line.verbs import verb


class Asked(Form, kw_only=True):
    """What ``about`` reads."""

    source: Annotated[Public[bool | None], FLAG, "cite the guidance"] = None


class About(Value, frozen=True, kw_only=True):
    """This program, and the guidance that it follows."""

    program: Public[str] = PROGRAM
    version: Public[str] = __version__
    guidance: Public[str] = data.TITLE
    publisher: Public[str] = data.PUBLISHER
    contract: Public[str] = data.CONTRACT
    edition: Public[str] = data.EDITION
    address: Public[str] = data.ADDRESS
    retrieved_by: Public[date] = date.fromisoformat(data.RETRIEVED_BY)
    endorsed: Public[bool] = False
    notice: Public[str] = data.NOT_ENDORSED


@verb("about", "about")
def about(given: Asked) -> None:
    """Show what this program is; --source cites the guidance that it follows.

    Example: reintegrate about --source
    """
    if output.current.as_json or given.source:
        output.show(About())
        return
    paragraph(
        f"{PROGRAM} {__version__} coordinates a student's way back into school after trafficking:"
        " student led, trauma informed, with the least disclosure."
    )
    print_rows("")
    paragraph(
        f"It follows public practice guidance, in the edition of {data.EDITION}, in its own words."
        f" {PROGRAM} guide NOUN tells what that asks; {PROGRAM} about --source cites it."
    )
    print_rows("")
    paragraph(data.NOT_ENDORSED)
