"""Packets made of a case: what is in scope of a permit, sealed to one agency's key."""

import os
from datetime import date
from pathlib import Path
from typing import Any

from reintegrate_cli import keys
from reintegrate_cli.core.errors import Settings, Usage
from reintegrate_cli.core.labels import labels
from reintegrate_cli.kept import session
from reintegrate_cli.keys import agefile
from reintegrate_cli.keys.disk import opened
from reintegrate_cli.line.output import say
from reintegrate_cli.line.shapes import Work
from reintegrate_cli.nouns.checkin import occurrences
from reintegrate_cli.nouns.checkin.scheduled import is_asleep, line_of
from reintegrate_cli.nouns.contact.reaching import in_force
from reintegrate_cli.nouns.disclosure import packets
from reintegrate_cli.nouns.disclosure.grounds import Permit, listed
from reintegrate_cli.nouns.disclosure.packets import Items, Packet
from reintegrate_cli.nouns.disclosure.record import NameGiven
from reintegrate_cli.nouns.release.record import RecordType

LONGEST_KEY_FILE = 4096


def items_for(work: Work, records: tuple[RecordType, ...]) -> Items:
    """Return what may be told of a case; say what is not on record, and what was left out."""
    items, left_out = packets.items_of(
        records,
        _in_scope(work, records),
        _appointments(work) if "appointments" in records else (),
        {case.ref for case in work.store.cases.all()} - {work.ref},
    )
    empty = [type_ for type_, told in items.items() if not told]
    if empty:
        whole = len(empty) == len(items)
        more = "; the packet says so, and holds nothing else" if whole else ""
        say(f"nothing is on record of: {listed(empty)}{more}")
    if left_out:
        say(f"{left_out} texts name another student, and were left out of it")
    return items


def packet(work: Work, permit: Permit, items: Items, notice: str, name: NameGiven | None) -> Packet:
    """Return a packet about a student, who is named by their ref and by what was asked for.

    Args:
        work: the case.
        permit: the ground, and what it serves.
        items: what is told.
        notice: what the agency must know.
        name: which name goes into it; none but the ref if left out.

    Raises:
        Usage: that name is not on record.
    """
    student = work.ref
    if name is not None:
        text = getattr(work.store.identities.find(work.ref), f"{name}_name", "")
        if not text:
            raise Usage(
                f"no {name} name is on record",
                fields=["name"],
                hint="leave --name out: the packet then carries the ref alone",
            )
        student = f"{text} ({work.ref})"
    purpose = labels(permit.aims or (permit.basis,))
    return Packet(student=student, purpose=purpose, notice=notice, items=items)


def sealed(packet: Packet, format_: str, recipient: str) -> bytes:
    """Return a packet in one of its formats, sealed to an age public key."""
    return agefile.seal_archive(packets.written(packet, format_), recipient, None)


def _in_scope(work: Work, records: tuple[RecordType, ...]) -> dict[str, list[Any]]:
    """Return the records of the tables that are in scope, and of no other."""
    tables = sorted({table for type_ in records for table in packets.TABLES[type_]})
    scope = {table: work.store.table(table).all(case=work.ref) for table in tables}
    if "contact" in scope:
        hours = session.current.district.school_hours
        scope["contact"] = [in_force(contact, hours) for contact in scope["contact"]]
    return scope


def _appointments(work: Work) -> list[date]:
    """Return the next dates with the student."""
    world = session.world(work.store, work.ref)
    days = (
        occurrences.next_on(line_of(world, schedule))
        for schedule in world.records("schedules")
        if schedule.with_ == "student" and not is_asleep(world, schedule, work.today)
    )
    return [day for day in days if day is not None and day >= work.today]


def read_key(path: Path) -> str:
    """Return the age public key of an agency.

    Raises:
        Settings: the file cannot be read, or does not hold exactly one line that is no comment.
        Usage: that line is not an age public key.
    """
    try:
        descriptor = opened(path, os.O_RDONLY, follow=True)
        with os.fdopen(descriptor, "rb") as file:
            text = file.read(LONGEST_KEY_FILE).decode()
    except (OSError, UnicodeDecodeError):
        raise Settings(
            "the file that --recipient-key names cannot be read", fields=["recipient_key"]
        ) from None
    lines = [line.strip() for line in text.splitlines() if line.strip()[:1] not in ("", "#")]
    if len(lines) != 1:
        raise Settings(
            "the file of --recipient-key must hold exactly one age public key",
            fields=["recipient_key"],
        )
    return keys.check_recipient(lines[0])
