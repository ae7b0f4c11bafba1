"""Packets: the least of a record that a release lets be told, in one file for one recipient.

What is in a packet follows from the records in its scope and from nothing else: no id, no
time, no counter, no name that was not asked for. The catalogue says under which type of records a
table is told, and each record which of its fields may be (``TOLD``); no other field ever is.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from reintegrate_cli import catalogue
from reintegrate_cli.core import cleaning
from reintegrate_cli.core.comparing import folded
from reintegrate_cli.core.lean import msgspec, replace
from reintegrate_cli.core.records import TOLD, Sensitivity, fields_of, plain
from reintegrate_cli.nouns.release.record import RECORD_TYPES, RecordType

TABLES: dict[RecordType, tuple[str, ...]] = {
    kind: tuple(
        table.name
        for table in sorted(catalogue.TABLES.values(), key=lambda table: table.number)
        if table.told_as == kind
    )
    for kind in RECORD_TYPES
}
"""The tables that are told under each type of records; what is worked out has none."""
_AMOUNTS = {
    "hundredths": ("amount", 100, "g"),
    "cents": ("amount", 100, ".2f"),
    "halves": ("sessions", 2, "g"),
}
"""What is kept in parts of one: how it is named, how many make one, and how that is written."""
LEFT_OUT = "left out: it names another student"


Items = dict[RecordType, list[dict[str, Any]]]
"""What is told, by type of records."""


class Packet(msgspec.Struct, frozen=True):
    """What is told: who it is about, what for, and the items of each record type."""

    student: str
    purpose: str
    notice: str
    items: Items


def items_of(
    records: Sequence[RecordType],
    tables: Mapping[str, Sequence[Any]],
    appointments: Sequence[date],
    others: Collection[str],
) -> tuple[Items, int]:
    """Take out of a case's records what may be told of them.

    Args:
        records: the record types in scope.
        tables: the case's records, by table.
        appointments: the next dates with the student.
        others: the refs of every other case; a text that holds one is left out (C2).

    Returns:
        The items of each record type, and how many texts were left out.
    """
    items: Items = {}
    named = _naming(others)
    left_out: list[str] = []
    for type_ in records:
        parts = (
            _told(record, named, left_out)
            for table in TABLES[type_]
            for record in tables.get(table, ())
            if _is_told(record)
        )
        items[type_] = [told for told in parts if told]
    if "appointments" in items:
        items["appointments"] = [{"on": day.isoformat()} for day in sorted(appointments)]
    return items, len(left_out)


def _is_told(record: Any) -> bool:
    """Return whether a record is in force, and about the student alone: others are met too."""
    with_student = getattr(record, "with_", "student") == "student"
    return with_student and getattr(record, "ended_on", None) is None


def _naming(others: Collection[str]) -> "re.Pattern[str] | None":
    if not others:
        return None
    refs = "|".join(re.escape(folded(ref)) for ref in sorted(others))
    return re.compile(rf"(?<!\w)(?:{refs})(?!\w)")


def _told(record: Any, named: "re.Pattern[str] | None", left_out: list[str]) -> dict[str, Any]:
    """Return the fields of a record that may be told; note those that were left out (C2)."""
    told: dict[str, Any] = {}
    for spec in fields_of(type(record)):
        if TOLD not in spec.notes:
            continue
        value = getattr(record, spec.name)
        if isinstance(value, msgspec.Struct):
            told |= _told(value, named, left_out)
            continue
        if isinstance(value, tuple) and any(isinstance(part, msgspec.Struct) for part in value):
            # A way that reaches somebody else is theirs to give away.
            own = (part for part in value if getattr(part, "whose", None) is None)
            said: Any = [_told(part, named, left_out) for part in own]
        else:
            said = plain(value, Sensitivity.SECRET)
            text = (
                json.dumps(said, ensure_ascii=False) if spec.sensitivity > Sensitivity.REF else ""
            )
            if named and named.search(folded(text)):
                left_out.append(spec.key)
                said = LEFT_OUT
        if said not in (None, "", [], False):
            name, parts, how = _AMOUNTS.get(spec.key, (spec.key, 0, ""))
            told[name] = format(said / parts, how) if parts else said
    return told


def written(packet: Packet, format_: str) -> bytes:
    """Write a packet, with its notice, in one of its formats; nothing in it steers a reader.

    Raises:
        Usage: a pdf cannot hold a character of it.
    """
    packet = replace(
        packet, student=cleaning.line(packet.student), items=cleaning.document(packet.items)
    )
    if format_ == "json":
        about = {name: getattr(packet, name) for name in ("notice", "student", "purpose")}
        document = {**about, "records": packet.items}
        return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
    if format_ == "pdf":
        from reintegrate_cli.nouns.disclosure import pdf

        return pdf.written(lines(packet))
    styles = {"#": "{}\n", ">": "{}", "": "{}"}
    text = [styles.get(line[:1], "- {}").format(line) for line in lines(packet)]
    return ("\n".join(text) + "\n").encode()


def lines(packet: Packet) -> list[str]:
    """Return a packet as lines: ``#`` begins a heading and ``>`` the notice."""
    notice = [f"> {packet.notice}", ""] if packet.notice else []
    about = [f"student: {packet.student}", f"purpose: {packet.purpose}", ""]
    text = ["# Confidential", *notice, *about]
    for type_, items in packet.items.items():
        told = [line_of(item) for item in items] or ["nothing on record"]
        text += [f"# {type_.replace('_', ' ')}", *told, ""]
    return text[:-1]


def line_of(item: Mapping[str, Any]) -> str:
    """Return an item as one line: the name of each field and what it says."""
    return "; ".join(f"{key.replace('_', ' ')}: {_said(value)}" for key, value in item.items())


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_said, value))
    if isinstance(value, dict):
        return f"({line_of(value)})"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return cleaning.line(value)
