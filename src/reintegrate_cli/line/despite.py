"""What every verb takes that has a subject of which a student may have a wish (W1)."""

from typing import Annotated, Any

from reintegrate_cli.core.extending import extended
from reintegrate_cli.core.hints import PROSE, QUIET
from reintegrate_cli.core.records import Private, RecordId, Ref, fields_of

_HONORS = Annotated[Ref[tuple[RecordId, ...]], QUIET, "a live wish that this honors"]
_DESPITE = Annotated[
    Ref[tuple[RecordId, ...]], QUIET, "a live wish that this goes against; takes a reason"
]
_REASON = Annotated[Private[str], PROSE, QUIET, "why it goes against the wish"]
_MADE: dict[type, type] = {}


def heeding(form: type) -> type:
    """Return a form with the options that go with a subject."""
    if form not in _MADE:
        fields: dict[str, Any] = {"honors": _HONORS, "despite": _DESPITE}
        defaults: dict[str, Any] = {"honors": (), "despite": ()}
        if "reason" not in {spec.name for spec in fields_of(form)}:
            fields["reason"], defaults["reason"] = _REASON, ""
        _MADE[form] = extended(form, fields, **defaults)
    return _MADE[form]
