"""What every command reads that has to heed a live wish."""

from dataclasses import dataclass
from typing import Annotated

from reintegrate_cli.inputs import PROSE, QUIET
from reintegrate_cli.records import Private, RecordId, Ref


@dataclass(kw_only=True, repr=False, eq=False)
class Despite:
    """What a command takes to go on against a live wish (W1); its form has a ``reason`` too."""

    despite: Annotated[
        Ref[tuple[RecordId, ...]], QUIET, "the live wish that this goes on against"
    ] = ()


@dataclass(kw_only=True, repr=False, eq=False)
class DespiteWithReason(Despite):
    """The same, for a form that has no reason of its own."""

    reason: Annotated[Private[str], PROSE, QUIET, "why it goes on against the wish"] = ""
