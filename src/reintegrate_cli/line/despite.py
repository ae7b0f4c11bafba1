"""What every verb takes that has a subject of which a student may have a wish (W1)."""

from dataclasses import dataclass, fields
from typing import Annotated

from reintegrate_cli.core.records import Private, RecordId, Ref
from reintegrate_cli.line.forms import PROSE, QUIET


@dataclass(kw_only=True, repr=False, eq=False)
class Heeding:
    """How a verb goes on past a live wish about its subject."""

    honors: Annotated[Ref[tuple[RecordId, ...]], QUIET, "a live wish that this honors"] = ()
    despite: Annotated[
        Ref[tuple[RecordId, ...]], QUIET, "a live wish that this goes against; takes a reason"
    ] = ()


@dataclass(kw_only=True, repr=False, eq=False)
class HeedingWithReason(Heeding):
    """The same, for a form that has no reason of its own."""

    reason: Annotated[Private[str], PROSE, QUIET, "why it goes against the wish"] = ""


_MADE: dict[type, type] = {}


def heeding(form: type) -> type:
    """Give a form the options that go with a subject."""
    if form not in _MADE:
        own = {one.name for one in fields(form)}
        more = Heeding if "reason" in own else HeedingWithReason
        made = type(form.__name__, (more, form), {"__doc__": form.__doc__})
        _MADE[form] = dataclass(kw_only=True, repr=False, eq=False)(made)
    return _MADE[form]
