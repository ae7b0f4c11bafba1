"""What happened in a case, as its timeline tells it."""

from datetime import date
from typing import Any

from reintegrate_cli.core.records import Private, Public, Ref, Value


class Event(Value, frozen=True, kw_only=True):
    """One thing that happened, with the record that says so.

    ``upto`` is its last day where it lasted, or lasts: an adjustment, a stay out of school. The
    drawing shows it as a bar.
    """

    on: Public[date]
    upto: Public[date | None] = None
    kind: Public[str]
    what: Public[str]
    case: Ref[str]
    id: Ref[str | None] = None
    by: Ref[str | None] = None
    text: Private[str | None] = None

    dated = "on"

    @property
    def status(self) -> str:
        """The kind, under the name that filters use."""
        return self.kind


def event_of(record: Any, kind: str, on: date, what: str, **more: Any) -> Event:
    """Return an event that a record of a case tells.

    Args:
        record: the record.
        kind: the kind of event.
        on: the day.
        what: what happened, in codes and kinds alone.
        more: its last day, who did it, and what was said of it; empty is absent.
    """
    told = {name: value or None for name, value in more.items()}
    id_ = getattr(record, "id", None)
    return Event(on=on, kind=kind, what=what, case=record.case, id=id_, **told)
