"""``training gaps`` and ``list``: who is trained, at which school, and who is still to come."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated

from reintegrate_cli.core.hints import TODAY
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.records import Form, Public, School, counted, row_of
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.shapes import Work, lists, shows
from reintegrate_cli.line.verbs import verb
from reintegrate_cli.nouns.staff.record import StaffRole
from reintegrate_cli.nouns.training.counting import gaps, rows
from reintegrate_cli.nouns.training.record import (
    STATUSES,
    Gap,
    Level,
    Training,
    TrainingFile,
    TrainingRow,
)


class Narrowing(Form, kw_only=True):
    """What narrows the gaps."""

    level: Annotated[Public[Level | None], "basic or intensive; intensive if left out"] = None
    school: Annotated[Public[School | None], "only this school"] = None
    role: Annotated[Public[StaffRole | None], "only this role"] = None
    on: Annotated[Public[date], TODAY, "the day"]


COLUMNS = (
    Column("id", lambda row: row.id),
    Column("who", lambda row: row.staff or "no record", True),
    Column("role", lambda row: label(row.role), True),
    Column("school", lambda row: row.school, True),
    Column("level", lambda row: row.level),
    Column("completed", lambda row: row.completed_on),
    Column("ends", lambda row: row.expires_on),
    Column("status", lambda row: row.status),
)


@lists(
    "training",
    COLUMNS,
    STATUSES,
    narrow={"slug": lambda row: row.staff or "", "owners": lambda row: (row.owner, row.staff)},
)
def list_(work: Work, trainings: list[Training]) -> list[TrainingRow]:
    """List trainings, and until when they hold; who has no staff record has no name here.

    Example: reintegrate training list --status renewing
    """
    return rows(work.store, work.today, say=work.say)


@shows("training")
def show_(work: Work, training: Training) -> TrainingFile:
    """Show one training of a member of staff: the course, and where its certificate is.

    Example: reintegrate training show TR1
    """
    row = next(row for row in rows(work.store, work.today) if row.id == training.id)
    own = ("topics", "survivor_led", "course", "certificate", "renewed_by")
    return row_of(TrainingFile, row, **{name: getattr(training, name) for name in own})


@verb("training", "gaps", is_list=True)
def show_gaps(filters: Narrowing) -> None:
    """Draw who is trained, by role and school: the roles that the guidance names, and gaps.

    Who completed the intensive training has the basic one, too.

    Example: reintegrate training gaps --level basic
    """
    output.current.as_of = lambda: filters.on
    level = filters.level or "intensive"
    with session.reading() as store:
        schools = (session.current.district.school(filters.school),) if filters.school else ()
        cells = gaps(store, level, filters.on, schools=schools, role=filters.role, say=output.say)
    if output.draws():
        _draw(cells)
    else:
        output.show(cells, _PLAIN, empty=_NONE, kind=Gap)


_PLAIN = (
    Column("role", lambda gap: gap.role),
    Column("school", lambda gap: gap.school),
    Column("people", lambda gap: gap.people),
    Column("trained", lambda gap: gap.trained),
    Column("missing", lambda gap: gap.missing),
)


def _draw(cells: Sequence[Gap]) -> None:
    """Draw roles down and schools across, as many schools at once as fit."""
    from reintegrate_cli.line import drawing

    if not cells:
        output.say(_NONE)
        return
    schools = list(dict.fromkeys(gap.school for gap in cells))
    by = {(gap.role, gap.school): gap for gap in cells}
    roles = list(dict.fromkeys(gap.role for gap in cells))
    for some in _in_parts(schools, max(1, (output.width() - _LEFT) // _CELL)):
        lines = [
            (label(role), [_parts(by.get((role, school))) for school in some]) for role in roles
        ]
        drawing.matrix(["role", *some], lines)
    missing = sum(gap.missing for gap in cells)
    level = cells[0].level
    if missing:
        output.say(f"{counted(missing, 'person', 'people')} still to come, {level} training")
    elif any(gap.people for gap in cells):
        output.say(f"nobody is missing, {level} training")
    else:
        output.say(
            "who holds these roles is not on record: reintegrate training set SCHOOL --role ROLE"
            " --people N, or reintegrate staff add SLUG --role ROLE"
        )


_LEFT, _CELL = 27, 15
"""What the names of roles and one school take of a line."""
_NONE = "no school is named yet; reintegrate training set names one"


def _in_parts(schools: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for first in range(0, len(schools), size):
        yield schools[first : first + size]


def _parts(gap: Gap | None) -> list[str]:
    if gap is None:
        return [""]
    word = f"[ ] {gap.missing} missing" if gap.missing else "[x] covered"
    return [word, f"{gap.trained} of {gap.people}"] if gap.people or gap.trained else ["-"]
