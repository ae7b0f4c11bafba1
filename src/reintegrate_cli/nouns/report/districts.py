"""Clauses about the district itself: training, agreements, protocols, teams, and the source."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from reintegrate_cli.catalogue.seats import REQUIRED
from reintegrate_cli.core.owning import team_at
from reintegrate_cli.core.records import same_slug
from reintegrate_cli.nouns.mou.record import in_force
from reintegrate_cli.nouns.partner.record import FALLBACKS, SPECIALIST, SPECIALTIES
from reintegrate_cli.nouns.report.facts import Facts, Verdict, ids
from reintegrate_cli.nouns.training.record import NINE, counts_for, done_of

TOPICS = ("identification", "reporting", "records", "release", "placement")
"""What a district has an adopted protocol for, at least."""
_A_YEAR, _MEETING_DAYS = 365, 45


def shown(facts: Facts, _: None = None) -> Verdict:
    """Clause 17: somebody looks at the whole of it at least once a year."""
    looked = facts.looked_on
    return Verdict(looked is not None and looked >= facts.ago(_A_YEAR))


def trained(facts: Facts, _: None = None) -> Verdict | None:
    """Clause 18: those whom students meet every day hold the intensive training."""
    schools = {school.casefold() for school in facts.schools}
    own = [
        person
        for person in facts.world.records("staff")
        if person.role in NINE and not facts.is_over(person)
        if (person.school or "").casefold() in schools
    ]
    if not own:
        return None
    trainings = [one for one in facts.world.records("trainings") if _holds(one, facts)]
    short = [
        person for person in own if not any(same_slug(one.staff, person.slug) for one in trainings)
    ]
    return Verdict(not short, _schools_of(short) if short else ids(trainings))


def _holds(training: Any, facts: Facts) -> bool:
    return counts_for(done_of(training), "intensive", facts.today)


def _schools_of(people: Iterable[Any]) -> tuple[str, ...]:
    """Return where somebody is missing, and not who."""
    return tuple(dict.fromkeys(person.school for person in people))


def counted(facts: Facts, _: None = None) -> Verdict | None:
    """Clause 19: of the nine roles it is known how many hold each at a school."""
    schools = facts.schools
    if not schools:
        return None
    rolls = {roll.school.casefold(): roll for roll in facts.world.records("rolls")}

    def known(school: str) -> bool:
        roll = rolls.get(school.casefold())
        return roll is not None and set(NINE) <= {post.role for post in roll.posts}

    short = [school for school in schools if not known(school)]
    return Verdict(not short, tuple(short) or ids(rolls[school.casefold()] for school in schools))


def governed(facts: Facts, _: None = None) -> Verdict:
    """Clause 20: there are protocols in force for what cannot wait, and none overdue for review."""
    versions = _in_force(facts)
    missing = [topic for topic in TOPICS if topic not in {one.topic for one, _ in versions}]
    stale = [one for one, version in versions if (version.review_on or facts.today) < facts.today]
    evidence = tuple(missing) + ids(stale) or ids(one for one, _ in versions)
    return Verdict(not missing and not stale, evidence)


def student_led(facts: Facts, _: None = None) -> Verdict | None:
    """Clause 21: each was looked at for being trauma informed and led by the student."""
    versions = _in_force(facts)
    if not versions:
        return None

    def passed(version: Any) -> bool:
        last = version.reviews[-1] if version.reviews else None
        return last is not None and last.trauma_informed and last.student_led

    short = [one for one, version in versions if not passed(version)]
    return Verdict(not short, ids(short or [one for one, _ in versions]))


def _in_force(facts: Facts) -> list[tuple[Any, Any]]:
    return [
        (protocol, version)
        for protocol in facts.world.records("protocols")
        for version in protocol.versions
        if version.adopted_on is not None and version.adopted_on <= facts.today
        if version.superseded_on is None or version.superseded_on > facts.today
        if version.ended_on is None or version.ended_on > facts.today
    ]


def agreed(facts: Facts, _: None = None) -> Verdict | None:
    """Clause 24: with each specialist nearby there is an agreement, for sex and for labor."""
    wanted = {one: found for one in SPECIALTIES if (found := _specialists(facts, one))}
    if not wanted:
        return None
    short = [
        one
        for one, partners in wanted.items()
        if not any(_agreements(facts, [partner], one) for partner in partners)
    ]
    mous = [mou for one, partners in wanted.items() for mou in _agreements(facts, partners, one)]
    return Verdict(not short, tuple(short) or ids({mou.id: mou for mou in mous}.values()))


def fallen_back(facts: Facts, _: None = None) -> Verdict | None:
    """Clause 25: without a specialist near, another service is asked."""
    if all(_specialists(facts, one) for one in SPECIALTIES):
        return None
    others = [one for one in _partners(facts) if one.kind in FALLBACKS]
    mous = _agreements(facts, others)
    return Verdict(bool(mous), ids(mous))


def _partners(facts: Facts) -> list[Any]:
    return [one for one in facts.world.records("partners") if not facts.is_over(one)]


def _specialists(facts: Facts, specialty: str) -> list[Any]:
    return [
        one for one in _partners(facts) if one.kind == SPECIALIST and specialty in one.specialties
    ]


def _agreements(facts: Facts, partners: Iterable[Any], specialty: str = "") -> list[Any]:
    slugs = [one.slug for one in partners]
    return [
        mou
        for mou in facts.world.records("mous")
        if any(same_slug(mou.partner, slug) for slug in slugs) and in_force(mou, facts.today)
        if not specialty or not mou.specialties or specialty in mou.specialties
    ]


def coordinated(facts: Facts, _: None = None) -> Verdict:
    """Clause 42: a specialist of the district keeps it together."""
    people = [
        person
        for person in facts.world.records("staff")
        if person.role == "specialist" and not facts.is_over(person)
    ]
    return Verdict(bool(people), tuple(person.slug for person in people))


def _teams(facts: Facts, *models: str) -> list[Any]:
    return [team for team in facts.world.records("teams") if not models or team.model in models]


def shared(facts: Facts, _: None = None) -> Verdict | None:
    """Clause 43: a task force that shares the work has somebody who leads, and it meets."""
    teams = _teams(facts, "task_force")
    if not teams:
        return None
    met = [
        one
        for one in facts.world.records("conferences")
        if facts.ago(_MEETING_DAYS) <= one.on <= facts.today + timedelta(days=_MEETING_DAYS)
    ]
    short = [team for team in teams if not team.lead]
    return Verdict(bool(met) and not short, ids(short or met))


def managed(facts: Facts, _: None = None) -> Verdict | None:
    """Clause 44: a school that does it among its own staff has a counselor or social worker."""
    teams = _teams(facts, "school_team")
    if not teams:
        return None
    short = [
        team
        for team in teams
        if not any(
            facts.member(team.holder(role)) for role in ("school_counselor", "social_worker")
        )
    ]
    return Verdict(not short, ids(short or teams))


def has_officer(facts: Facts, school: str) -> bool:
    """Return whether an attendance officer sits on the team of a school (E8)."""
    team = team_at(facts.world, school)
    return team is not None and facts.member(team.holder(REQUIRED)) is not None


def attended(facts: Facts, _: None = None) -> Verdict | None:
    """Clause 45: an attendance officer sits on the team of every school with a case (E8)."""
    schools = facts.schools
    if not schools:
        return None
    short = [school for school in schools if not has_officer(facts, school)]
    teams = [team for school in schools if (team := team_at(facts.world, school)) is not None]
    return Verdict(not short, tuple(short) or ids(teams))


def sourced(facts: Facts, _: None = None) -> Verdict:
    """Clause 46: the guidance was looked up at its source within a year."""
    return Verdict(facts.retrieved_on >= facts.ago(_A_YEAR))
