"""Grounds on which something is told of a student: a closed list, each with its demands (B6).

Consent is what the live releases to an agency allow together; every other ground is one of law.
Only the least that was asked for is told.
"""

from collections.abc import Collection, Iterable, Sequence

from reintegrate_cli.core.comparing import words
from reintegrate_cli.core.errors import Refused, raise_first
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.nouns.care.record import FAMILY as FAMILY_ROLES
from reintegrate_cli.nouns.care.record import CareMember
from reintegrate_cli.nouns.disclosure.record import BASES, FAMILY, Basis, Disclosure
from reintegrate_cli.nouns.partner.record import Partner
from reintegrate_cli.nouns.release import record as release_rules
from reintegrate_cli.nouns.release.record import Facts, Method, Purpose, RecordType, Release, Signer

DEMANDS: dict[Basis, tuple[str, ...]] = {
    "school_official": ("document",),
    "enrolling_school": ("document",),
    "child_welfare_legally_responsible": ("document",),
    "court_order": ("document",),
    "subpoena": ("document",),
    "health_safety": ("threat", "need_to_know"),
    "dependent_parent": ("document",),
}
"""What each ground demands, by the names of its keys."""
_TO_FAMILY: tuple[Basis, ...] = ("rights_holder", "dependent_parent")
_SPOKEN: tuple[Basis, ...] = ("health_safety", "mandated_report")
_RULES: dict[Basis, str] = {
    "school_official": "A12",
    "child_welfare_legally_responsible": "B7",
    "health_safety": "B3",
}
_NOTHING = """
a an and any at be because child concern concerns danger dangerous emergency for general
harm health her him his immediate in is it its know need needed needs none of officer or our
police possible reason reasons risk safe safety school serious she he some student that the
their them there they this threat to unsafe unknown urgent was well welfare wellbeing n na
yes no
"""
_SAYS_NOTHING = frozenset(_NOTHING.split())


class Permit(msgspec.Struct, frozen=True):
    """What may be told, on which ground, and how."""

    basis: Basis
    records: tuple[RecordType, ...]
    method: Method
    releases: tuple[Release, ...] = ()

    @property
    def aims(self) -> tuple[Purpose, ...]:
        """Return what the releases that it rests on were signed for."""
        return tuple(dict.fromkeys(release.purpose for release in self.releases))

    @property
    def withheld(self) -> tuple[RecordType, ...]:
        """Return what there may be besides, and is not told."""
        return tuple(each for each in release_rules.RECORD_TYPES if each not in self.records)


def read_basis(typed: str | None) -> Basis:
    """Return a ground of the closed list (B6); consent if none is named.

    Raises:
        Refused: it is not on the list, so a person has to look at it.
    """
    folded = (typed or "consent").lower().replace("-", "_")
    for basis in BASES:
        if basis == folded:
            return basis
    raise Refused(
        "that is not a ground for telling records; route it to the records officer",
        rule="B6",
        fields=["basis"],
        hint=f"the grounds are {', '.join(BASES)}",
    )


def permit(
    basis: Basis,
    asked: Disclosure,
    *,
    partner: Partner | None,
    releases: Sequence[Release],
    facts: Facts,
    within_limits: bool,
) -> Permit:
    """Return what may be told: the least that was asked for, on a ground that holds.

    Args:
        basis: the ground.
        asked: the request, with the records item by item, and how it is to be told.
        partner: the agency; ``None`` for the student, or a caregiver.
        releases, facts: the releases of the case, and what else decides their status.
        within_limits: whether it keeps to the student's limits.

    Raises:
        Refused: a rule of practice says no.
    """
    if (partner is None) != (basis in _TO_FAMILY):
        raise Refused(
            "to the student or a caregiver as rights holder, or to a dependent's parent"
            if partner is None
            else "an agency holds no right of its own",
            rule="B6",
            fields=["basis", "to"],
            hint=f"--basis {' or '.join(_TO_FAMILY)} goes with --to {' or '.join(FAMILY)}",
        )
    if basis == "consent" and partner is not None:
        return _by_consent(asked, partner.slug, releases, facts, within_limits)
    _check_demands(basis, asked)
    _check_recipient(basis, asked, partner, facts)
    method: Method = asked.method or ("phone" if basis in _SPOKEN else "encrypted_file")
    if not asked.records and (method == "encrypted_file" or basis not in _SPOKEN):
        raise Refused(
            "name what is told item by item",
            rule="A9",
            fields=["records"],
            hint="--records with the least that is needed",
        )
    return Permit(basis, asked.records, method)


def _by_consent(
    asked: Disclosure, partner: str, releases: Sequence[Release], facts: Facts, within_limits: bool
) -> Permit:
    """Return what the live releases to an agency allow together."""
    live = release_rules.standing(releases, partner, asked.on, facts)
    if not live:
        raise release_rules.refusal(asked.case, releases, partner, asked.on, facts)
    named = release_rules.union(live)
    beyond = [each for each in asked.records if each not in named]
    if beyond:
        raise Refused(
            f"no release to that agency names {listed(beyond)}",
            rule="A9",
            fields=["records"],
            hint=f"{_names(live)} allow: {listed(named)}",
        )
    items = asked.records or named
    way = _one_method(asked.method, items, live)
    used = [release for release in live if release.method == way and {*items} & {*release.records}]
    limited = [release for release in used if release.limits]
    if limited and not within_limits:
        raise Refused(
            f"the student set limits to {_names(limited)}",
            rule="A10",
            fields=["within_limits"],
            hint=f"reintegrate release show {limited[0].case} {limited[0].id} tells them; "
            "--within-limits says that you keep to them",
        )
    return Permit("consent", items, way, tuple(used))


def _one_method(
    wanted: Method | None, items: tuple[RecordType, ...], live: Sequence[Release]
) -> Method:
    """Return the way in which all of it may be told: as typed, or the only one there is (A8)."""
    ways = {
        release.method: release_rules.union(each for each in live if each.method == release.method)
        for release in live
    }
    fitting = [way for way, records in ways.items() if {*items} <= {*records}]
    if wanted in fitting or (wanted is None and len(fitting) == 1):
        return wanted or fitting[0]
    message = f"not all of it may be told by {_worded(wanted or '')}"
    if wanted is None:
        message = "the releases allow several ways to tell it; choose one with --method"
    elif wanted not in ways:
        message = f"no release allows it to be told by {_worded(wanted)}"
    told = "; ".join(f"by {_worded(way)}: {listed(records)}" for way, records in ways.items())
    raise Refused(message, rule="A8", fields=["method"], hint=told)


def _worded(name: str) -> str:
    return label(name)


def listed(records: Iterable[str]) -> str:
    """Return the names of types of records, as a person reads them."""
    return ", ".join(map(_worded, records)) or "nothing"


def _names(releases: Sequence[Release]) -> str:
    names = [f"{release.case}/{release.id}" for release in releases]
    return f"release{'s' if len(names) > 1 else ''} {' and '.join(names)}"


def _check_demands(basis: Basis, asked: Disclosure) -> None:
    says = says_something if basis == "health_safety" else str.strip
    missing = [key for key in DEMANDS.get(basis, ()) if not says(getattr(asked, key))]
    if missing:
        message = {
            "school_official": "an agency is a school official only by a clause of its MOU",
            "health_safety": "say what the threat is, and why they need to know;"
            " a word is not enough",
        }.get(basis, "this ground needs its document")
        raise Refused(
            message,
            rule=_RULES.get(basis, "B6"),
            fields=missing,
            hint=f"give {' and '.join(missing)} with --from, or at the prompt",
        )


def says_something(text: str) -> bool:
    """Return whether a text tells of something in particular, and not just of safety (B3)."""
    return any(word not in _SAYS_NOTHING for word in words(text))


def _check_recipient(
    basis: Basis, asked: Disclosure, partner: Partner | None, facts: Facts
) -> None:
    """Check that a ground of law fits who asks."""
    if partner is None:
        _check_family(basis, asked, facts)
        return
    raise_first(
        (
            basis == "child_welfare_legally_responsible" and partner.kind != "child_welfare",
            Refused(
                "only the child welfare agency that is responsible for the student has this ground",
                rule="B7",
                fields=["to"],
                hint="a release is the way for every other agency",
            ),
        ),
        (
            basis == "mandated_report" and partner.kind not in ("child_welfare", "law_enforcement"),
            Refused(
                "a mandated report goes to child welfare or law enforcement",
                rule="B6",
                fields=["to"],
            ),
        ),
    )


def _check_family(basis: Basis, asked: Disclosure, facts: Facts) -> None:
    """Check that family who ask still have the right, and that nobody said no (C3, C7)."""
    to_caregiver = asked.to == "caregiver"
    grown = facts.rights_on is not None and facts.rights_on <= asked.on
    raise_first(
        (
            to_caregiver and grown and basis == "rights_holder",
            Refused(
                "the student is 18, and the right is theirs alone",
                rule="C7",
                fields=["to"],
                hint="--basis dependent_parent needs the document that shows it; or a release",
            ),
        ),
        (
            basis == "dependent_parent" and not (to_caregiver and grown),
            Refused(
                "a dependent's parent is asked about once the student is 18",
                rule="B6",
                fields=["basis"],
                hint="before that, --basis rights_holder",
            ),
        ),
    )
    if to_caregiver:
        _check_caregiver(asked, facts.care)


def _check_caregiver(asked: Disclosure, care: Collection[CareMember]) -> None:
    """Check that a caregiver is told only if nobody said that contact is not appropriate.

    Law gives a parent the right; that it is not safe to answer is for counsel to say (C3).
    """
    closed = [
        member.id for member in care if member.role in FAMILY_ROLES and member.appropriate == "no"
    ]
    raise_first(
        (
            release_rules.bar_of(Signer(role="parent", care=asked.care), care),
            Refused(
                "somebody on the care team is barred: counsel looks at this first",
                rule="C3",
                fields=["care"],
                hint="do not confirm anything to the person who asks; --care ID says who is told, "
                "once counsel agrees",
            ),
        ),
        (
            closed and asked.care in (None, *closed) and not asked.document.strip(),
            Refused(
                "contact with family was recorded as not appropriate: counsel looks at this first",
                rule="C3",
                fields=["care", "document"],
                hint="do not confirm anything to the person who asks; --care ID says who is told, "
                "and the key document what counsel or a court decided",
            ),
        ),
    )
