"""What a form asks for: options, keys and prompts, all from the fields of one class.

A *form* names the fields of a command once. From it come the options (for ``public`` and ``ref``
fields only), the keys of ``--from``, the prompts, and the JSON Schema that ``reintegrate schema``
prints; ``reading`` fills it.
"""

import types
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Literal, Union, get_args, get_origin

from reintegrate_cli.core import bounds
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.hints import (
    PAST,
    PROSE,
    TODAY,
    YOU,
    Aged,
    Fills,
    Hint,
    Option,
    Unoffered,
    Within,
)
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.core.records import FieldSpec, Sensitivity, defaults_of, fields_of, is_form

LONGEST_TEXT = 20_000


class Input(msgspec.Struct, frozen=True):
    """One field of a form, as the command line sees it."""

    name: str
    key: str
    type: Any
    sensitivity: Sensitivity
    help: str
    required: bool
    repeated: bool
    choices: tuple[str, ...]
    hints: frozenset[Hint]
    option: str
    """The long option, ``--chosen-on``."""
    also: tuple[str, ...]
    """Other names of it."""
    unoffered: tuple[str, ...] = ()
    """What is read beside the choices, and named nowhere."""
    within: Within | Aged | None = None
    """Its bounds, where they are not those of its type."""
    fills: tuple[str, ...] = ()
    """The fields of the record that it fills, where they are named otherwise."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that ``--from`` takes for it: the field's name, and the option's."""
        options = (self.option, *self.also)
        return (self.key, *(one.removeprefix("--").replace("-", "_") for one in options))

    def is_one_of(self, fields: Iterable[str]) -> bool:
        """Return whether it is among the fields that a problem names."""
        return not {self.name, self.option, *self.keys}.isdisjoint(fields)

    def days(self, today: date) -> tuple[date, date]:
        """Return the first and the last day that it takes."""
        return bounds.days(self.within, today, past=PAST in self.hints)

    @property
    def is_option(self) -> bool:
        """Return whether the field may stand on the command line at all."""
        return self.sensitivity <= Sensitivity.REF and not is_form(self.type)

    @property
    def is_hidden(self) -> bool:
        """Return whether the prompt hides what is typed."""
        return self.sensitivity >= Sensitivity.SECRET


def keys_of(items: Iterable[Input]) -> dict[str, Input]:
    """Return the inputs of a form by the keys that ``--from`` takes for them.

    A key that is an input's own is no other's: ``reason`` beside the option ``--reason`` of
    ``reasons``.
    """
    items = tuple(items)
    keys = {key: item for item in items for key in item.keys}
    return keys | {item.key: item for item in items}


LEFT_OUT = {TODAY: "today if left out", YOU: "you if left out"}
"""What stands for a field that is left out, as its help says it."""

_INPUTS: dict[type, tuple[Input, ...]] = {}


def inputs_of(form: type) -> tuple[Input, ...]:
    """List the inputs of a form, in the order of its fields, those that it asks for first first."""
    if form not in _INPUTS:
        defaults, first = defaults_of(form), getattr(form, "asked_first", ())
        order = {name: at for at, name in enumerate(first)}
        specs = sorted(fields_of(form), key=lambda spec: order.get(spec.name, len(order)))
        _INPUTS[form] = tuple(_input(spec, spec.name not in defaults) for spec in specs)
    return _INPUTS[form]


def _input(spec: FieldSpec, required: bool) -> Input:
    kind = bare(spec.type)
    hints = frozenset(note for note in spec.notes if isinstance(note, Hint))
    words = [note for note in spec.notes if isinstance(note, str)]
    words += [LEFT_OUT[hint] for hint in hints if hint in LEFT_OUT]
    repeated = get_origin(kind) is tuple
    inner = get_args(kind)[0] if repeated else kind
    return Input(
        name=spec.name,
        key=spec.key,
        type=inner,
        sensitivity=spec.sensitivity,
        help="; ".join(words),
        required=required and hints.isdisjoint(LEFT_OUT),
        repeated=repeated,
        choices=get_args(inner) if get_origin(inner) is Literal else (),
        hints=hints,
        option=next(
            (note.name for note in spec.notes if isinstance(note, Option)),
            "--" + spec.key.replace("_", "-"),
        ),
        also=next((note.also for note in spec.notes if isinstance(note, Option)), ()),
        unoffered=next((note.values for note in spec.notes if isinstance(note, Unoffered)), ()),
        within=next((note for note in spec.notes if isinstance(note, Within | Aged)), None),
        fills=next((note.names for note in spec.notes if isinstance(note, Fills)), ()),
    )


def bare(kind: Any) -> Any:
    """Take ``None`` out of an optional type."""
    if get_origin(kind) in (Union, types.UnionType):
        return next(part for part in get_args(kind) if part is not types.NoneType)
    return kind


def missing(form: type, *names: str) -> Usage:
    """Return the problem of fields that are missing, where only what is kept tells so."""
    return missing_of([item for item in inputs_of(form) if item.name in names])


def missing_of(missing: list[Input]) -> Usage:
    """Return the problem of inputs that are missing, and how they are given."""
    names = [item.option if item.is_option else item.key for item in missing]
    options = any(item.is_option for item in missing)
    keys = not all(item.is_option for item in missing)
    ways = ["the options"] * options + ["the keys with --from FILE"] * keys
    return Usage(
        f"missing: {', '.join(names)}",
        hint=f"give {', and '.join(ways)}; on a terminal they are asked for",
        fields=[item.key for item in missing],
    )


def prose(form: Any) -> Iterator[tuple[Input, str]]:
    """Yield the narrative that a form was filled with, what stands in its objects too."""
    for item in inputs_of(type(form)):
        value = getattr(form, item.name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, msgspec.Struct):
                yield from prose(one)
            elif PROSE in item.hints and item.sensitivity is Sensitivity.PRIVATE and one:
                yield item, one
