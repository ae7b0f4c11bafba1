"""Packets: the least of a record that a release lets be told, in one file for one recipient.

What is in a packet follows from the records in its scope and from nothing else: no id, no
time, no counter, no name that was not asked for. The catalogue says as which type of records a
table is told, and each record which of its fields may be (``TOLD``); what has no such mark never is.
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
_AMOUNTS = {"hundredths": "amount"}
"""What is kept in hundredths, and how it is named."""
LEFT_OUT = "left out: it names another student"


class Packet(msgspec.Struct, frozen=True):
    """What is told: who it is about, what for, and the items of each record type."""

    student: str
    purpose: str
    notice: str
    items: dict[RecordType, list[dict[str, Any]]]
    left_out: int = 0
    """How many texts were left out, because they name somebody else (C2)."""


def items_of(
    records: Sequence[RecordType],
    kept: Mapping[str, Sequence[Any]],
    appointments: Sequence[date],
    others: Collection[str],
) -> tuple[dict[RecordType, list[dict[str, Any]]], int]:
    """Take out of a case's records what may be told of them.

    Args:
        records: the record types in scope.
        kept: the case's records, by table.
        appointments: the next dates with the student.
        others: the refs of every other case; a text that holds one is left out (C2).

    Returns:
        The items of each record type, and how many texts were left out.
    """
    found: dict[RecordType, list[dict[str, Any]]] = {}
    named = _naming(others)
    left_out = 0
    for type_ in records:
        found[type_] = []
        for table in TABLES[type_]:
            for record in kept.get(table, ()):
                if _is_told(record):
                    told, left = _told(record, named)
                    left_out += left
                    if told:
                        found[type_].append(told)
    if "appointments" in found:
        found["appointments"] = [{"on": day.isoformat()} for day in sorted(appointments)]
    return found, left_out


def _is_told(record: Any) -> bool:
    """Say whether a record holds, and is about nobody but the student: others are met besides."""
    with_student = getattr(record, "with_", "student") == "student"
    return with_student and getattr(record, "ended_on", None) is None


def _naming(others: Collection[str]) -> "re.Pattern[str] | None":
    if not others:
        return None
    refs = "|".join(re.escape(folded(ref)) for ref in sorted(others))
    return re.compile(rf"(?<!\w)(?:{refs})(?!\w)")


def _told(record: Any, named: "re.Pattern[str] | None") -> tuple[dict[str, Any], int]:
    told: dict[str, Any] = {}
    left_out = 0
    for spec in fields_of(type(record)):
        if TOLD not in spec.notes:
            continue
        value = getattr(record, spec.name)
        if isinstance(value, msgspec.Struct):
            inner, left = _told(value, named)
            told, left_out = told | inner, left_out + left
            continue
        if isinstance(value, tuple) and any(isinstance(one, msgspec.Struct) for one in value):
            # A way that reaches somebody else is theirs to give away.
            parts = [_told(one, named) for one in value if getattr(one, "whose", None) is None]
            left_out += sum(left for _, left in parts)
            if parts:
                told[spec.key] = [part for part, _ in parts]
            continue
        said = plain(value, Sensitivity.SECRET)
        if (
            spec.sensitivity >= Sensitivity.PRIVATE
            and named
            and named.search(folded(json.dumps(said, ensure_ascii=False)))
        ):
            said, left_out = LEFT_OUT, left_out + 1
        if said not in (None, "", [], False):
            amount = _AMOUNTS.get(spec.key)
            told[amount or spec.key] = f"{said / 100:g}" if amount else said
    return told, left_out


def written(packet: Packet, format_: str) -> bytes:
    """Write a packet, with its notice, in one of its formats; nothing in it steers a reader.

    Raises:
        Usage: a pdf cannot hold a character of it.
    """
    packet = replace(
        packet, student=cleaning.line(packet.student), items=cleaning.document(packet.items)
    )
    if format_ == "json":
        document = {
            "notice": packet.notice,
            "student": packet.student,
            "purpose": packet.purpose,
            "records": packet.items,
        }
        return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
    if format_ == "pdf":
        from reintegrate_cli.nouns.disclosure import pdf

        return pdf.written(lines(packet))
    text = []
    for line in lines(packet):
        if line.startswith("#"):
            text += [line, ""]
        else:
            text.append(f"- {line}" if line and not line.startswith(">") else line)
    return ("\n".join(text) + "\n").encode()


def lines(packet: Packet) -> list[str]:
    """Give a packet as lines: ``#`` begins a heading and ``>`` the notice."""
    notice = [f"> {packet.notice}", ""] if packet.notice else []
    about = [f"student: {packet.student}", f"purpose: {packet.purpose}", ""]
    found = ["# Confidential", *notice, *about]
    for type_, items in packet.items.items():
        found.append(f"# {type_.replace('_', ' ')}")
        found += [_line(item) for item in items] or ["nothing on record"]
        found.append("")
    return found[:-1]


def _line(item: Mapping[str, Any]) -> str:
    return "; ".join(f"{key.replace('_', ' ')}: {_said(value)}" for key, value in item.items())


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_said(one) for one in value)
    if isinstance(value, dict):
        return f"({_line(value)})"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return cleaning.line(value)
