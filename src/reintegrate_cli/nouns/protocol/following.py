"""Which version of a protocol a case follows, and which of its steps are still open.

The version is the one that was in force on the day; when the next one is adopted, the case keeps
the steps of the version that it followed (guidance clause 20).
"""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Literal, get_args

from reintegrate_cli.core.dates import check_after
from reintegrate_cli.core.errors import Missing, Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Private, Public, Record, Ref, Value, Word, row_of
from reintegrate_cli.nouns.protocol.record import Protocol, Version, pick

Outcome = Literal["done", "not_needed"]
Progress = Literal["open", "done"]
PROGRESS: tuple[Progress, ...] = get_args(Progress)


class StepDone(Value, frozen=True, kw_only=True):
    """One step that was taken, or is not needed here: its number, and who says so."""

    step: Public[int]
    outcome: Public[Outcome]
    on: Public[date]
    by: Ref[str]


class Following(Record, frozen=True, kw_only=True):
    """A version of a protocol that a case follows, from a day on."""

    case: Ref[str]
    id: Ref[str]
    protocol: Ref[str]
    version: Public[Word]
    on: Public[date]
    by: Ref[str]
    steps: Public[tuple[StepDone, ...]] = ()

    dated = "on"


class Step(Value, frozen=True, kw_only=True):
    """One step that is open: its number in the version, and what it says."""

    step: Public[int]
    text: Private[str]


class FollowingRow(Value, frozen=True, kw_only=True):
    """What a case follows, as its writes and ``case show`` show it."""

    id: Ref[str]
    case: Ref[str]
    protocol: Ref[str]
    version: Public[str]
    on: Public[date]
    by: Ref[str]
    status: Public[Progress]
    steps: Public[tuple[StepDone, ...]]
    open_steps: Public[tuple[Step, ...]]

    dated = "on"


def row(following: Following, protocol: Protocol) -> FollowingRow:
    """Return what a case follows, with the steps that are still open in that version."""
    settled = {each.step for each in following.steps}
    steps = enumerate(pick(protocol, following.version).steps, 1)
    open_steps = tuple(
        Step(step=number, text=text) for number, text in steps if number not in settled
    )
    status = "open" if open_steps else "done"
    return row_of(FollowingRow, following, open_steps=open_steps, status=status)


def followed_on(protocol: Protocol, name: str | None, day: date) -> Version:
    """Return the version that a case follows from a day on: the one that was in force.

    Args:
        protocol: the protocol.
        name: a version by its name; any that was adopted by then may be followed.
        day: the day.

    Raises:
        Missing: there is no such version.
        Usage: none was in force, or the one that is named was not adopted by then.
    """
    hint = f"reintegrate protocol show {protocol.slug} tells when its versions were adopted"
    if name is not None:
        version = pick(protocol, name)
        if version.adopted_on is None or version.adopted_on > day:
            raise Usage("that version was not adopted by that day", fields=["version"], hint=hint)
        return version
    in_force = [each for each in protocol.versions if each.was_in_force(day)]
    if not in_force:
        raise Usage(
            f"no version of {protocol.slug} was in force on that day", fields=["on"], hint=hint
        )
    return in_force[-1]


def settle(following: Following, protocol: Protocol, step: StepDone) -> Following:
    """Record that a step was taken, or is not needed here.

    Raises:
        Missing: the version has no such step.
        Usage: it was settled already, or before the case followed the version.
    """
    check_after(step.on, following.on, "the case followed it")
    version = pick(protocol, following.version)
    if step.step > len(version.steps):
        raise Missing(
            f"version {version.version} of {protocol.slug} has no such step",
            hint=f"reintegrate protocol show {protocol.slug} --version {version.version}",
        )
    if step.step in {each.step for each in following.steps}:
        raise Usage("that step is settled already", fields=["step"])
    return replace(following, steps=(*following.steps, step))


def events(following: Following) -> Iterator[Event]:
    """Yield when a case began to follow a version, and what became of its steps."""
    event = partial(event_of, following, "protocol")
    name = f"{following.protocol} {following.version}"
    yield event(following.on, f"follows {name}", by=following.by)
    for each in following.steps:
        outcome = label(each.outcome)
        yield event(each.on, f"step {each.step} of {name}: {outcome}", by=each.by)
