"""What a row of the catalogue says: of a noun, of a table, of a kind of row on the agenda.

Strings and numbers alone; none of these modules imports anything of ours, or knows a class.
"""

from typing import Literal, NamedTuple

Group = Literal["full", "history", "reminder"]
"""Who opens a table: a person; a reviewer besides; cron besides."""
Archived = Literal["record", "forever", "chained", "history", "machine", "never"]
"""What an archive does with a table.

``record`` travels and may be replaced; ``forever`` is only ever added to; ``chained`` is a log
that nothing writes over; ``history`` is appended under new numbers; ``machine`` belongs to
this machine; ``never`` is worked out again.
"""
Sort = Literal["contact", "work", "law", "district"]
"""What silences a row of the agenda: a pause silences contact, closing a case silences
contact and work; law stays. ``district`` belongs to no case."""

IN_CASE = ("case", "id")
ONE_IN_CASE = ("case",)
BY_REF = ("ref",)
BY_ID = ("id",)
BY_SLUG = ("slug",)
BY_UID = ("uid",)

CONTACT: Sort = "contact"
WORK: Sort = "work"
LAW: Sort = "law"
DISTRICT: Sort = "district"


class Table(NamedTuple):
    """A table of the vault: where it lies, who opens it, and what becomes of its records."""

    name: str
    number: int
    """Its number in the file, for good: never used again for another name."""
    kind: str = ""
    """The class of its records; empty if it holds only rows."""
    key: tuple[str, ...] = ()
    """The fields that make a record's key; rows are numbered if there are none. What is worked out
    is found by a ``day`` and a ``unit`` of the index, or by a random ``item``."""
    id: str = ""
    """The one or two letters that its ids begin with."""
    called: str = ""
    """What a message calls one of them, if not by its noun."""
    hint: str = ""
    """How to see which ones there are, or to make one; ``{case}`` stands for the case."""
    named: str = ""
    """The field with the slug by which a line names a record, if nobody would type its id:
    ``protocol show LUNCH`` for ``PR1``."""
    since: int = 3
    """The schema that brought it: a file of an older one has no part of it."""
    changed: int = 0
    """The last schema that changed the shape of its records."""
    group: Group = "full"
    grows: bool = False
    module: str = ""
    """The module of its record, dates and events, if not that of its noun."""
    rules: str = ""
    """The module of its dates and events, if not that of its record."""
    dated: bool = False
    """Whether dates are worked out from it."""
    grounds: bool = False
    """Whether the dates of check-ins follow from it: what is settled is fixed before a record of
    it is kept."""
    dated_with: str = ""
    """The field without which a record has no dates."""
    tells: tuple[str, ...] = ()
    """The kinds of events that its records tell the timeline; that of its noun if left out, for
    what belongs to a case."""
    searched: bool = True
    archived: Archived = "record"
    case_field: str = ""
    """The field that names a case, where the key does not: a case that is purged takes these
    records along."""
    names_case: str = ""
    """The field that names another case, of a record that belongs to one: where the other is
    purged, the record goes too, and ``case show`` of the other has a section of it."""
    common: bool = False
    """Whether somebody who reads the cases of one school needs these records, too: who is on the
    staff, what partners there are. None of them belongs to a case."""
    shared_by: str = ""
    """The field that lists cases, where a record stays without the one that is purged."""
    closed: bool = False
    """Whether its records are seen by those alone whom the rules of the noun name (``seen_by`` and
    ``named_by``): by nobody else in a list, a row, a case, a timeline, a search or the mail."""
    leaves: bool = False
    """Whether a record of it may leave something open that no date tells: its rules say what, in
    ``left_open``, and the closing of its case names it."""
    told_as: str = ""
    """The type of records under which a release lets the marked fields of it be told."""
    retained: str = ""
    """Its type in the retention schedule."""
    retained_from: str = ""
    """The field with the day from which the schedule counts."""


GROUPS = {
    "start": "To begin",
    "day": "Each day",
    "plan": "The plan",
    "event": "Events",
    "team": "Helpers",
    "telling": "Sharing",
    "vault": "Vault",
}
"""The groups of nouns in the help, by when they are used."""


class Row(NamedTuple):
    """A kind of row of the agenda, and what silences it."""

    kind: str
    sort: Sort
    asks: bool = False
    """It merely asks: nobody promised it and no law demands it, so none is ever late."""
    reviews: bool = False
    """It is a review: like a contact, it goes forward to a day on which whose it is works. Other
    dates are deadlines, and stay."""


class Noun(NamedTuple):
    """What may be typed first, and what is kept for it."""

    name: str
    help: str
    tables: tuple[Table, ...] = ()
    record: str = ""
    """The module of its records and rules, if it has no folder of its own."""
    verbs: str = ""
    """The module of its verbs, if it is neither in its own folder nor in ``commands``."""
    rows: tuple[Row, ...] = ()
    """The kinds of rows that it gives the agenda."""
    reads: int = 0
    """Its place in ``case show``, in the order in which a person should read it; nought for
    none."""
    reads_in: str = ""
    """The module of its section of ``case show``, if not that of its verbs."""
    always: bool = False
    """Whether that section has something to say where the case has no record of it."""
    group: str = ""
    """Its group in the help: when it is used."""
    words: str = ""
    """What else people call it, or look for in it."""
    final: bool = False
    """Whether what its verbs do reaches somebody else or opens the vault, so that none of it can
    be undone."""
