"""Slips that somebody leaves who has a school's key, and a program of their own."""

import json
from collections.abc import Sequence
from typing import Any

import psycopg2

from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.slips import Put, Slip
from reintegrate_cli.keys import Bundle
from reintegrate_cli.server.heads import open_top
from reintegrate_cli.server.sealing import LABEL, Seals
from reintegrate_cli.server.tray import Tray
from ridgeline import Place


def put(table: str, *key: str, row: Any) -> Put:
    return Put(table, key, row)


def leave(place: Place, slip: Slip, bundle: Bundle | None = None) -> None:
    """Leave a slip, as somebody with a school's key and a program of their own could."""
    own, header = place.opened()
    ((turn, head),) = place.truth("SELECT turn, head FROM reintegrate.vault")
    seals = Seals(bundle or own, header.store_id, header.salt)
    connection = psycopg2.connect(place.url.replace("postgres@", "r_5d20@"))
    try:
        with connection, connection.cursor() as cursor:

            def query(statement: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
                cursor.execute(statement, params)
                return [
                    tuple(bytes(one) if isinstance(one, memoryview) else one for one in row)
                    for row in cursor.fetchall()
                ]

            top = open_top(Seals(own, header.store_id, header.salt), turn, bytes(head))
            Tray(seals, top, turn, header, query).looked().leave(slip)
    finally:
        connection.close()


def row_of(place: Place, table: str, *key: str) -> dict[str, Any]:
    """Return what the school reads of a record."""
    return opened(place)[table, key]


def opened(place: Place) -> dict[tuple[str, tuple[str, ...]], dict[str, Any]]:
    """Return all that the school's key opens of what was taken over."""
    bundle, header = place.opened()
    seals = Seals(bundle, header.store_id, header.salt)
    names = {table.number: name for name, table in TABLES.items()}
    rows = {}
    for row in place.rows():
        if row.tab != LABEL and row.scope in seals.roots:
            one = seals.open(names[row.tab], row)
            assert one is not None
            rows[names[row.tab], one[0]] = json.loads(one[1])
    return rows


AT = "2026-10-01T09:00:00+00:00"


def note_of(place: Place, **other: Any) -> Slip:
    row = {"case": place.mine, "id": "N1", "on": "2026-10-01", "text": "a note"}
    row |= {"entered_at": AT, "entered_by": "lee", **other}
    return Slip("lee", AT, "case note", (place.mine,), (put("notes", place.mine, "N1", row=row),))
