"""``partner``: the directory of community partners."""

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Sensitivity, check_slug
from reintegrate_cli.kept import session
from reintegrate_cli.line.clearing import cleared
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.verbs import Filters, PartnerArg, SlugArg, narrowed, verb
from reintegrate_cli.nouns.partner import covering as coverage
from reintegrate_cli.nouns.partner.forms import Attesting, EditPartner, NewPartner
from reintegrate_cli.nouns.partner.record import Partner, check_ages

COLUMNS = (
    Column("slug", lambda one: one.slug),
    Column("kind", lambda one: one.kind.replace("_", " "), True),
    Column("for", lambda one: " ".join(one.specialties)),
    Column("services", lambda one: ", ".join(one.services), True),
    Column("areas", lambda one: ", ".join(one.areas), True),
    Column("regime", lambda one: one.regime),
    Column("informed", lambda one: _judged(one)),
)


def _judged(partner: Partner) -> str:
    if partner.judged_on is None:
        return ""
    return f"{'yes' if partner.trauma_informed else 'no'} {partner.judged_on}"


@verb("partner", "add")
def add(slug: SlugArg, given: NewPartner) -> None:
    """Add a partner.

    Example: reintegrate partner add HARBOR --kind trafficking_specialist --specialty sex
    """
    slug = check_slug(slug)
    ages = check_ages(given.ages)
    with session.writing("partner add") as store:
        if store.partners.find(slug) is not None:
            raise Usage(
                "there is a partner with that slug already", hint=f"reintegrate partner edit {slug}"
            )
        partner = Partner(
            slug=slug,  # type: ignore[arg-type]
            kind=given.kind,
            specialties=given.specialties,
            services=given.services,
            areas=given.areas,
            ages=ages,
            languages=given.languages,
            regime=given.regime,
            name=given.name,
            contact=given.contact,
        )
        partner = store.partners.put(partner)
    show(partner)
    if partner.regime is None:
        say(
            f"it is not said which rule of confidentiality binds {partner.slug}: it is taken for "
            f"the strictest until reintegrate partner edit {partner.slug} --regime says"
        )


@verb("partner", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List the partners.

    Example: reintegrate partner list
    """
    with session.reading() as store:
        partners = narrowed(
            store.partners.all(),
            filters,
            store,
            statuses=("active", "ended"),
            slug=lambda row: row.slug,
        )
    show(partners, COLUMNS, empty="no partner is in the directory yet", kind=Partner)


@verb("partner", "show")
def show_(slug: PartnerArg) -> None:
    """Show one partner, with its name and its points of contact.

    Example: reintegrate partner show HARBOR
    """
    with session.reading() as store:
        partner = store.partners.get(check_slug(slug))
    show(partner, upto=Sensitivity.PRIVATE)


@verb("partner", "edit", edits=(Partner,))
def edit(slug: PartnerArg, given: EditPartner) -> None:
    """Change a partner: what is given replaces what stands.

    Example: reintegrate partner edit HARBOR --regime vawa_voca
    """
    with session.writing("partner edit") as store:
        partner = cleared(store.partners.get(check_slug(slug)), given)
        partner = store.partners.put(
            replace(
                partner,
                kind=given.kind or partner.kind,
                specialties=given.specialties or partner.specialties,
                services=given.services or partner.services,
                areas=given.areas or partner.areas,
                ages=check_ages(given.ages) or partner.ages,
                languages=given.languages or partner.languages,
                regime=given.regime or partner.regime,
                name=given.name or partner.name,
                contact=given.contact or partner.contact,
            )
        )
    show(partner)


@verb("partner", "attest")
def attest(slug: PartnerArg, given: Attesting) -> None:
    """Record who judged a partner trauma informed, when, and on what evidence.

    Example: reintegrate partner attest HARBOR --by lee
    """
    with session.writing("partner attest") as store:
        partner = store.partners.get(check_slug(slug))
        partner = store.partners.put(
            replace(
                partner,
                trauma_informed=given.trauma_informed is not False,
                judged_by=store.person(given.by),
                judged_on=given.on or session.today(),
                evidence=given.evidence,
            )
        )
    show(partner)


__all__ = ["coverage"]
