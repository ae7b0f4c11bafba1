"""``roster import``: a OneRoster set, read as a stream and kept in one unit of work.

It is read before the vault is locked, since a large set takes a while; if the links or the roster
changed meanwhile, nothing is kept.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.errors import Busy, Refused
from reintegrate_cli.core.hints import FLAG
from reintegrate_cli.core.records import Form, Public, Ref, Value, counted
from reintegrate_cli.core.records import Path as FilePath
from reintegrate_cli.kept import session
from reintegrate_cli.kept.settings import path_of
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column, say
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.verbs import verb
from reintegrate_cli.nouns.roster.knowing import kept, known
from reintegrate_cli.nouns.roster.oneroster import ENOUGH, Import, read_set
from reintegrate_cli.nouns.roster.record import Offerings, RosterLink, packed, updated
from reintegrate_cli.nouns.roster.rejects import drafted
from reintegrate_cli.nouns.roster.rows import SENTENCES, Reason
from reintegrate_cli.nouns.roster.standard import Mode, Version

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

_SHOWN = 10
"""How many bad rows a person is told of; JSON and ``--rejects`` have them all."""


class Importing(Form, kw_only=True):
    """What ``roster import`` takes."""

    rejects: Annotated[
        Public[FilePath | None], "a folder for the rows that cannot be taken, with the reasons"
    ] = None
    shrink: Annotated[
        Public[bool | None], FLAG, "take a roster that misses many of the linked students"
    ] = None


class FileRow(Value, frozen=True, kw_only=True):
    """What became of the rows of one file."""

    file: Public[str]
    mode: Public[Mode]
    read: Public[int]
    kept: Public[int]
    unchanged: Public[int]
    other: Public[int]
    bad: Public[int]


class ErrorRow(Value, frozen=True, kw_only=True):
    """A row that was not taken: where it is, and why; never what it says."""

    file: Public[str]
    line: Public[int]
    column: Public[str | None]
    reason: Public[Reason]


class Imported(Value, frozen=True, kw_only=True):
    """What came of a set."""

    version: Public[Version]
    items: Public[tuple[FileRow, ...]]
    errors: Public[tuple[ErrorRow, ...]]
    found: Public[int]
    missing: Ref[tuple[str, ...]]
    lost: Ref[tuple[str, ...]]
    """Those missing whom the roster before still had."""


FILES = (
    Column("file", lambda row: row.file),
    Column("mode", lambda row: row.mode),
    Column("read", lambda row: row.read),
    Column("kept", lambda row: row.kept),
    Column("unchanged", lambda row: row.unchanged),
    Column("other", lambda row: row.other),
    Column("bad", lambda row: row.bad),
)


@verb("roster", "import")
def import_(
    path: Annotated[
        str, Argument(metavar="PATH", help="A OneRoster CSV set: a folder, or a zip file.")
    ],
    given: Importing,
) -> None:
    """Take in a OneRoster set: the classes of linked students (1.1 or 1.2, bulk or delta).

    Nobody else is kept: of other sections of their courses there is a code, the term, the period
    and a head count. Rows that cannot be taken change nothing; the others are taken.

    Example: reintegrate roster import roster.zip
    """
    set_ = path_of(path)
    with session.reading() as store:
        before, read = kept(store)
        links, _ = known(store)
    numbers = {link.case: link.student_number for link in links}
    with closing(output.Told()) as told:
        answer = read_set(set_, numbers, today=session.today(), before=before, progress=told.rows)
    if answer.shrinks and not given.shrink:
        raise _shrunk(answer)
    folder = path_of(given.rejects) if given.rejects else None
    with drafted(folder, set_, answer.errors) as put_in_place:
        with session.writing() as store:
            _keep(store, answer, links, read)
        files = put_in_place()
    _show(answer, linked=len(links))
    if files:
        say(f"the rows that were not taken are in {counted(files, 'file')} of this folder:")
        say(str(folder), whole=True)


def _shrunk(answer: Import) -> Refused:
    linked = len(answer.missing) + len(answer.found)
    return Refused(
        f"this roster misses {len(answer.missing)} of {counted(linked, 'linked student')}, which is"
        f" more than one in {ENOUGH}",
        rule="roster",
        hint="ask whether it is whole; if it is, give --shrink",
        fields=["shrink"],
    )


def _keep(store: "Store", answer: Import, links: list[RosterLink], read: Offerings | None) -> None:
    """Keep what changed, if the vault still says what the set was read against.

    Raises:
        Busy: it does not.
    """
    links_now, read_now = known(store)
    if _stamps(links_now, read_now) != _stamps(links, read):
        raise Busy("the roster or its links changed while the set was read", hint="import it again")
    for link in links_now:
        changed = updated(link, answer.roster)
        if not _same(changed, link):
            store.of(RosterLink).put(changed)
    offerings = Offerings(
        id=read.id if read else store.of(Offerings).next_id(),
        version=answer.version,
        imported_on=session.today(),
        imported_at=session.real_time(),
        packed=packed(answer.roster),
    )
    is_new = read is None or (offerings.version, offerings.imported_on, offerings.packed) != (
        read.version,
        read.imported_on,
        read.packed,
    )
    if is_new:
        store.of(Offerings).put(offerings)


def _stamps(links: Iterable[RosterLink], read: Offerings | None) -> list[tuple[str, ...]]:
    stamps = [(link.case, link.student_number, link.entered_at) for link in links]
    return [*stamps, ("", read.packed, read.entered_at) if read else ("",)]


def _same(link: RosterLink, other: RosterLink) -> bool:
    seats = [
        [(seat.id, seat.section, seat.first, seat.last) for seat in each.seats]
        for each in (link, other)
    ]
    return (link.users, link.lost_on, seats[0]) == (other.users, other.lost_on, seats[1])


def _show(answer: Import, linked: int) -> None:
    items = tuple(
        FileRow(
            file=item.file,
            mode=item.mode,
            read=item.read,
            kept=item.kept,
            unchanged=item.unchanged,
            other=item.other,
            bad=item.bad,
        )
        for item in answer.items
    )
    if not output.current.as_json:
        output.table(items, FILES)
        for line in _said(answer, linked):
            say(line)
        return
    errors = tuple(
        ErrorRow(file=row.file, line=row.line, column=row.column, reason=row.reason)
        for row in answer.errors
    )
    output.show(
        Imported(
            version=answer.version,
            items=items,
            errors=errors,
            found=len(answer.found),
            missing=answer.missing,
            lost=answer.lost,
        )
    )


def _said(answer: Import, linked: int) -> Iterator[str]:
    """Yield what there is to say to a person, beside the counts."""
    for row in answer.errors[:_SHOWN]:
        column = f", {row.column}" if row.column else ""
        yield f"{row.file}, line {row.line}{column}: {SENTENCES[row.reason]}"
    more = len(answer.errors) - _SHOWN
    if more > 0:
        yield f"and {counted(more, 'row')} more; --rejects FOLDER writes them all"
    if not linked:
        yield "no case is linked to the roster yet: reintegrate roster link REF"
        return
    yield f"found {len(answer.found)} of {counted(linked, 'linked student')}"
    lost = set(answer.lost)
    for ref in answer.missing:
        if ref in lost:
            yield f"{ref}: no longer on the roster; the last known classes are kept"
        elif ref in answer.without_zeros:
            yield f"{ref}: the roster has this number with other zeros in front"
        else:
            yield f"{ref}: not on the roster; look at the number with reintegrate case reveal"
    for ref in answer.emptied:
        yield f"{ref}: on the roster, with no class"
    if answer.unknown:
        yield (
            f"nothing is known yet of {counted(answer.unknown, 'class', 'classes')} of theirs;"
            " they count as classes in which students may meet"
        )
    if answer.left_out:
        yield f"{counted(answer.left_out, 'other section')} of their courses were too many to keep"
