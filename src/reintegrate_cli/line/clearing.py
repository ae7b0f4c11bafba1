"""What every edit takes: the fields that it empties.

Which they are is derived from the form and from the records that it edits: a field of the form
can be cleared where the record has it, and may do without.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, TypeVar

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.extending import extended
from reintegrate_cli.core.hints import CHANGE, QUIET, Option, Unoffered
from reintegrate_cli.core.lean import msgspec, replace
from reintegrate_cli.core.records import Public, defaults_of, fields_of, is_form
from reintegrate_cli.line.forms import Input, bare, inputs_of

R = TypeVar("R")

CLEAR = "clear"
_MADE: dict[type, type] = {}


def clearing(form: type, records: Sequence[type]) -> type:
    """Return the form of an edit with the option ``--clear``.

    Args:
        form: the form.
        records: the records that it edits.
    """
    if form not in _MADE:
        items = clearable(form, records)
        keys = tuple(item.key for item in items)
        others = tuple(key for item in items for key in item.keys if key not in keys)
        kind = Annotated[
            Public[tuple[Literal[keys], ...]],  # type: ignore[valid-type]
            QUIET,
            Option("--clear"),
            Unoffered(*others),
            "a field to empty; may repeat",
        ]
        kept = tuple(_kept_names(form, records) - {item.name for item in items})
        more: dict[str, Any] = {CLEAR: (), "never_empty": kept}
        _MADE[form] = extended(form, {CLEAR: kind}, **more) if keys else form
    return _MADE[form]


def clearable(form: type, records: Sequence[type]) -> list[Input]:
    """List the inputs of a form that may be emptied: where the record may do without them."""
    absent = {name for kind in records for name in _optional(kind)}
    return [
        item
        for item in inputs_of(form)
        if set(_filled(item)) <= absent and CHANGE not in item.hints
    ]


def _kept_names(form: type, records: Sequence[type]) -> set[str]:
    """Return the inputs of a form that a record keeps as they are given."""
    kept = {spec.name for kind in records for spec in fields_of(kind)}
    return {item.name for item in inputs_of(form) if item.name in kept and CHANGE not in item.hints}


def _filled(item: Input) -> tuple[str, ...]:
    return item.fills or (item.name,)


def _optional(kind: type) -> Iterator[str]:
    """Yield the fields of a record, and of the one inside it, that it may do without."""
    defaults = defaults_of(kind)
    for spec in fields_of(kind):
        if spec.name in defaults:
            yield spec.name
        elif is_form(inner := bare(spec.type)):
            yield from _optional(inner)


def check(form: Any) -> None:
    """Require that nothing is both given and cleared, and name what is cleared by its field.

    Raises:
        Usage: something is.
    """
    typed = getattr(form, CLEAR, ())
    named = [item for item in inputs_of(type(form)) if set(item.keys) & set(typed)]
    for item in named:
        if getattr(form, item.name) not in (None, "", ()):
            raise Usage(f"{item.key} is given and cleared at once", fields=[item.key])
    if typed:
        setattr(form, CLEAR, tuple(item.name for item in named))


def cleared_names(form: Any) -> tuple[str, ...]:
    """Return the fields of its form that an edit empties."""
    names: tuple[str, ...] = getattr(form, CLEAR, ())
    return names


def is_cleared(form: Any, name: str) -> bool:
    """Return whether an edit empties a field of its form."""
    return name in cleared_names(form)


def cleared(record: R, form: Any) -> R:
    """Return a record without the fields that an edit empties."""
    empty = {
        name
        for item in inputs_of(type(form))
        if is_cleared(form, item.name)
        for name in _filled(item)
    }
    return _without(record, empty) if empty else record


def _without(record: Any, empty: set[str]) -> Any:
    changed: dict[str, Any] = {}
    defaults = defaults_of(type(record))
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if name in empty and name in defaults:
            changed[name] = defaults[name]
        elif isinstance(value, msgspec.Struct):
            inner = _without(value, empty)
            if inner is not value:
                changed[name] = inner
    return replace(record, **changed) if changed else record
