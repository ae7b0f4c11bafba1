"""The catalogue: one row for each noun, and one for each command that keeps nothing.

What the vault keeps and who opens it, how records are found, what has dates, what a case shows
and what help lists all follow from these rows, so that a new noun is a folder and one row.
"""

from reintegrate_cli.catalogue import cases, commands, district
from reintegrate_cli.catalogue.shape import BY_ID as BY_ID
from reintegrate_cli.catalogue.shape import BY_REF as BY_REF
from reintegrate_cli.catalogue.shape import BY_SLUG as BY_SLUG
from reintegrate_cli.catalogue.shape import BY_UID as BY_UID
from reintegrate_cli.catalogue.shape import GROUPS as GROUPS
from reintegrate_cli.catalogue.shape import IN_CASE as IN_CASE
from reintegrate_cli.catalogue.shape import ONE_IN_CASE as ONE_IN_CASE
from reintegrate_cli.catalogue.shape import Noun as Noun
from reintegrate_cli.catalogue.shape import Sort as Sort
from reintegrate_cli.catalogue.shape import Table as Table

NOUNS = tuple(sorted((*cases.NOUNS, *commands.NOUNS, *district.NOUNS), key=lambda noun: noun.name))
BY_NAME = {noun.name: noun for noun in NOUNS}
TABLES = {table.name: table for noun in NOUNS for table in noun.tables}
NOUN_OF = {table.name: noun.name for noun in NOUNS for table in noun.tables}
ROWS = {row.kind: row for noun in NOUNS for row in noun.rows}
KINDS = tuple(ROWS)
OF_A_CASE = tuple(name for name, table in TABLES.items() if table.key[:1] in (("case",), ("ref",)))
"""The tables whose records belong to one case, and go with it."""
RECORDS = tuple(
    name for name, table in TABLES.items() if table.archived in ("record", "forever", "chained")
)
"""The tables of what people enter; the others are worked out, or the history, or this machine's."""
SCHEMA = max(max(table.since, table.changed) for table in TABLES.values())
"""What the shapes of records add up to; an older program refuses a newer file."""


def called(table: str) -> str:
    """Return what a message calls a record of a table."""
    return TABLES[table].called or NOUN_OF[table]


def one_of(noun: str) -> str:
    """Return what a message calls one of the records that a noun lists."""
    tables = BY_NAME[noun].tables
    return called(tables[0].name) if tables else noun


def with_ids(noun: str, *, in_case: bool) -> list[Table]:
    """Return the tables of a noun whose records have ids: those of a case, or of none."""
    return [
        table
        for table in BY_NAME[noun].tables
        if table.id and (table.key[:1] == ("case",)) == in_case
    ]


def kind_of(table: str) -> str:
    """Return the kind of row that stands in for a record from which no date can be worked out."""
    return BY_NAME[NOUN_OF[table]].rows[0].kind


def tells(table: str) -> tuple[str, ...]:
    """Return the kinds of events that records of a table tell."""
    row = TABLES[table]
    of_a_case = row.key in (IN_CASE, ONE_IN_CASE)
    return row.tells or ((NOUN_OF[table],) if of_a_case else ())


def module_of(table: str) -> str:
    """Return the module of a table's records."""
    noun = BY_NAME[NOUN_OF[table]]
    return TABLES[table].module or noun.record or f"nouns.{noun.name}.record"


def rules_of(table: str) -> str:
    """Return the module with the dates and events of a table."""
    return TABLES[table].rules or module_of(table)


def verbs_of(noun: str) -> str:
    """Return the module of a noun's verbs."""
    row = BY_NAME[noun]
    has_folder = bool(row.tables) and not row.record
    return row.verbs or (f"nouns.{noun}.verbs" if has_folder else f"commands.{noun}")


def hint_of(table: str, case: str = "") -> str:
    """Return a hint on how to see which records of a table there are, or how one is made.

    Args:
        table: the table.
        case: the case that is looked at, if it is one of those.
    """
    hint = TABLES[table].hint or f"reintegrate {NOUN_OF[table]} list shows them"
    return hint.replace("{case}", case or "REF")
