"""Forms and rows that have fields of a record, without writing them a second time."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar, cast

from reintegrate_cli.core.lean import field
from reintegrate_cli.core.records import defaults_of, fields_of

K = TypeVar("K", bound=type)


def extended(form: type, fields: dict[str, Any], **more: object) -> type:
    """Return a form with more fields.

    Args:
        form: the form.
        fields: the annotations of the fields that are added.
        more: their defaults, and what else the class holds.
    """
    body = {"__doc__": form.__doc__, "__annotations__": fields, **more}
    extension: type = type(form)(form.__name__, (form,), body, kw_only=True)
    return extension


def takes(
    record: type, *names: str, needed: bool = False, optional: bool = False
) -> Callable[[K], K]:
    """Return a decorator that adds fields of a record to a form or a row, as declared there.

    Args:
        record: the record.
        names: the fields; all that the form does not have yet if left out.
        needed: whether none of them may be left out.
        optional: whether each is ``None`` if it is left out, so that an empty value can be told
            from that.
    """

    def take(form: K) -> K:
        specs = {spec.name: spec for spec in fields_of(record)}
        defaults = {} if needed else defaults_of(record)
        fields, more = {}, {}
        for name in names or [name for name in specs if not hasattr(form, name)]:
            kind = specs[name].type
            fields[name] = Annotated[kind | None if optional else kind, *specs[name].notes]
            more[name] = None if optional else defaults.get(name, field())
        return cast(K, extended(form, fields, __module__=form.__module__, **more))

    return take
