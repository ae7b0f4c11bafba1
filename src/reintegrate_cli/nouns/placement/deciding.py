"""What a placement decision takes (rule G5), and what it leads to.

For any move out of the home school: the student's wish in their own words, the settings that were
compared, ``home`` or ``home_supports`` among them, who argued for staying, reasons, a day to look
at it again, and the way back. A GED or an alternative setting takes as well what the home school
would have to provide, and how the student keeps peers and adults. Fear or behavior alone is no
reason.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from reintegrate_cli.core.dates import days_after
from reintegrate_cli.core.errors import Refused, Usage, raise_first
from reintegrate_cli.core.labels import label, labels
from reintegrate_cli.core.lean import replace
from reintegrate_cli.nouns.case.moving import STAYING
from reintegrate_cli.nouns.case.record import Setting
from reintegrate_cli.nouns.placement.record import NEED_FACTS, Alternative, Placement

COOLING_OFF_DAYS: Final = 7
"""How long a move out can be taken back with a word, before it begins."""
AT_HOME: Final[tuple[Setting, ...]] = ("home", "home_supports")
ASKED_OF_HOME: Final[tuple[Setting, ...]] = ("ged", "alternative")
"""Settings for which it is said what the home school would have to provide."""
KEEP_PEERS: Final[tuple[Setting, ...]] = ("ged", "alternative", "online")
"""Settings for which there is a plan to keep peers and adults (clause 12)."""
STARRED: Final = (
    *("option", "reasons", "review_on", "wish_words", "alternatives"),
    "return_criteria",
)
"""What every decision says, in the draft or on the line."""
COMPARED: Final = tuple(
    name
    for name in Alternative.__struct_fields__
    if name not in ("option", "argued_for", "against", "restrictions")
)
"""What is said of every setting alike."""


def missing(placement: Placement) -> list[str]:
    """Return what every decision says and this one does not."""
    return [name for name in STARRED if not getattr(placement, name)]


def check_decision(placement: Placement) -> None:
    """Require what a decision takes, but for facts behind fear or behavior (G5).

    Raises:
        Refused: it compares no home school, or lacks what its setting takes.
        Usage: a setting is compared twice.
    """
    options = [each.option for each in placement.alternatives]
    raise_first(
        (
            len(set(options)) < len(options),
            Usage("a setting is compared twice", fields=["alternatives"]),
        ),
        (
            not {*options, placement.option}.intersection(AT_HOME),
            _refused(
                "compare the home school too: one of the alternatives is home or home_supports",
                "alternatives",
            ),
        ),
        (
            placement.leads_out and not _argued_for_staying(placement),
            _refused("say who argued for staying, and with what", "argued_for_staying"),
        ),
        (
            placement.option in ASKED_OF_HOME and not placement.home_school_would_need,
            _refused("say what the home school would have to provide", "home_school_would_need"),
        ),
        (
            placement.option in KEEP_PEERS and not placement.peer_adult_plan,
            _refused("say how the student keeps peers and adults", "peer_adult_plan"),
        ),
    )


def _argued_for_staying(placement: Placement) -> str:
    """Return what was said for staying, by itself or beside a setting of the home school."""
    own = [each.argued_for for each in placement.alternatives if each.option in STAYING]
    return placement.argued_for_staying or "".join(own)


def _refused(message: str, field: str) -> Refused:
    return Refused(
        message,
        rule="G5",
        fields=[field],
        hint=f"give the key {field} with --from, or answer the prompt",
    )


def only_fear(placement: Placement) -> Refused:
    """Return the refusal of a move that fear or behavior alone speaks for; it is kept (G5)."""
    name = f"{placement.case}/{placement.id}"
    return Refused(
        f"fear or behavior alone is no reason to decide on; it is kept as {name}",
        rule="G5",
        fields=["reasons", "concern", "incident"],
        hint="give another --reason, a substantiated --concern, or an --incident that was reviewed",
    )


def decided(placement: Placement, *, on: date, by: str, known: bool) -> Placement:
    """Return a draft as it is decided, with the day on which it begins.

    Args:
        placement: the draft.
        on: the day of the decision.
        by: who decided.
        known: whether it was known by then what happened to the student.

    Raises:
        Usage: it begins before it was decided.
    """
    if placement.starts_on is not None and placement.starts_on < on:
        raise Usage(
            "--starts is before the day of the decision",
            fields=["starts_on"],
            hint="reintegrate placement record enters a move that others made",
        )
    cooling_off_on = days_after(on, COOLING_OFF_DAYS) if placement.leads_out else None
    return replace(
        placement,
        decided_on=on,
        decided_by=by,
        made_by="school",
        known_at_time="yes" if known else "unknown",
        cooling_off_on=cooling_off_on,
        starts_on=placement.starts_on or cooling_off_on or on,
    )


def remarks(
    placement: Placement, *, needed: bool, gap_wide: bool, disability: str | None
) -> Iterator[str]:
    """Yield what a person should hear about a decision, or a draft of one.

    Args:
        placement: the placement.
        needed: whether credits are still needed.
        gap_wide: whether classmates are much younger, and nothing yet keeps peers of the same age.
        disability: what is known of a disability.
    """
    yield from unlike(placement.alternatives)
    if set(placement.reasons) & set(NEED_FACTS) and not (placement.backed or placement.facts):
        yield "say in facts what was observed behind fear or behavior, and who saw it (G5)"
    if needed and not placement.credit_plan:
        yield "credits are still needed: say in credit_plan how they are made up (G4)"
    if gap_wide:
        yield (
            "classmates are younger: reintegrate credit set REF --way says what keeps peers of "
            "the same age near"
        ).replace("REF", placement.case)
    if placement.leads_out and disability in (None, "suspected"):
        yield (
            "whether there is a disability is not settled: ask whether a child-find referral is "
            "due before the setting changes (G8)"
        )
    starts, cooling = placement.starts_on, placement.cooling_off_on
    if starts is not None and cooling is not None and starts < cooling:
        yield ("it begins before its cooling-off date; until then it can be taken back with a word")


def unlike(alternatives: Sequence[Alternative]) -> list[str]:
    """Return what is said of one setting and not of another, so that they can be told alike."""
    lines = []
    for name in COMPARED:
        said = [each.option for each in alternatives if getattr(each, name)]
        silent = [each.option for each in alternatives if not getattr(each, name)]
        if said and silent:
            of = labels(silent)
            lines.append(f"missing for {of}: {label(name)}")
    return lines
