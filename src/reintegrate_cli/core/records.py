"""What every record has in common: fields that say who may see them.

Each field of each record carries one of four classes in its annotation::

    status: Public[str]          # status, dates, kinds
    case: Ref[str]               # codes that point to a case, partner or person
    note: Private[str]           # narrative; inside one case only
    legal_name: Secret[str]      # identity and contact values; only under ``reveal``

Output redacts by class, so a field that nobody classified is a fault that a test finds.
Modules with records do not use ``from __future__ import annotations``: the classes are
read from the annotations themselves, without the cost of evaluating text.

Records and forms are ``msgspec.Struct``: every command pays for every class that it loads, and
these are made twenty times as fast as dataclasses. None prints itself into a log or a traceback.
``kw_only`` must be said in each class, since a Struct does not pass it on.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from enum import IntEnum
from types import NoneType
from typing import Annotated, Any, ClassVar, NewType, TypeVar, get_args, get_origin

from reintegrate_cli.core.argv import WORD as WORD
from reintegrate_cli.core.argv import free_text as free_text
from reintegrate_cli.core.dates import FIRST_DAY, LAST_DAY
from reintegrate_cli.core.errors import Missing, Usage
from reintegrate_cli.core.lean import Silent, msgspec

T = TypeVar("T")


def _key(name: str) -> str:
    """Return the key of a field: ``with_`` is ``with``, which Python keeps for itself."""
    return name.rstrip("_")


class Sensitivity(IntEnum):
    """Who may see a field; the higher, the fewer."""

    PUBLIC = 0
    REF = 1
    PRIVATE = 2
    SECRET = 3
    SEALED = 4
    """Compared, never shown: code words, and what was typed to search by."""


Public = Annotated[T, Sensitivity.PUBLIC]
Ref = Annotated[T, Sensitivity.REF]
Private = Annotated[T, Sensitivity.PRIVATE]
Secret = Annotated[T, Sensitivity.SECRET]

# What may be typed as an option. A NewType costs nothing and lets one table say how each
# kind of value is read (see ``inputs``).
Word = NewType("Word", str)
"""One word of ``[A-Za-z0-9._/-]``, at most 40 characters."""
Slug = NewType("Slug", str)
"""A name the user chose for a partner or a member of staff."""
CaseRef = NewType("CaseRef", str)
"""The code of a case, ``HX4T``."""
RecordId = NewType("RecordId", str)
"""The id of a record inside its case or noun, ``S1``."""
School = NewType("School", str)
"""The slug of a school: one that ``district.toml`` lists, if it lists any."""
Agency = NewType("Agency", str)  # the slug of a partner
Worker = NewType("Worker", str)
"""The slug of a member of staff who gets something to do: never of one who has left."""
Staffer = NewType("Staffer", str)  # the slug of a member of staff who did something
Person = NewType("Person", str)
"""The slug of a member of staff who did or said something; or ``student`` or ``caregiver``."""
Hearer = NewType("Hearer", str)  # a slug, or ``caregiver``: who heard what a student said
Holder = NewType("Holder", str)
"""Who is given something to keep: a partner, a member of staff, or ``student``, ``caregiver``."""
Post = NewType("Post", str)
"""A seat and who gets it, ``attendance_officer=reyes``, of those who are here; or nobody."""
Funder = NewType("Funder", str)  # the slug of a source of funding
Deadline = NewType("Deadline", str)  # what is due, and the day: report@2026-10-09
Addressee = NewType("Addressee", str)
"""Who is told something: a partner, or ``student`` or ``caregiver``."""
Policy = NewType("Policy", str)  # the slug of a policy, a protocol or a procedure
SLUGS = (Slug, Agency, Worker, Staffer, Person, Hearer, Holder, Addressee, Funder, Policy)
"""What is typed as a slug."""
Who = NewType("Who", str)
"""Who is met: by ``with``, a member of staff, a partner, or a caregiver by their care id."""
# The id of somebody on the care team, of a schedule, of a connection.
CareId = NewType("CareId", str)
ScheduleId = NewType("ScheduleId", str)
ConnectionId = NewType("ConnectionId", str)
Every = NewType("Every", str)
"""A cadence: ``3d``, ``1w``, ``2w``, ``1m`` or ``none``."""
Clock = NewType("Clock", str)
Moment = NewType("Moment", str)
"""A time of day, ``15:30``; and a day with one, ``2026-10-14T13:10``: a time alone is today's."""
Path = NewType("Path", str)
"""A file or folder on this machine."""
HalfDays = NewType("HalfDays", int)
"""Days in steps of a half, kept as a count of halves."""
Address = NewType("Address", str)  # one mail address
Host = NewType("Host", str)  # its name or address
Hundredths = NewType("Hundredths", int)
"""An amount typed like ``0.5``, kept as a whole number of hundredths."""
Cents = NewType("Cents", int)  # money typed like ``600.00``
Sessions = NewType("Sessions", int)  # in steps of a half, kept as a count of halves


class Mark:
    """What a field of a record is, beyond its type; written into its annotation."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


WORK = Mark("work")
"""The field says who has something to do with the record: staff, where ``with`` or ``through``
do not say somebody else."""
TOLD = Mark("told")
"""The field may be told to an agency, under a release that allows what its table is told as; of
what stands inside of it, the fields with this mark. What has no mark never leaves."""
Told = Annotated[T, TOLD]
PLANNED = Mark("planned")
"""A secret that is told where a student is reached, under the rules of safe contact (D1, D4) and
there alone. Every other secret of a case is shown by ``case reveal``."""

SLUG = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,30}")
CASE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
CASE_REF = re.compile(f"[{CASE_ALPHABET}]{{4,5}}")
RECORD_ID = re.compile(r"([A-Z]{1,2})([1-9][0-9]{0,9})")


class Value(
    Silent,
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    eq=False,
    rename=_key,
    forbid_unknown_fields=True,
):
    """A value with fields that say who may see them; it prints itself nowhere."""


class Form(Silent, msgspec.Struct, kw_only=True, eq=False, rename=_key):
    """What a command takes, by the names of its fields; it prints itself nowhere."""


class Record(Value, frozen=True, kw_only=True):
    """A value that is kept: who entered it and when stand beside what it says.

    When something *happened* is a field of its own in each record; schedules count from
    that one, so that an entry made late is never an entry made wrong.
    """

    entered_at: Public[str] = ""
    entered_by: Ref[str] = ""

    dated: ClassVar[str] = "entered_on"
    """The field that ``--since`` and ``--until`` look at."""

    @property
    def is_over(self) -> bool:
        """Return whether it has ended or is done, so that nothing more is to be done about it."""
        return any(getattr(self, name, None) is not None for name in ("ended_on", "done_on"))

    def is_past(self, _day: date) -> bool:
        """Say whether nothing more is to be done about it on a day."""
        return self.is_over

    @property
    def entered_on(self) -> date | None:
        """The day on which it was entered, where nothing else dates it."""
        return date.fromisoformat(self.entered_at[:10]) if self.entered_at else None


V = TypeVar("V", bound=Value)


def row_of(kind: type[V], record: Value, **more: Any) -> V:
    """Return what a list shows of a record: its own fields, and what is worked out from it.

    Args:
        kind: the class of the row; its fields are taken from the record, by name.
        record: the record.
        more: the fields that the record has not, or that the row says otherwise.
    """
    names = (name for name in kind.__struct_fields__ if name not in more)
    return kind(**{name: getattr(record, name) for name in names}, **more)


class FieldSpec(msgspec.Struct, frozen=True):
    """One field of a record, as its annotation tells it.

    ``key`` is the name in JSON: the attribute without the underscore that keeps it apart
    from a Python keyword (``with_`` is ``with``).
    """

    name: str
    key: str
    type: Any
    sensitivity: Sensitivity
    notes: tuple[Any, ...]


_SPECS: dict[type, tuple[FieldSpec, ...]] = {}


def fields_of(kind: type) -> tuple[FieldSpec, ...]:
    """Return the fields of a record class with their sensitivity, who entered it and when last.

    Raises:
        TypeError: a field has no class; a test calls this for every record there is.
    """
    if kind not in _SPECS:
        annotations: dict[str, Any] = {}
        for base in reversed(kind.__mro__):
            # ``inspect``, which reads these the usual way, is slow to load.
            annotations |= base.__dict__.get("__annotations__", {})  # noqa: RUF063
        own_first = Record.__struct_fields__.__contains__
        names = sorted(kind.__struct_fields__, key=own_first)  # type: ignore[attr-defined]
        _SPECS[kind] = tuple(_spec(name, annotations[name]) for name in names)
    return _SPECS[kind]


def is_form(kind: object) -> bool:
    """Return whether something is a class of records or forms."""
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def defaults_of(kind: type) -> dict[str, Any]:
    """List the fields that may be left out, each with its default."""
    names, defaults = kind.__struct_fields__, kind.__struct_defaults__  # type: ignore[attr-defined]
    pairs = zip(names[len(names) - len(defaults) :], defaults, strict=True)
    return {name: default for name, default in pairs if default is not msgspec.NODEFAULT}


def _spec(name: str, annotation: Any) -> FieldSpec:
    if get_origin(annotation) is not Annotated:
        raise TypeError(f"field {name} has no sensitivity class")
    kind, *notes = get_args(annotation)
    # The last one wins, so that ``Annotated[Secret[str], Sensitivity.SEALED]`` narrows.
    classes = [note for note in notes if isinstance(note, Sensitivity)]
    return FieldSpec(name, _key(name), kind, classes[-1], tuple(notes))


REDACTED = {
    Sensitivity.REF: "[ref]",
    Sensitivity.PRIVATE: "[private]",
    Sensitivity.SECRET: "[secret]",
    Sensitivity.SEALED: "[secret]",
}


def plain(value: Any, upto: Sensitivity = Sensitivity.SECRET) -> Any:
    """Turn a record into what JSON can hold, without what is above ``upto``.

    An absent value is ``None`` at every level; a present one that may not be shown reads
    ``[private]`` or ``[secret]``, so that its presence shows and its content does not.
    """
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain(item, upto) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item, upto) for item in value]
    return {spec.key: shown(value, spec, upto) for spec in fields_of(type(value))}


def shown(record: Any, spec: FieldSpec, upto: Sensitivity) -> Any:
    """Return one field's value, or the word that stands for it."""
    value = getattr(record, spec.name)
    if value == "" and upto < Sensitivity.SEALED:
        return None  # absent is null, of whatever kind
    if spec.sensitivity <= upto or value in (None, ()):
        return plain(value, upto)
    return REDACTED[spec.sensitivity]


def sealed(record: Any) -> dict[str, Any]:
    """Turn a record into the document that is kept: every field, nothing hidden."""
    document: dict[str, Any] = msgspec.to_builtins(record)
    return document


def check_case_ref(text: str) -> str:
    """Read a case's ref as typed, in upper case.

    One that could be no case's ref is let through: that there is none is said once the
    vault was opened, like of any other.

    Raises:
        Refused: it is free text (rule ``argv``); it is not echoed.
    """
    _no_free_text(text)
    return text.upper()


def check_id(text: str, case: str | None = None) -> str:
    """Read a record's id, with or without its case (``W1`` or ``HX4T/W1``).

    Raises:
        Missing: it names a record of another case, or could be no id.
        Refused: it is free text (rule ``argv``).
    """
    _no_free_text(text)
    head, slash, tail = text.upper().rpartition("/")
    if RECORD_ID.fullmatch(tail) and (not slash or case is None or head == case):
        return tail
    raise Missing("there is no such record in this case")


def split_id(text: str) -> tuple[str, int]:
    """Split a record's id into the letters that tell its noun, and its number.

    Raises:
        ValueError: it is no id.
    """
    parts = RECORD_ID.fullmatch(text)
    if parts is None:
        raise ValueError
    return parts[1], int(parts[2])


def number_of(id_: str) -> int:
    """Return the number of an id: later records have higher ones."""
    return split_id(id_)[1]


def check_slug(text: str) -> str:
    """Read the slug of a partner or a member of staff.

    Raises:
        Usage: it does not begin with a letter, is too long, or has other characters.
        Refused: it is free text (rule ``argv``).
    """
    if SLUG.fullmatch(text):
        return text
    _no_free_text(text)
    raise Usage(
        "a slug is a letter, then up to 30 letters, digits, hyphens or underscores",
        hint="for example HARBOR or okafor",
    )


def _no_free_text(text: str) -> None:
    if not WORD.fullmatch(text):
        raise free_text()


def check_own_slug(text: str) -> str:
    """Read the slug of a new member of staff.

    Raises:
        Usage: it stands for somebody else, or is no slug.
        Refused: it is free text (rule ``argv``).
    """
    slug = check_slug(text)
    if is_family(slug):
        raise Usage("student and caregiver have a meaning of their own; choose another slug")
    return slug


def is_family(slug: str) -> bool:
    """Return whether a word stands for the student or a caregiver, and for no slug."""
    return slug.casefold() in ("student", "caregiver")


def counted(number: int, one: str, many: str = "") -> str:
    """Count things in words: ``1 entry``, ``2 entries``."""
    plural = many or one + ("es" if one.endswith(("s", "sh", "ch", "x")) else "s")
    return f"{number} {one if number == 1 else plural}"


def same_slug(one: str, other: str) -> bool:
    """Compare slugs: matched in any case, shown as first typed."""
    return one.casefold() == other.casefold()


_DAYS: dict[type, tuple[tuple[str, ...], tuple[str, ...]]] = {}


def check_days(record: Any) -> None:
    """Require that every date in a record, and in the records inside it, lies within bounds.

    Raises:
        ValueError: one does not; so far from today nothing can be worked out.
    """
    kind = type(record)
    if kind not in _DAYS:
        _DAYS[kind] = _with_days(kind)
    days, others = _DAYS[kind]
    for name in days:
        day = getattr(record, name)
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            raise ValueError(f"{name} is out of bounds")
    for name in others:
        value = getattr(record, name)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, date):
                if not FIRST_DAY <= inner <= LAST_DAY:
                    raise ValueError(f"{name} is out of bounds")
            elif inner is not None:
                check_days(inner)


def has_sound_days(record: Any) -> bool:
    """Return whether every date in a record lies within bounds."""
    try:
        check_days(record)
    except ValueError:
        return False
    return True


def _with_days(kind: type) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the fields of a record that are dates, and those in which dates may stand."""
    days, others = [], []
    for spec in fields_of(kind):
        if set(get_args(spec.type) or (spec.type,)) <= {date, NoneType}:
            days.append(spec.name)
        elif any(part is date or _has_days(part) for part in _parts(spec.type)):
            others.append(spec.name)
    return tuple(days), tuple(others)


def _parts(kind: Any) -> Iterator[Any]:
    inner = get_args(kind)
    if not inner:
        yield kind
    for part in inner:
        yield from _parts(part)


def _has_days(kind: Any) -> bool:
    return is_form(kind) and any(_with_days(kind))


def walk(value: Any) -> Iterator[tuple[FieldSpec, Any]]:
    """Visit every field of a record and of the records inside it."""
    for spec in fields_of(type(value)):
        item = getattr(value, spec.name)
        yield spec, item
        for inner in item if isinstance(item, tuple) else (item,):
            if isinstance(inner, msgspec.Struct):
                yield from walk(inner)
