"""Grounds on which something is told of a student: a closed list, each with what it takes (B6).

Consent is what the live releases to an agency let be told together; every other ground is one of
law. The least that was asked for is told.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from reintegrate_cli.core.comparing import words
from reintegrate_cli.core.errors import Refused
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.nouns.care.record import FAMILY as FAMILY_ROLES
from reintegrate_cli.nouns.care.record import CareMember
from reintegrate_cli.nouns.disclosure.record import BASES, FAMILY, Basis
from reintegrate_cli.nouns.partner.record import Partner
from reintegrate_cli.nouns.release import record as release_rules
from reintegrate_cli.nouns.release.record import Facts, Method, Purpose, RecordType, Release, Signer

if TYPE_CHECKING:
    from reintegrate_cli.nouns.disclosure.forms import NewDisclosure

DEMANDS: dict[Basis, tuple[str, ...]] = {
    "school_official": ("document",),
    "enrolling_school": ("document",),
    "child_welfare_legally_responsible": ("document",),
    "court_order": ("document",),
    "subpoena": ("document",),
    "health_safety": ("threat", "need_to_know"),
    "dependent_parent": ("document",),
}
"""What each ground takes, by the names of its keys."""
_TO_FAMILY: tuple[Basis, ...] = ("rights_holder", "dependent_parent")
_SPOKEN: tuple[Basis, ...] = ("health_safety", "mandated_report")
_RULES: dict[Basis, str] = {
    "school_official": "A12",
    "child_welfare_legally_responsible": "B7",
    "health_safety": "B3",
}
_SAYS_NOTHING = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "at",
        "be",
        "because",
        "child",
        "concern",
        "concerns",
        "danger",
        "dangerous",
        "emergency",
        "for",
        "general",
        "harm",
        "health",
        "her",
        "him",
        "his",
        "immediate",
        "in",
        "is",
        "it",
        "its",
        "know",
        "need",
        "needed",
        "needs",
        "none",
        "of",
        "officer",
        "or",
        "our",
        "police",
        "possible",
        "reason",
        "reasons",
        "risk",
        "safe",
        "safety",
        "school",
        "serious",
        "she",
        "he",
        "some",
        "student",
        "that",
        "the",
        "their",
        "them",
        "there",
        "they",
        "this",
        "threat",
        "to",
        "unsafe",
        "unknown",
        "urgent",
        "was",
        "well",
        "welfare",
        "wellbeing",
        "n",
        "na",
        "yes",
        "no",
    ]
)


class Permit(msgspec.Struct, frozen=True):
    """What may be told, on which ground, and how."""

    basis: Basis
    records: tuple[RecordType, ...]
    method: Method
    releases: tuple[Release, ...] = ()

    @property
    def aims(self) -> tuple[Purpose, ...]:
        """What the releases that it rests on were signed for."""
        return tuple(dict.fromkeys(one.purpose for one in self.releases))

    @property
    def withheld(self) -> tuple[RecordType, ...]:
        """What there may be besides, and is not told."""
        return tuple(one for one in release_rules.RECORD_TYPES if one not in self.records)


def read_basis(typed: str | None) -> Basis:
    """Read a ground of the closed list (B6); consent where none is named.

    Raises:
        Refused: it is none of them, so a person has to look at it.
    """
    folded = (typed or "consent").lower().replace("-", "_")
    for basis in BASES:
        if basis == folded:
            return basis
    raise Refused(
        "that is no ground on which records are told; route it to the records officer",
        rule="B6",
        fields=["basis"],
        hint=f"the grounds are {', '.join(BASES)}",
    )


def permit(
    given: "NewDisclosure",
    *,
    partner: Partner | None,
    releases: Iterable[Release],
    facts: Facts,
    today: date,
) -> Permit:
    """Decide what may be told: the least that was asked for, on a ground that holds.

    Args:
        given: what was asked.
        partner: the agency; ``None`` for the student, or a caregiver.
        releases: the releases of the case.
        facts: the student's age, and the people around them.
        today: the day of the disclosure.

    Raises:
        Refused: a rule of practice says no.
    """
    basis = read_basis(given.basis)
    items = release_rules.check_items(given.records)
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
        return _by_consent(given, items, partner.slug, releases, facts, today)
    _check_demands(basis, given)
    if basis == "child_welfare_legally_responsible" and partner and partner.kind != "child_welfare":
        raise Refused(
            "only the child welfare agency that answers for the student has this ground",
            rule="B7",
            fields=["to"],
            hint="a release is the way for every other agency",
        )
    if (
        basis == "mandated_report"
        and partner
        and partner.kind not in ("child_welfare", "law_enforcement")
    ):
        raise Refused(
            "a mandated report goes to child welfare or law enforcement", rule="B6", fields=["to"]
        )
    if partner is None:
        _check_family(basis, given, facts, today)
    method = given.method or _method(basis, given)
    if not items and (method == "encrypted_file" or basis not in _SPOKEN):
        raise Refused(
            "what is told is named item by item",
            rule="A9",
            fields=["records"],
            hint="--records with the least that is needed",
        )
    return Permit(basis, items, method)


def _method(basis: Basis, given: "NewDisclosure") -> Method:
    return "encrypted_file" if given.wants_file or basis not in _SPOKEN else "phone"


def _by_consent(
    given: "NewDisclosure",
    items: tuple[RecordType, ...],
    partner: str,
    releases: Iterable[Release],
    facts: Facts,
    today: date,
) -> Permit:
    """Permit what the live releases to an agency let be told together."""
    kept = list(releases)
    found = release_rules.standing(kept, partner, today, facts)
    if not found:
        raise release_rules.refusal(kept, partner, today, facts)
    named = release_rules.union(found)
    beyond = [one for one in items if one not in named]
    if beyond:
        raise Refused(
            f"no release to that agency names {_listed(beyond)}",
            rule="A9",
            fields=["records"],
            hint=f"{_names(found)} let it be told: {_listed(named)}",
        )
    method = _one_method(given, items or named, found)
    used = [
        one
        for one in found
        if one.method == method and (not items or set(items) & set(one.records))
    ]
    limited = [one for one in used if one.limits]
    if limited and not given.within_limits:
        raise Refused(
            f"the student set limits to {_names(limited)}",
            rule="A10",
            fields=["within_limits"],
            hint=f"reintegrate release show {limited[0].case} {limited[0].id} tells them; "
            "--within-limits says that you keep to them",
        )
    return Permit("consent", items or named, method, tuple(used))


def _one_method(
    given: "NewDisclosure", items: tuple[RecordType, ...], found: Sequence[Release]
) -> Method:
    """Choose the way in which all of it may be told: as typed, or the only one there is (A8)."""
    wanted = given.method or ("encrypted_file" if given.wants_file else None)
    ways = {
        one.method: release_rules.union(each for each in found if each.method == one.method)
        for one in found
    }
    fitting = [way for way, records in ways.items() if set(items) <= set(records)]
    if wanted in fitting or (wanted is None and len(fitting) == 1):
        return wanted or fitting[0]
    told = "; ".join(f"by {_worded(way)}: {_listed(records)}" for way, records in ways.items())
    if wanted is None:
        what = "the releases let it be told in several ways; say which with --method"
    elif wanted in ways:
        what = f"not all of it may be told by {_worded(wanted)}"
    else:
        what = f"no release lets it be told by {_worded(wanted)}"
    raise Refused(what, rule="A8", fields=["method"], hint=told)


def _worded(name: str) -> str:
    return name.replace("_", " ")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(_worded, names))


def _names(releases: Sequence[Release]) -> str:
    names = [f"{one.case}/{one.id}" for one in releases]
    return f"release{'s' if len(names) > 1 else ''} {' and '.join(names)}"


def _check_demands(basis: Basis, given: "NewDisclosure") -> None:
    missing = [key for key in DEMANDS.get(basis, ()) if not getattr(given, key).strip()]
    if basis == "health_safety":
        missing = [key for key in DEMANDS[basis] if not says_something(getattr(given, key))]
    if missing:
        what = {
            "school_official": "an agency acts as a school official by a clause of its MOU alone",
            "health_safety": "say what the threat is, and why they need to know; a word is not enough",
        }.get(basis, "this ground takes the document that it rests on")
        raise Refused(
            what,
            rule=_RULES.get(basis, "B6"),
            fields=missing,
            hint=f"give {' and '.join(missing)} with --from, or at the prompt",
        )


def says_something(text: str) -> bool:
    """Say whether a text tells of something in particular, and not just of safety (B3)."""
    return any(word not in _SAYS_NOTHING for word in words(text))


def _check_family(basis: Basis, given: "NewDisclosure", facts: Facts, today: date) -> None:
    """Demand that whoever asks as family still has the right, and that nobody said no (C3, C7)."""
    grown = facts.rights_on is not None and facts.rights_on <= today
    if given.to == "caregiver" and grown and basis == "rights_holder":
        raise Refused(
            "the student is 18, and the right is theirs alone",
            rule="C7",
            fields=["to"],
            hint="--basis dependent_parent takes the document that shows it; or a release",
        )
    if basis == "dependent_parent" and (given.to != "caregiver" or not grown):
        raise Refused(
            "a dependent's parent is asked about once the student is 18",
            rule="B6",
            fields=["basis"],
            hint="before that, --basis rights_holder",
        )
    if given.to == "caregiver":
        _check_caregiver(given, facts.care)


def _check_caregiver(given: "NewDisclosure", care: Collection[CareMember]) -> None:
    """Demand that a caregiver is told of whom nobody said that contact is not appropriate.

    Law gives a parent the right; that it is not safe to answer is for counsel to say (C3).
    """
    id_ = given.care
    if release_rules.bar_of(Signer(role="parent", care=id_), care):
        raise Refused(
            "somebody on the care team is barred: counsel looks at this first",
            rule="C3",
            fields=["care"],
            hint="do not confirm anything to whoever asks; --care ID says who is told, once "
            "counsel agreed",
        )
    refused = [one for one in care if one.role in FAMILY_ROLES and one.appropriate == "no"]
    if any(one.id == id_ or id_ is None for one in refused) and not given.document.strip():
        raise Refused(
            "contact with family was recorded as not appropriate: counsel looks at this first",
            rule="C3",
            fields=["care", "document"],
            hint="do not confirm anything to whoever asks; --care ID says who is told, and the key "
            "document what counsel or a court decided",
        )
