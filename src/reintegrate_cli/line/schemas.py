"""The JSON Schema of what a command reads with ``--from``, told by its form."""

from datetime import date
from typing import Any

from reintegrate_cli.core import bounds, records
from reintegrate_cli.core.records import (
    SLUGS,
    WORD,
    Cents,
    Clock,
    Deadline,
    Every,
    HalfDays,
    Hundredths,
    Moment,
    Post,
    School,
    Sessions,
    Who,
    Word,
    is_form,
)
from reintegrate_cli.line.forms import LONGEST_TEXT, Input, inputs_of


def json_schema(form: type, title: str, today: date) -> dict[str, Any]:
    """Describe the ``--from`` object of a form as JSON Schema (draft 2020-12).

    Args:
        form: the form.
        title: the noun and the verb.
        today: the day from which a birth date, and what happened, is bounded.
    """
    inputs = inputs_of(form)
    empty = {key for item in inputs if item.name == "clear" for key in item.choices}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "additionalProperties": False,
        "required": [item.key for item in inputs if item.required],
        "properties": {
            item.key: _or_null(made) if item.key in empty else made
            for item in inputs
            for made in [_property(item, today)]
        },
    }


def _or_null(made: dict[str, Any]) -> dict[str, Any]:
    """Describe what ``null`` empties."""
    kinds = made["type"] if isinstance(made["type"], list) else [made["type"]]
    more = {"enum": [*made["enum"], None]} if "enum" in made else {}
    return made | {"type": [*kinds, "null"]} | more


def _property(item: Input, today: date) -> dict[str, Any]:
    one: dict[str, Any]
    if is_form(item.type):
        one = json_schema(item.type, item.key, today)
        del one["$schema"]
    elif item.choices:
        one = {"type": "string", "enum": list(item.choices)}
    else:
        one = dict(_SCHEMAS.get(item.type, {"type": "string", "maxLength": LONGEST_TEXT}))
        one |= _bounds(item, today)
    whole = {"type": "array", "items": one} if item.repeated else one
    return whole | {
        "description": item.help,
        "x-sensitivity": item.sensitivity.name.lower(),
        "x-option": item.option if item.is_option else None,
    }


def _bounds(item: Input, today: date) -> dict[str, Any]:
    if item.type is date:
        first, last = item.days(today)
        return {"formatMinimum": first.isoformat(), "formatMaximum": last.isoformat()}
    if item.type in bounds.MOST:
        least, most = bounds.numbers(item.type, item.within)
        return {"minimum": least, "maximum": most}
    return {}


_SCHEMAS: dict[Any, dict[str, Any]] = {
    date: {"type": "string", "format": "date"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    Hundredths: {"type": ["number", "string"], "pattern": r"^[0-9]+(\.[0-9]{1,2})?$"},
    Deadline: {"type": "string", "pattern": f"^{WORD.pattern}@.+$"},
    Post: {"type": "string", "pattern": f"^[a-z_]+=({records.SLUG.pattern})?$"},
    HalfDays: {"type": "number", "multipleOf": 0.5},
    Cents: {"type": ["number", "string"], "pattern": r"^[0-9]+(\.[0-9]{1,2})?$"},
    Sessions: {"type": "number", "multipleOf": 0.5},
    **{kind: {"type": "string", "pattern": f"^{WORD.pattern}$"} for kind in (Who, Word, School)},
    **{kind: {"type": "string", "pattern": f"^{records.SLUG.pattern}$"} for kind in SLUGS},
    Every: {"type": "string", "pattern": "^([0-9]+[dwm]|none)$"},
    Moment: {"type": "string"},
    Clock: {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"},
}
