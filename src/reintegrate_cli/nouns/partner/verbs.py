"""``partner``: the directory of community partners."""

from datetime import date
from typing import Annotated, ClassVar

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.hints import ASK, PAST, PROSE, TODAY, Option
from reintegrate_cli.core.labels import label, labels
from reintegrate_cli.core.lean import field, replace
from reintegrate_cli.core.records import Form, Person, Private, Public, Ref, Slug, Word, check_slug
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.shapes import Work, changes, edited, lists, said, shows
from reintegrate_cli.line.verbs import SlugArg, verb
from reintegrate_cli.nouns.partner import covering as coverage
from reintegrate_cli.nouns.partner.record import (
    STATUSES,
    Partner,
    PartnerKind,
    Regime,
    Specialty,
    check_ages,
)


class EditPartner(Form, kw_only=True):
    """What ``partner edit`` reads: what is given replaces what is on record."""

    asks_when_bare: ClassVar[bool] = True

    kind: Annotated[Public[PartnerKind | None], "what kind of agency it is"] = None
    specialties: Annotated[
        Public[tuple[Specialty, ...]], Option("--specialty"), "sex, labor, or both"
    ] = ()
    services: Annotated[
        Public[tuple[Word, ...]], Option("--service"), "a service it gives; may repeat"
    ] = ()
    areas: Annotated[
        Public[tuple[Word, ...]], Option("--area"), "an area or school it covers; may repeat"
    ] = ()
    ages: Annotated[Public[Word | None], "the ages it serves: 12-21"] = None
    languages: Annotated[
        Public[tuple[Word, ...]], Option("--language"), "a language it works in; may repeat"
    ] = ()
    regime: Annotated[
        Public[Regime | None], ASK, "the confidentiality rule it is bound by; ask them"
    ] = None
    name: Annotated[Private[str], "its full name"] = ""
    contact: Annotated[Private[str], "its points of contact"] = ""

    def __post_init__(self) -> None:
        """Bring the ages into one form."""
        self.ages = check_ages(self.ages)


class NewPartner(EditPartner, kw_only=True):
    """What ``partner add`` reads."""

    asks_when_bare: ClassVar[bool] = False

    # ``field()`` takes away the default that an edit has: this is needed.
    kind: Annotated[Public[PartnerKind], "what kind of agency it is"] = field()


class Attesting(Form, kw_only=True):
    """What ``partner attest`` reads."""

    by: Annotated[Ref[Person], "who judged it: a staff slug, or student"]
    on: Annotated[Public[date], PAST, TODAY, "the day it was judged"]
    trauma_informed: Annotated[Public[bool], "no, if it was found not to be; yes if left out"] = (
        True
    )
    evidence: Annotated[Private[str], PROSE, "on what evidence"]


COLUMNS = (
    Column("slug", lambda partner: partner.slug),
    Column("kind", lambda partner: label(partner.kind), True),
    Column("for", lambda partner: labels(partner.specialties)),
    Column("services", lambda partner: ", ".join(partner.services), True),
    Column("areas", lambda partner: ", ".join(partner.areas), True),
    Column("regime", lambda partner: partner.regime),
    Column("informed", lambda partner: _judged(partner)),
)


def _judged(partner: Partner) -> str:
    if partner.judged_on is None:
        return ""
    return f"{'yes' if partner.trauma_informed else 'no'} {partner.judged_on}"


@verb("partner", "add", then=("mou add {slug}",))
def add(slug: SlugArg, given: NewPartner) -> None:
    """Add a partner.

    Example: reintegrate partner add HARBOR --kind trafficking_specialist --specialty sex
    """
    slug = Slug(check_slug(slug))
    with session.writing() as store:
        if store.partners.find(slug) is not None:
            raise Usage(
                "there is a partner with that slug already", hint=f"reintegrate partner edit {slug}"
            )
        partner = store.partners.put(Partner(slug=slug, **said(given, Partner)))
    show(partner)
    if partner.regime is None:
        say(
            f"nobody has said which rule of confidentiality binds {slug}: until reintegrate "
            f"partner edit {slug} --regime says so, the strictest one is assumed"
        )


@lists("partner", COLUMNS, STATUSES, narrow={"slug": lambda partner: partner.slug})
def list_(work: Work, partners: list[Partner]) -> list[Partner]:
    """List the partners.

    Example: reintegrate partner list
    """
    return partners


@shows("partner")
def show_(work: Work, partner: Partner) -> Partner:
    """Show one partner, with its name and its points of contact.

    Example: reintegrate partner show HARBOR
    """
    return partner


@changes("partner", "edit", edits=(Partner,))
def edit(work: Work, partner: Partner, given: EditPartner) -> Partner:
    """Change a partner: what is given replaces what is on record.

    Example: reintegrate partner edit HARBOR --regime vawa_voca
    """
    return edited(partner, given)


@changes("partner", "attest")
def attest(work: Work, partner: Partner, given: Attesting) -> Partner:
    """Record who judged a partner trauma informed, when, and on what evidence.

    Example: reintegrate partner attest HARBOR --by lee
    """
    return replace(
        partner,
        trauma_informed=given.trauma_informed,
        judged_by=given.by,
        judged_on=given.on,
        evidence=given.evidence,
    )


__all__ = ["coverage"]
