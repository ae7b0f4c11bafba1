"""What the TAB key offers: nouns from the catalogue, all else from the declaration of a verb.

It opens the vault alone where a ref or a slug is meant, and where a key file opens it without
asking. Whatever goes wrong offers nothing and says nothing.
"""

import os
from collections.abc import Iterable, Mapping, Sequence

from reintegrate_cli.catalogue import NOUNS, with_ids
from reintegrate_cli.line import offers, shells, speech, typed
from reintegrate_cli.line.plain import HELP, ROOT, Argument, Option, Parameter, is_value


def answer(asked: str, args: Sequence[str]) -> int:
    """Answer a shell: print what may be typed at the cursor, and return the exit code.

    Args:
        asked: what ``_REINTEGRATE_COMPLETE`` says.
        args: the arguments of this process.
    """
    speech.current.no_input = speech.current.as_json = True  # neither asked nor told
    *before, last = shells.words(asked, args) or [""]
    try:
        found = offered(before, last)
    except Exception:  # noqa: BLE001 - a line that is half typed has no faults yet
        found = {}
    told = shells.answer(asked, found, last)
    if told:
        speech.print_rows(told)
    # Fish asks first whether there is anything.
    return int(os.environ.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args" and not found)


def offered(before: Sequence[str], last: str) -> dict[str, str]:
    """Return what may stand at the cursor, each with its explanation.

    Args:
        before: the words before it.
        last: what is typed of the word at the cursor.
    """
    if _waits(ROOT, before):
        return _fitting(_values(_named(ROOT, before[-1])), last)
    values, words = typed.before_noun(before)
    if not words:
        return _fitting(_names((*ROOT, HELP)) if last[:1] == "-" else _nouns(), last)
    noun, *rest = words
    verb, rest = typed.verb_of(noun, rest) if rest else (None, [])
    verbs = typed.verbs_of(noun)
    if verb is None and (alone := verbs.get(noun)) is not None:
        verb = alone
    own = (
        {}
        if rest or len(words) > 1
        else {name: one.summary for name, one in verbs.items() if name != noun}
    )
    if verb is None:
        return _fitting(_names((HELP,)) if last[:1] == "-" else own, last)
    typed.begin(values)
    return {**_fitting(own, last), **_of_verb(verb.noun, verb.parameters(), rest, last)}


def _nouns() -> dict[str, str]:
    return {noun.name: noun.help for noun in NOUNS}


def _names(parameters: Iterable[Parameter]) -> dict[str, str]:
    names = {}
    for one in parameters:
        if isinstance(one.said, Option):
            names[one.said.name] = one.said.help
            if one.said.no:
                names[one.said.no] = ""
    return names


def _named(parameters: Iterable[Parameter], name: str) -> Parameter | None:
    return next((one for one in parameters if name in one.names), None)


def _waits(parameters: Iterable[Parameter], before: Sequence[str]) -> bool:
    """Return whether the last word is an option that waits for its value."""
    one = _named(parameters, before[-1]) if before else None
    return one is not None and not one.is_flag


def _of_verb(
    noun: str, parameters: list[Parameter], words: Sequence[str], last: str
) -> dict[str, str]:
    if _waits(parameters, words):
        return _fitting(_values(_named(parameters, words[-1])), last)
    if last.startswith("-"):
        name, equals, value = last.partition("=")
        if equals:
            offers = _fitting(_values(_named(parameters, name)), value)
            return (
                offers
                if shells.FILES in offers
                else {f"{name}={one}": text for one, text in offers.items()}
            )
        again = [
            one
            for one in parameters
            if not set(one.names) & set(words) or one.type not in (str | None, bool, bool | None)
        ]
        return _fitting(_names((*again, HELP)), last)
    places = [one for one in parameters if isinstance(one.said, Argument)]
    given = [
        word
        for at, word in enumerate(words)
        if is_value(word) and not _waits(parameters, words[:at])
    ]
    if len(given) >= len(places):
        return {}
    return _fitting(_values(places[len(given)], given[0] if given else "", noun), last)


def _values(one: Parameter | None, first: str = "", noun: str = "") -> dict[str, str]:
    """Return what may stand for a parameter; nothing if that is not known.

    Args:
        one: the parameter.
        first: the first argument of the line: the ref, where there is one.
        noun: the noun of the line.
    """
    if one is None:
        return {}
    said, metavar = one.said, one.said.metavar or ""
    if said.complete is not None:
        made = said.complete()
        return dict(made) if isinstance(made, Mapping) else dict.fromkeys(made, "")
    if isinstance(said, Argument) and said.finds:
        own = [table.name for table in with_ids(noun, in_case=bool(first))]
        tables = own if said.finds == "id" else [said.finds]
        if "|PARTNER" in metavar:
            tables.append("partners")
        return dict.fromkeys(offers.keys_of(*tables, case=first), "")
    if metavar in ("FILE", "FOLDER", "PATH"):
        return {shells.FILES: ""}
    if metavar.startswith("DATE"):
        return offers.dates(past=False)
    if metavar == "NOUN":
        return _nouns()
    if metavar == "VERB":
        return {name: verb.summary for name, verb in typed.verbs_of(first).items()}
    # What is written small in its place is what is typed.
    return {part: "" for part in metavar.strip("[]").split("|") if part.islower()}


def _fitting(offers: Mapping[str, str], last: str) -> dict[str, str]:
    """Keep what begins with what is typed, in any case and with either dash."""
    return {
        value: text
        for value, text in offers.items()
        if value == shells.FILES or _folded(value).startswith(_folded(last))
    }


def _folded(text: str) -> str:
    return text.casefold().replace("_", "-")
