"""What became of records from one schema to the next: numbered, pure, never changed again.

A vault of an older schema is carried over as it is read, and written in the present one at
the next change by a person. A file of every released schema stays in ``tests/vaults``.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import msgspec.json

from reintegrate_cli.catalogue import SCHEMA, TABLES
from reintegrate_cli.core.errors import damaged

Document = dict[str, Any]
Step = Callable[[Document], Document]


def carrier(name: str, schema: int) -> Callable[[bytes], bytes] | None:
    """Return what carries over the bodies of a table; nothing where none changed."""
    steps = _steps(name, schema)
    if not steps:
        return None
    return lambda body: msgspec.json.encode(_carry(msgspec.json.decode(body), steps))


def _steps(name: str, schema: int) -> list[Step]:
    numbers = range(schema, SCHEMA)
    return [step for number in numbers if (step := _MIGRATIONS.get((number, name)))]


def _carry(document: Document, steps: list[Step]) -> Document:
    try:
        return reduce(lambda carried, step: step(carried), steps, document)
    except (KeyError, ValueError, TypeError, AttributeError):
        raise damaged() from None


def _letters_of_a_hold(document: Document) -> Document:
    """From schema 3: a legal hold is LH1, since L1 is a release."""
    return {**document, "id": TABLES["legal_holds"].id + document["id"].removeprefix("L")}


def _hearings_of_a_person(document: Document) -> Document:
    """From schema 4: a hearing is a record with a number, and not a day alone."""
    carried = {**document}
    days = [*(carried.pop("hearings", None) or ()), carried.pop("next_hearing", None)]
    held = [*(True for _ in days[:-1]), None]
    hearings = [
        {"id": number, "on": day, "held": took_place, "settled_on": day if took_place else None}
        for number, (day, took_place) in enumerate(zip(days, held, strict=True), 1)
        if day is not None
    ]
    return {**carried, "hearings": hearings, "next_hearing_on": days[-1]}


def _words_of_a_conferral(document: Document) -> Document:
    """From schema 4: what staff saw is kept in words, and no number for how a student is."""
    number, text = ("academic", "social"), document.get("evidence", "")
    given = [name for name in number if document.get(name) is not None]
    kept = {key: value for key, value in document.items() if key not in (*number, "evidence")}
    if text and not given:
        kept["note"] = "\n".join(part for part in (kept.get("note"), text) if part)
    return {**kept, **dict.fromkeys(given, text)}


def _triggers_of_a_plan(document: Document) -> Document:
    """From schema 4: no value names a person by what they did, but what happens."""
    carried = {**document}
    if "triggers" in carried:
        carried["triggers"] = [_what_happens(each) for each in carried["triggers"]]
    if "reviews" in carried:
        carried["reviews"] = [
            {**each, "trigger": _what_happens(each.get("trigger"))} for each in carried["reviews"]
        ]
    return carried


def _what_happens(trigger: str | None) -> str | None:
    return "release_from_custody" if (trigger or "").startswith("release_of_") else trigger


_MIGRATIONS: Mapping[tuple[int, str], Step] = {
    (3, "legal_holds"): _letters_of_a_hold,
    (4, "care"): _hearings_of_a_person,
    (4, "contacts"): _words_of_a_conferral,
    (4, "safety"): _triggers_of_a_plan,
}
"""By the schema that is left behind and the table, what becomes of a document."""
