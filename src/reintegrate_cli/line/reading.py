"""Read what a person gives a command: options, one JSON object, or answers at a prompt.

Nothing here echoes a value.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, TypeVar, get_args

from reintegrate_cli.core import bounds, calendar, records
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.hints import ASK, FUTURE, PAST, PROSE, QUIET, TODAY, Aged
from reintegrate_cli.core.lean import Silent, msgspec
from reintegrate_cli.core.records import (
    SLUGS,
    WORD,
    Address,
    CareId,
    CaseRef,
    Clock,
    ConnectionId,
    Deadline,
    Every,
    Host,
    Moment,
    Path,
    Post,
    RecordId,
    ScheduleId,
    School,
    Sensitivity,
    Who,
    Word,
    free_text,
    is_form,
)
from reintegrate_cli.line import speech
from reintegrate_cli.line.forms import LEFT_OUT, LONGEST_TEXT, Input, inputs_of, keys_of, missing_of

F = TypeVar("F")
LONGEST_DOCUMENT = 1_000_000


class Reading(Silent, msgspec.Struct, eq=False):
    """What came of reading a form: its values, and dates and times as they were understood."""

    values: dict[str, Any] = {}
    understood: list[tuple[str, date | str]] = []
    ages: list[tuple[str, int]] = []
    """What may be said of a birth date, which is not said back itself."""
    answers: dict[str, str] = {}
    """What was answered at prompts, as it was typed; to be mended where it is wrong."""
    inner: dict[str, list[Any]] = {}
    """How the forms inside the form were read, by field."""
    left: list[str] = []
    """The fields that are still to be asked for, the next of them first."""
    asked: int = 0
    """How many were to be asked for in all."""

    def ask_for(self, names: Iterable[str]) -> None:
        """Begin to ask for some fields."""
        self.left = [*names]
        self.asked = len(self.left)


LOOKED_UP = (*SLUGS, CaseRef, CareId, ConnectionId, ScheduleId, Who)
"""What names somebody or something that has to be there."""


def read(
    form: type[F], typed: Mapping[str, Any], document: Mapping[str, Any] | None, *, today: date
) -> tuple[F, Reading]:
    """Fill a form from its options and the ``--from`` object.

    Args:
        form: the class to fill.
        typed: option values by field name; ``None`` or an empty list where not given.
        document: the parsed ``--from`` object, or ``None``.
        today: the day that date phrases count from.

    Raises:
        Usage: an unknown key, a field given both ways with different values, a value
            that does not fit, or missing fields (all of them named at once).
        Refused: free text stood in an option (rule ``argv``).
    """
    answers = read_line(form, typed, document, today=today)
    return filled(form, answers, today), answers


def read_line(
    form: type, typed: Mapping[str, Any], document: Mapping[str, Any] | None, *, today: date
) -> Reading:
    """Read what the line says of a form, which may leave fields to be asked for; see ``read``."""
    inputs, reading = inputs_of(form), Reading()
    _known_keys(inputs, document or {})
    document = _with_nulls(form, document)
    owned = keys_of(inputs)
    for item in inputs:
        options = typed.get(item.name)
        if options not in (None, [], ()):
            reading.values[item.name] = convert(item, options, today, reading, typed=True)
        for key in dict.fromkeys(item.keys):
            if not document or document.get(key) is None or owned[key] is not item:
                continue
            value = convert(item, document[key], today, reading, typed=False)
            if reading.values.setdefault(item.name, value) != value:
                raise Usage(f"{item.key} is given twice, with different values", fields=[item.key])
    return reading


def to_ask(form: type, reading: Reading) -> list[Input]:
    """List what is asked for at a terminal after the line was read."""
    # An edit that names what it changes is not asked about all the rest.
    if getattr(form, "asks_when_bare", False) and reading.values:
        return []
    emptied = _emptied(inputs_of(form), reading)
    return [
        item
        for item in inputs_of(form)
        if item.name not in emptied
        if (item.required or ASK in item.hints or item.sensitivity >= Sensitivity.PRIVATE)
        and item.name not in reading.values
        and QUIET not in item.hints
    ]


def filled(form: type[F], reading: Reading, today: date) -> F:
    """Fill a form with what was read.

    Raises:
        Usage: fields are missing, all of which are named.
    """
    inputs = inputs_of(form)
    emptied = _emptied(inputs, reading)
    absent = [
        item
        for item in inputs
        if item.required and item.name not in emptied
        if reading.values.get(item.name) in (None, "", ())
    ]
    if absent:
        raise missing_of(absent)
    return form(**{**emptied, **left_out(inputs, today), **reading.values})


def _emptied(inputs: Iterable[Input], reading: Reading) -> dict[str, Any]:
    """Return what stands for a demanded field that is cleared: it is not missing."""
    cleared = set(reading.values.get("clear", ()))
    return {item.name: "" for item in inputs if item.required and cleared & set(item.keys)}


def left_out(inputs: Iterable[Input], today: date) -> dict[str, Any]:
    """Return today for each day that may be left out; the key tells later who is typing."""
    return {
        item.name: today if TODAY in item.hints else ""
        for item in inputs
        if not item.hints.isdisjoint(LEFT_OUT)
    }


def _with_nulls(form: type, document: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return what an edit clears: with ``null`` besides what it is told to with ``clear``.

    Raises:
        Usage: a field that is never empty is null.
    """
    inputs = inputs_of(form)
    clear = next((item for item in inputs if item.name == "clear"), None)
    if clear is None or document is None:
        return document
    nulls = {key for key, value in document.items() if value is None}
    never: tuple[str, ...] = getattr(form, "never_empty", ())
    fixed = [item.key for item in inputs if nulls & set(item.keys) and item.name in never]
    if fixed:
        raise Usage(f"{', '.join(fixed)}: never empty, so it cannot be cleared", fields=fixed)
    given = document.get("clear") or []
    wanted = sorted(nulls & {*clear.choices, *clear.unoffered})
    return {**document, "clear": [*(given if isinstance(given, list) else [given]), *wanted]}


def _known_keys(inputs: Iterable[Input], document: Mapping[str, Any]) -> None:
    unknown = sorted(set(document) - keys_of(inputs).keys())
    if unknown:
        named = [key for key in unknown if WORD.fullmatch(key)]
        raise Usage(
            f"--from has {records.counted(len(unknown), 'key')} that this command does not know"
            + (f": {', '.join(named)}" if named else ""),
            hint=f"reintegrate schema {speech.current.command} lists the keys",
            fields=named,
        )


def parse_document(text: str) -> dict[str, Any]:
    """Read the one JSON object that ``--from`` names.

    Raises:
        Usage: it is too long, not JSON, not an object, or says a key twice.
    """
    if len(text) > LONGEST_DOCUMENT:
        raise Usage("the input of --from is longer than one megabyte")
    try:
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Usage(
            "the input of --from is not one JSON object", hint='for example {"text": "..."}'
        ) from None
    if not isinstance(document, dict):
        raise Usage("the input of --from is not one JSON object")
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError
    return dict(pairs)


def _no_constant(_name: str) -> None:
    raise ValueError


def convert(
    item: Input, value: Any, today: date, reading: Reading, *, typed: bool, label: str | None = None
) -> Any:
    """Read a value of a field, typed as an option or a value of ``--from`` or a prompt.

    Args:
        item: the field.
        value: the value as it was given.
        today: the day that date phrases count from.
        reading: takes dates and times as they were understood.
        typed: whether it is an option, in which no free text may stand.
        label: what a message calls the field; empty if it is plain which is meant.

    Raises:
        Usage: it does not fit.
        Refused: free text stood in an option (rule ``argv``).
    """
    if label is None:
        label = item.option if typed else item.key
    if item.repeated:
        return tuple(
            _one(item, part, label, today, reading, typed=typed)
            for part in _parts(item, value, typed=typed)
        )
    if isinstance(value, list | dict) and not is_form(item.type):
        raise Usage(f"{label or 'this'} takes one value", fields=[item.key])
    return _one(item, value, label, today, reading, typed=typed)


def _parts(item: Input, value: Any, *, typed: bool) -> list[Any]:
    if PROSE in item.hints and isinstance(value, str):
        return [line for line in value.splitlines() if line.strip()]  # a comma parts no sentences
    parts = value if isinstance(value, list | tuple) else [value]
    if is_form(item.type) or (not typed and isinstance(value, list)):
        return list(parts)
    return [part.strip() for text in parts for part in str(text).split(",")]


def _one(item: Input, value: Any, label: str, today: date, reading: Reading, *, typed: bool) -> Any:
    try:
        made = _value(item, value, today, reading, typed=typed)
    except Usage as problem:
        message = f"{label}: {problem.message}" if label else problem.message
        raise Usage(message, hint=problem.hint, fields=[item.key]) from None
    if isinstance(made, date) and PAST in item.hints and made > today:
        raise Usage(
            f"{label or 'that day'} is in the future",
            fields=[item.key],
            hint="it is the day on which something happened, such as last thu, -2d or 3 days ago",
        )
    if isinstance(made, date) and FUTURE in item.hints and made <= today:
        raise Usage(f"{label or 'that'} must be a day after today", fields=[item.key])
    # The birth date is a date too, and stays as hidden as it was typed.
    if item.sensitivity <= Sensitivity.REF and (
        isinstance(made, date) or item.type in (Clock, Moment)
    ):
        reading.understood.append((item.key, made))
    elif isinstance(made, date) and isinstance(item.within, Aged):
        reading.ages.append((item.key, bounds.years_between(made, today)))
    return made


def _value(item: Input, value: Any, today: date, reading: Reading, *, typed: bool) -> Any:
    kind = item.type
    if is_form(kind):
        if not isinstance(value, Mapping):
            raise Usage("expected an object")
        made, inner = read(kind, {}, value, today=today)
        reading.understood += inner.understood
        return made
    if (
        typed
        and isinstance(value, str)
        and " " in value.strip()
        and kind not in (date, Moment, Path)
    ):
        raise free_text()
    if kind is bool:
        return _yes_or_no(value)
    if kind in bounds.MOST:
        return bounds.read_number(kind, value, item.within)
    if not isinstance(value, str):
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        else:
            raise Usage("expected text")
    value = value.strip()
    if kind is date:
        day = calendar.read_date(value, today, past=PAST in item.hints)
        return calendar.within(day, *item.days(today)) if item.within else day
    if kind is Deadline:
        what, day = _deadline(value, today, typed=typed)
        reading.understood.append((item.key, day))
        return f"{what}@{day.isoformat()}"
    if kind is Moment:
        return calendar.read_moment(value, today)
    if item.choices:
        return _choice(value, item.choices, item.unoffered, typed=typed)
    if kind in _READERS:
        return _READERS[kind](value, typed)
    return text(value)


def text(value: str) -> str:
    """Accept narrative: bounded, without NUL and without halves of characters.

    Raises:
        Usage: it is too long, or cannot be kept as Unicode.
    """
    if len(value) > LONGEST_TEXT:
        raise Usage(f"longer than {LONGEST_TEXT} characters")
    if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise Usage("has characters that cannot be kept")
    return value


def _choice(
    value: str, choices: tuple[str, ...], unoffered: tuple[str, ...], *, typed: bool
) -> str:
    folded = value.lower().replace("-", "_")
    for choice in (*choices, *unoffered):
        if choice.lower() == folded:
            return choice
    if typed and not WORD.fullmatch(value):
        raise free_text()
    raise Usage(f"takes one of: {', '.join(choices)}")


def _yes_or_no(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    folded = str(value).strip().lower()
    if folded in ("yes", "y", "true"):
        return True
    if folded in ("no", "n", "false"):
        return False
    raise Usage("takes yes or no")


def _word(value: str, typed: bool) -> str:
    if WORD.fullmatch(value):
        return value
    if typed:
        raise free_text()
    raise Usage("takes one word of letters, digits, and . _ / -, at most 40 characters")


def _slug(value: str, typed: bool) -> str:
    if records.SLUG.fullmatch(value):
        return value
    if typed and not WORD.fullmatch(value):
        raise free_text()
    raise Usage("takes a slug: a letter, then up to 30 letters, digits, hyphens or underscores")


def _post(value: str, typed: bool) -> str:
    from reintegrate_cli.nouns.staff.record import StaffRole

    role, equals, slug = value.partition("=")
    if equals:
        who = _slug(slug, typed) if slug else ""
        return f"{_choice(role, get_args(StaffRole), (), typed=typed)}={who}"
    if typed and not WORD.fullmatch(value):
        raise free_text()
    raise Usage("takes a seat and who sits in it", hint="for example attendance_officer=reyes")


def _deadline(value: str, today: date, *, typed: bool) -> tuple[str, date]:
    what, at, day = value.rpartition("@")
    if at and WORD.fullmatch(what):
        return what, calendar.read_date(day, today)
    if typed and not WORD.fullmatch(value.replace("@", "")):
        raise free_text()
    raise Usage("takes what is due and the day", hint="for example report@2026-10-09")


def _case_ref(value: str, _typed: bool) -> str:
    return records.check_case_ref(value)


def _record_id(value: str, _typed: bool) -> str:
    # The case in front of the slash is checked where the case is known.
    return value.upper() if WORD.fullmatch(value) else records.check_id(value)


def _every(value: str, _typed: bool) -> str:
    return str(calendar.parse_cadence(value) or "none")


def _clock(value: str, _typed: bool) -> str:
    return calendar.parse_time(value)


def _path(value: str, _typed: bool) -> str:
    if not value or "\0" in value or len(value) > 4096:
        raise Usage("takes the path of a file")
    return value


def _address(value: str, _typed: bool) -> str:
    from reintegrate_cli.mail.reminders import address

    return address(value)


def _host(value: str, _typed: bool) -> str:
    from reintegrate_cli.mail.reminders import host

    return host(value)


_READERS: dict[Any, Callable[[str, bool], str]] = {
    Word: _word,
    School: _word,
    Who: _word,
    Post: _post,
    **dict.fromkeys(SLUGS, _slug),
    **dict.fromkeys((RecordId, CareId, ConnectionId, ScheduleId), _record_id),
    CaseRef: _case_ref,
    Every: _every,
    Clock: _clock,
    Path: _path,
    Address: _address,
    Host: _host,
}
