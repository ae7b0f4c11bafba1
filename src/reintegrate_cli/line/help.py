"""Help: of the program and a noun from the catalogue, of a verb from its declaration."""

import textwrap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from reintegrate_cli import PROGRAM
from reintegrate_cli.catalogue import BY_NAME, GROUPS, NOUNS
from reintegrate_cli.catalogue.guidance import ASKS
from reintegrate_cli.line.plain import HELP, ROOT, Argument, Parameter
from reintegrate_cli.line.speech import pairs, print_rows, width

if TYPE_CHECKING:
    from reintegrate_cli.line.verbs import Verb

MARGIN = 2


def of_program() -> None:
    """Show what there is, by when it is used."""
    print_rows(f"Usage: {PROGRAM} NOUN VERB [REF] [ID] [OPTIONS]\n")
    print_rows("Student led, trauma informed, least disclosure.\n")
    groups = (
        (title, [one.name for one in NOUNS if one.group == key]) for key, title in GROUPS.items()
    )
    pairs([(title, ", ".join(names)) for title, names in groups], margin=MARGIN)
    print_rows("\nBefore the noun:")
    _options(ROOT)
    print_rows(f"\n{PROGRAM} NOUN --help tells its verbs; {PROGRAM} help TOPIC tells more.")
    print_rows(f"Example: {PROGRAM} agenda --week")


def of_noun(noun: str, verbs: "Mapping[str, Verb]") -> None:
    """Show a noun's verbs, each with what it does."""
    alone = verbs.get(noun)
    typed = "[VERB]" if alone else "VERB"
    print_rows(f"Usage: {PROGRAM} {noun} {typed} [REF] [ID] [OPTIONS]\n")
    print_rows(f"{BY_NAME[noun].help}\n")
    own = {name: one.summary for name, one in verbs.items() if name != noun}
    room = width() - MARGIN - 2 - max(map(len, own), default=0)
    pairs(((name, _briefly(text, room)) for name, text in own.items()), margin=MARGIN)
    if alone:
        print_rows("\nWithout a verb:")
        _options(alone.parameters())
    print_rows("")
    clauses = ", ".join(str(number) for number in ASKS.get(noun, ()))
    if clauses:
        what = "clauses" if "," in clauses else "clause"
        print_rows(f"Guidance, {what} {clauses}: {PROGRAM} guide {noun}")
    print_rows(f"{PROGRAM} {noun} VERB --help tells what a verb takes.")
    print_rows(next(iter(verbs.values())).told[1])


def _briefly(text: str, room: int) -> str:
    """Return as much of a sentence as fits on a line, up to a pause in it; all, if none does.

    A comma parts what is listed, and a list that breaks off reads wrong: the first of them ends it.
    """
    if len(text) <= room:
        return text
    for signs, which in ((";:", -1), (",", 0)):
        pauses = [at for at in range(room) if text[at] in signs and text[at + 1] == " "]
        if pauses:
            return f"{text[: pauses[which]]}."
    return text


def of_verb(verb: "Verb") -> None:
    """Show what may stand on a verb's line."""
    parameters = verb.parameters()
    told, example = verb.told
    places = [one for one in parameters if isinstance(one.said, Argument)]
    shown = [_shown(one) for one in places]
    print_rows(f"Usage: {' '.join((PROGRAM, verb.command, *shown))} [OPTIONS]\n")
    for part in told.split("\n\n"):
        paragraph(part)
        print_rows("")
    if places:
        pairs(((_shown(one), one.said.help) for one in places), margin=MARGIN)
        print_rows("")
    _options([*parameters, HELP])
    needed, keys = verb.needed(), verb.unlisted_keys()
    if needed or keys:
        print_rows("")
    if needed:
        asked = " On a terminal, what you leave out is asked for." if verb.form else ""
        paragraph(f"Needed: {', '.join(needed)}.{asked}")
    if keys:
        paragraph(f"Asked for at a prompt, or read with --from: {', '.join(sorted(keys))}.")
    print_rows(f"\n{example}")


def paragraph(text: str) -> None:
    """Print words that wrap."""
    print_rows(textwrap.fill(" ".join(text.split()), width(), break_on_hyphens=False))


def _shown(one: Parameter) -> str:
    name = one.said.metavar or ""
    return name if one.required or name.startswith("[") else f"[{name}]"


def _options(parameters: Iterable[Parameter]) -> None:
    rows = []
    for one in parameters:
        if isinstance(one.said, Argument):
            continue
        names = ", ".join(one.names) + (f", {one.said.no}" if one.said.no else "")
        value = "" if one.is_flag else f" {one.said.metavar or 'VALUE'}"
        rows.append((names + value, one.said.help or "."))
    pairs(rows, margin=MARGIN, widest=26)
