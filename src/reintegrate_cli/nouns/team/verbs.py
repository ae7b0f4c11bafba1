"""``team``: the response team of each school."""

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from reintegrate_cli.catalogue.seats import REQUIRED, SEATS, Model
from reintegrate_cli.core.errors import Missing, Refused, Usage
from reintegrate_cli.core.hints import PAST, TODAY, Option
from reintegrate_cli.core.labels import label, labels
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.owning import left_on
from reintegrate_cli.core.records import Form, Holder, Post, Public, Ref, School, Slug, is_family
from reintegrate_cli.kept import session
from reintegrate_cli.line import offers, output
from reintegrate_cli.line.narrowing import Filters, narrowed
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.shapes import Work, adds, shows
from reintegrate_cli.line.verbs import verb
from reintegrate_cli.nouns.contact import knowing
from reintegrate_cli.nouns.team import record as rules
from reintegrate_cli.nouns.team.record import STATUSES, Seat, Team, TeamRow

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class TeamGiven(Form, kw_only=True):
    """What ``team set`` takes."""

    model: Annotated[Public[Model], "how the school shares the work"]
    seats: Annotated[
        Public[tuple[Post, ...]], Option("--seat"), "a seat and its holder, ROLE=SLUG; may repeat"
    ] = ()
    lead: Annotated[Ref[Holder | None], "who leads a task force: staff, or a partner"] = None
    on: Annotated[Public[date], PAST, TODAY, "the day from which it holds"]


SchoolArg = Annotated[
    str, Argument(metavar="SCHOOL", help="The school.", finds="schools", complete=offers.schools)
]

COLUMNS = (
    Column("school", lambda team: team.school, True),
    Column("model", lambda team: label(team.model or "no team"), True),
    Column("seats", lambda team: _seats(team), True),
    Column("missing", lambda team: _spoken(team.missing_seats), True),
    Column("lead", lambda team: team.lead, True),
)


def _seats(team: TeamRow) -> str:
    return ", ".join(f"{label(seat.role)}: {seat.staff}" for seat in team.seats)


def _spoken(roles: tuple[str, ...]) -> str:
    return labels(roles)


def _team(store: "Store", school: str) -> Team | None:
    folded = school.casefold()
    return next((team for team in store.of(Team).all() if team.school.casefold() == folded), None)


def _find(store: "Store", text: str) -> Team:
    team = _team(store, session.current.district.school(text))
    if team is None:
        raise Missing(
            "there is no team at that school", hint="reintegrate team check shows which there are"
        )
    return team


def _row(work: Work, team: Team) -> TeamRow:
    return rules.row(team, work.today, partial(left_on, work.store.staff.find))


def _say_missing(work: Work, team: Team) -> TeamRow:
    """Return a team as it is shown, and say which seats are empty and who has their rows."""
    row = _row(work, team)
    _say_empty(row, work.say)
    if row.model == "task_force" and row.lead is None:
        work.say(f"nobody leads the task force at {row.school} yet; --lead names them")
    return row


def _say_empty(row: TeamRow, say: Callable[[str], None]) -> None:
    """Say which seats of a team are empty, and who has their rows; or that there is no team."""
    if row.model is None:
        say(f"{row.school} has cases and no team; every row there is the case owner's (E8)")
        return
    for role in row.missing_seats:
        kinds = [kind for kind, seat in SEATS[row.model].items() if seat == role]
        theirs = f"; until then {', '.join(kinds)} rows are the case owner's" if kinds else ""
        rule = " (E8)" if role == REQUIRED else ""
        say(f"{row.school} has no {label(role)} on its team{rule}{theirs}")


@adds("team", "set", view=_say_missing)
def set_(work: Work, school: SchoolArg, given: TeamGiven) -> Team:
    """Set who sits on a school's team, and who answers for rows to come where nobody is named.

    Seats that are not given stay as they are, and so does what somebody was named for.

    Example: reintegrate team set Ridgeline --model school-team --seat attendance_officer=reyes
    """
    if given.lead is not None and given.model != "task_force":
        raise Usage("--lead goes with --model task_force", fields=["lead"])
    if given.lead is not None and is_family(given.lead):
        raise Usage("a task force is led by a member of staff or a partner", fields=["lead"])
    name = session.current.district.school(school)
    former = _team(work.store, name)
    team = former or Team(id=work.store.of(Team).next_id(), school=School(name), models=())
    team = rules.with_model(team, given.model, given.on)
    named = (post.partition("=") for post in given.seats)
    seats: list[Any] = [(role, Slug(who)) for role, _, who in named]
    team = rules.with_seats(team, [Seat(role=role, staff=who) for role, who in seats])
    _warn(work.store, name, {who for role, who in seats if role in SEATS[given.model].values()})
    return team if given.lead is None else replace(team, lead=Slug(given.lead))


def _warn(store: "Store", school: str, people: Iterable[str]) -> None:
    """Warn of those whom students at a school did not name, and who will see rows of theirs."""
    folded = school.casefold()
    refs = [
        case.ref
        for case in store.cases.all()
        if case.school.casefold() == folded and not case.is_over
    ]
    for slug in sorted(filter(None, people)):
        knowing.warn_of(store, refs, slug)


@shows("team", named=(SchoolArg, _find))
def show_(work: Work, team: Team) -> TeamRow:
    """Show the team of one school, and which seats are empty.

    Example: reintegrate team show Ridgeline
    """
    return _say_missing(work, team)


@verb("team", "check", is_list=True, statuses=STATUSES)
def check(filters: Filters) -> None:
    """Check that every school with cases has a team, and every team its seats filled.

    Those are an attendance officer, and the seats of its model. A row whose seat is empty is the
    case owner's.

    Example: reintegrate team check
    """
    with session.reading() as store:
        work = Work(store)
        teams, cases = store.of(Team).all(), store.cases.all()
        schools = [case.school for case in cases if not case.is_over]
        every = [*(_row(work, team) for team in teams), *rules.without_team(teams, schools)]
        rows = narrowed(
            sorted(every, key=lambda team: team.school.casefold()),
            filters,
            store,
            cases=lambda team: [
                case.ref for case in cases if case.school.casefold() == team.school.casefold()
            ],
            owners=lambda team: [seat.staff for seat in team.seats],
        )
    output.show(rows, COLUMNS, empty="no school has a case or a team", kind=TeamRow)
    missing = [team for team in rows if team.missing_seats]
    for team in missing:
        _say_empty(team, output.say)
    if missing:
        first = missing[0]
        model = (first.model or "specialist").replace("_", "-")
        role = "ROLE" if first.model else REQUIRED.replace("_", "-")
        raise Refused(
            f"a seat is empty at {', '.join(team.school for team in missing)}",
            rule="E8",
            fields=["seats"],
            hint=f"reintegrate team set {first.school} --model {model} --seat {role}=SLUG",
        )
