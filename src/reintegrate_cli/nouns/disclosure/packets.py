"""Packets: the least of a record that a release lets be told, in one file for one recipient.

What is in a packet follows from the records in its scope and from nothing else: no id, no
time, no counter, no name that was not asked for. ``FIELDS`` says, record type by record type,
which fields of which tables may ever be told; what is not named there never is.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from reintegrate_cli.core import cleaning
from reintegrate_cli.core.comparing import folded
from reintegrate_cli.core.lean import msgspec, replace
from reintegrate_cli.core.records import Sensitivity, fields_of, plain
from reintegrate_cli.nouns.release.record import RecordType

FIELDS: dict[RecordType, dict[str, tuple[str, ...]]] = {
    # What a school means by attendance. Barriers, and contacts with this office, are none of it.
    "attendance": {"attendance": ("on", "pattern", "dates")},
    "credits": {"credits": ("course", "state", "hundredths", "source", "on")},
    # When the student is met; whom else somebody meets about them would tell of other agencies.
    "schedule": {"schedules": ("terms.every", "terms.day", "at", "mode")},
    # What is done, never why.
    "supports": {
        "needs": ("area", "every"),
        "adjustments": ("courses", "change", "load", "starts_on", "ends_on"),
    },
    # The student's own plan. Who the adults are, who picks up and what a court ordered stay here.
    "safety_plan": {
        "safety": (
            "goals",
            "unsafe",
            "warning_signs",
            "coping",
            "safe_places",
            "on_the_way",
            "online",
            "if_missing",
            "if_unsafe_person",
        )
    },
    # The ways that reach the student, and not those that reach somebody else for them.
    "contact": {
        "contact": (
            "mode",
            "time_zone",
            "methods.kind",
            "methods.value",
            "methods.days",
            "methods.opens",
            "methods.closes",
            "methods.any_time",
            "methods.voicemail",
            "methods.text_allowed",
            "methods.dropped_call",
        )
    },
    "goals": {"goals": ("horizon", "words", "set_on", "reached_on")},
    "appointments": {},
    "funding": {},
}
"""By record type and table, the fields that may be told; ``a.b`` is a field of what is inside."""
DERIVED: dict[RecordType, tuple[str, ...]] = {
    "appointments": ("schedules", "contacts", "cases", "contact", "care", "staff")
}
"""The tables that a record type is worked out from, where it is not kept itself."""
ENDS: dict[str, tuple[str, ...]] = {
    "schedules": ("ended_on", "with"),
    "needs": ("ended_on",),
    "adjustments": ("ended_on",),
    "goals": ("ended_on",),
    "credits": ("ended_on",),
    "contact": ("methods.whose",),
}
"""The fields that decide whether a record, or a part of one, is told at all."""
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
        for table, names in FIELDS[type_].items():
            for record in kept.get(table, ()):
                if _is_told(table, record):
                    told, left = _told(record, names, named)
                    left_out += left
                    if told:
                        found[type_].append(told)
    if "appointments" in found:
        found["appointments"] = [{"on": day.isoformat()} for day in sorted(appointments)]
    return found, left_out


def _is_told(table: str, record: Any) -> bool:
    if table == "schedules" and record.with_ != "student":
        return False
    return getattr(record, "ended_on", None) is None or table not in ENDS


def _naming(others: Collection[str]) -> "re.Pattern[str] | None":
    if not others:
        return None
    refs = "|".join(re.escape(folded(ref)) for ref in sorted(others))
    return re.compile(rf"(?<!\w)(?:{refs})(?!\w)")


def _told(
    record: Any, names: Sequence[str], named: "re.Pattern[str] | None"
) -> tuple[dict[str, Any], int]:
    told: dict[str, Any] = {}
    left_out = 0
    wanted: dict[str, list[str]] = {}
    for name in names:
        head, _, tail = name.partition(".")
        wanted.setdefault(head, []).append(tail)
    for spec in fields_of(type(record)):
        if spec.key not in wanted:
            continue
        value = getattr(record, spec.name)
        inner = [tail for tail in wanted[spec.key] if tail]
        if inner:
            parts = []
            for one in value if isinstance(value, tuple) else (value,):
                if getattr(one, "whose", None) is not None:
                    continue
                part, left = _told(one, inner, named)
                left_out += left
                parts.append(part)
            if not isinstance(value, tuple):
                told |= parts[0]
            elif parts:
                told[spec.key] = parts
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
