"""What the TAB key offers for a value: out of the vault, the district's file, a declaration.

The vault is opened where that asks nothing of anybody: by a key file, or a key that rests.
"""

import os
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from reintegrate_cli.line.plain import Complete

if TYPE_CHECKING:
    from reintegrate_cli.line.forms import Input
    from reintegrate_cli.line.questions import Offers


def refs() -> list[str]:
    """Offer the refs of the cases."""
    return keys_of("cases")


def people() -> list[str]:
    """Offer the slugs of the staff."""
    return keys_of("staff")


def agencies() -> list[str]:
    """Offer the slugs of the partners."""
    return keys_of("partners")


def funders() -> list[str]:
    """Offer the slugs of the sources of funding."""
    return keys_of("sources")


def policies() -> list[str]:
    """Offer the slugs of the policies, protocols and procedures."""
    return keys_of("protocols")


def slugs() -> list[str]:
    """Offer the slugs of staff and partners."""
    return keys_of("staff", "partners")


def posts() -> list[str]:
    """Offer each seat of a team, up to who sits in it."""
    from typing import get_args

    from reintegrate_cli.nouns.staff.record import StaffRole

    return [f"{role}=" for role in get_args(StaffRole)]


def schools() -> list[str]:
    """Offer the schools of the district."""
    from reintegrate_cli.kept import session

    return list(session.current.district.schools)


def dates(*, past: bool) -> dict[str, str]:
    """Offer what people type for a day, each with the day that it is."""
    from reintegrate_cli.core.dates import WEEKDAYS, explain_date, read_date
    from reintegrate_cli.kept import session

    today = session.today()
    phrases = (
        ("today", "yesterday")
        if past
        else ("today", "tomorrow", *WEEKDAYS, "+1w", "+2w", "+1m", "eom")
    )
    return {one: explain_date(read_date(one, today, past=past), today) for one in phrases}


def keys_of(*tables: str, case: str = "") -> list[str]:
    """Return the refs, slugs or ids in tables of the vault, if it opens without asking."""
    from reintegrate_cli import startup
    from reintegrate_cli.catalogue import TABLES
    from reintegrate_cli.kept import session, unlocking

    startup.harden()
    opened = "bundle" in vars(session.current)  # at a prompt
    if not (opened or os.environ.get("REINTEGRATE_KEY_FILE")):
        # The keychain is too slow for a keystroke, and a prompt has no place here.
        rested = unlocking.rested(session.current.engine.header())
        if rested is None:
            return []
        session.opened_with(rested)
    with session.reading() as store:
        return [
            document[TABLES[table].named or TABLES[table].key[-1]]
            for table in tables
            for document in store.shown(table)
            if document.get("case", case) == case or not case
        ]


def values(item: "Input") -> Complete | None:
    """Return what offers the values of an option; nothing if they are not known."""
    from datetime import date

    from reintegrate_cli.core import records
    from reintegrate_cli.core.hints import PAST

    kinds: dict[object, Complete] = {
        bool: lambda: ("yes", "no"),
        date: partial(dates, past=PAST in item.hints),
        records.CaseRef: refs,
        records.School: schools,
        **dict.fromkeys((records.Slug, records.Person, records.Hearer), people),
        **dict.fromkeys((records.Worker, records.Staffer), people),
        **dict.fromkeys((records.Agency, records.Addressee), agencies),
        **dict.fromkeys((records.Holder, records.Who), slugs),
        records.Policy: policies,
        records.Post: posts,
        records.Funder: funders,
        records.Every: lambda: {
            "1w": "every week",
            "2w": "every 2 weeks",
            "1m": "every month",
            "3d": "every 3 days",
            "none": "a date is chosen each time",
        },
    }
    if item.choices:
        return lambda: item.choices
    if item.type is records.Word and item.name == "case":
        return refs
    return kinds.get(item.type)


def at_prompt(item: "Input") -> "Offers | None":
    """Return what offers the values of a field at a prompt; nothing if they are not known.

    Args:
        item: the field; of a listed one the question itself shows the values.
    """
    from datetime import date

    from reintegrate_cli.core import records
    from reintegrate_cli.core.hints import PAST
    from reintegrate_cli.line.questions import begins

    known = None if item.choices or item.is_hidden or item.type is bool else values(item)
    if known is None:
        return None
    offered: dict[str, str] = {}

    def offer(text: str) -> list[tuple[str, str]]:
        if not offered:  # looked up once, and not at each key
            made = known()
            offered.update(made if isinstance(made, Mapping) else dict.fromkeys(made, ""))
            if item.type is date and PAST in item.hints:
                offered.update(_days_before())
            if item.type in (records.Person, records.Holder, records.Addressee):
                offered.update({"student": "", "caregiver": ""})
            if item.type is records.Hearer:
                offered["caregiver"] = ""
        in_words = item.type is records.Every  # "every 2" is 2w
        return [
            (value, told)
            for value, told in offered.items()
            if begins(value, text) or (in_words and begins(told, text))
        ]

    return offer


def _days_before() -> dict[str, str]:
    """Return the days of the week before yesterday, as they are typed."""
    from datetime import timedelta

    from reintegrate_cli.core.dates import MONTHS, explain_date
    from reintegrate_cli.kept import session

    today = session.today()
    days = [today - timedelta(days=ago) for ago in range(2, 8)]
    return {f"{day.day} {MONTHS[day.month - 1]}": explain_date(day, today) for day in days}
