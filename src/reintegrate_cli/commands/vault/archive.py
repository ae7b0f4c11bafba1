"""Archives: everything in one file that another program can read, sealed with age."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli import keys
from reintegrate_cli.core.errors import Busy, Missing, Usage
from reintegrate_cli.core.records import Public, Value, check_id, counted
from reintegrate_cli.kept import retention, session, unlocking
from reintegrate_cli.kept.settings import path_of
from reintegrate_cli.line import output
from reintegrate_cli.line.output import say, show
from reintegrate_cli.line.plain import Argument, Option
from reintegrate_cli.line.verbs import verb

if TYPE_CHECKING:
    from reintegrate_cli.kept.archives import Archive, Taken
    from reintegrate_cli.kept.store import Store

FileArg = Annotated[str, Argument(metavar="FILE", help="The archive.")]
WordsOption = Annotated[
    str | None, Option("--passphrase-file", metavar="FILE", help="The archive's own passphrase.")
]


class Archived(Value, frozen=True, kw_only=True):
    """What an export wrote, or an import took, in numbers."""

    records: Public[int]
    entries: Public[int]
    added: Public[int | None] = None
    replaced: Public[int | None] = None


@verb("vault", "export")
def export(
    file: FileArg,
    recipient: Annotated[
        str | None, Option("--recipient", metavar="AGE1...", help="An age public key.")
    ] = None,
    passphrase_file: WordsOption = None,
) -> None:
    """Write everything as one JSON document, sealed with age; the history remembers it.

    Anyone who opens the archive can read every name in it. Give it to a new machine or to counsel,
    not to a mailbox. On a terminal, without an option, a passphrase is asked for.

    Example: reintegrate vault export /media/okafor/district.age --recipient age1...
    """
    from reintegrate_cli.kept import archives, exports
    from reintegrate_cli.keys import agefile

    _check_one("recipient", recipient, passphrase_file, "a")
    if recipient is not None:
        keys.check_recipient(recipient)
    bundle = session.current.bundle
    bundle.demand_full("an archive of everything")
    with session.reading() as store:
        retention.check_no_hold(store.legal_holds.all(), "an export")
    words = None if recipient is not None else _new_words(passphrase_file)
    with exports.drafting(path_of(file)) as draft:
        with session.writing("vault export") as store:
            retention.check_no_hold(store.legal_holds.all(), "an export")
            draft.check_place(lambda _: False)
            plain, counts = archives.written(store, session.real_time())
            draft.write(agefile.seal_archive(plain, recipient, words))
            long = archives.is_too_long(plain, counts)
            store.touch("vault")
        draft.put_in_place()
    if long:
        say("this version takes in no archive as long as that; keep a copy with vault backup, too")
    say("anyone who opens it can read every name; keep it where the vault itself would be safe")
    show(Archived(records=counts.records, entries=counts.entries))


def _check_one(name: str, given: str | None, words: str | None, which: str) -> None:
    """Require one of an option and --passphrase-file, or a terminal to ask at.

    Raises:
        Usage: both were given, or neither and there is nobody to ask.
    """
    option = "--" + name.replace("_", "-")
    if given is not None and words is not None:
        raise Usage(f"{option} and --passphrase-file do not go together", hint="give one")
    if given is None and words is None and not output.can_ask():
        raise Usage(
            f"missing: {option} or --passphrase-file",
            fields=[name, "passphrase_file"],
            hint=f"on a terminal, without one, {which} passphrase is asked for",
        )


def _new_words(passphrase_file: str | None) -> str:
    if passphrase_file is None:
        return unlocking.ask_new_passphrase()
    return keys.read_new_passphrase(path_of(passphrase_file))


@verb("vault", "import")
def import_(
    file: FileArg,
    identity_file: Annotated[
        str | None, Option("--identity-file", metavar="FILE", help="An age identity.")
    ] = None,
    passphrase_file: WordsOption = None,
    replace: Annotated[
        bool, Option("--replace", help="Where a record differs, take the archive's.")
    ] = False,
    despite: Annotated[
        str | None, Option("--despite", metavar="ID", help="The purge that it was made before.")
    ] = None,
) -> None:
    """Take an archive into this vault: all of it or nothing, and a second time nothing more.

    One that was made before a purge may hold what went then, and is refused (K2) unless the
    purge is named.

    Example: reintegrate vault import /media/okafor/district.age --identity-file counsel.key
    """
    from reintegrate_cli.due import agenda
    from reintegrate_cli.kept import archives, index

    _check_one("identity_file", identity_file, passphrase_file, "the")
    named = check_id(despite) if despite is not None else None
    archive = archives.parse(_opened(file, identity_file, passphrase_file))
    session.current.bundle.demand_full("the records")
    with session.writing("vault import") as store:
        calendar, today = session.current.district.calendar, session.today()
        rebuild = partial(index.rebuild, store, calendar, today)
        world = partial(index.world, store, calendar, whole=True)
        unworkable = lambda: agenda.unworkable(world(), today)  # noqa: E731
        _check_named(store, named)
        later = archives.purges_after(store, archive, session.judged_by(store).at)
        retention.check_purges(later, named)
        taken = archives.take(store, archive, rebuild, unworkable, replace=replace)
        store.touch("vault")
        _note_origin(store, archive)
        for purge in later:
            store.touch(purge.id)
    _check_read_back(archive)
    _say_taken(archive, taken, may_be_back=bool(later))


def _say_taken(archive: "Archive", taken: "Taken", *, may_be_back: bool) -> None:
    """Say what an archive brought."""
    say("each record and each entry reads back as the archive has it")
    if archive.ending is None:
        say(
            "nobody signed for this archive: an older version wrote it, or somebody took the"
            " signature out; ask who sent it whether these records and entries are all of them"
        )
    if may_be_back:
        say("what was purged may be back: reintegrate vault purge --dry-run shows it")
    entries = len(archive.tables.get("history", ()))
    added, replaced = taken.added, taken.replaced
    show(Archived(records=archive.records, entries=entries, added=added, replaced=replaced))


def _check_named(store: "Store", purge: str | None) -> None:
    """Require that the purge is there which is named.

    Raises:
        Missing: there is none of that id.
    """
    if purge is not None and purge not in [each.id for each in store.certificates.all()]:
        raise Missing(f"there is no purge {purge}", hint="reintegrate vault purge list")


def _check_read_back(archive: "Archive") -> None:
    """Require that what was taken in reads as the archive has it.

    Raises:
        Busy: somebody changed a part of it since.
    """
    from reintegrate_cli.kept import archives

    with session.reading() as store:
        differing = archives.differing(store, archive)
    if differing:
        raise Busy(
            f"{counted(len(differing), 'record')} by now differ from the archive's",
            hint="the archive was taken in; reintegrate history says what became of"
            f" {differing[0]}",
        )


def _note_origin(store: "Store", archive: "Archive") -> None:
    """Keep how the history ends that was made in another vault, if this archive is of one."""
    history = archive.tables.get("history", ())
    if not history or archive.store_id == store.shelf.store_id:
        return
    from reintegrate_cli.kept import origins

    origins.note(
        store,
        origins.Origin(
            id=store.of(origins.Origin).next_id(),
            on=session.today(),
            store=archive.store_id,
            entries=len(history),
            last=origins.chain_of(history[-1]),
            public=archive.ending.public if archive.ending else "",
        ),
    )


def _opened(file: str, identity_file: str | None, passphrase_file: str | None) -> bytes:
    """Open an archive; nothing else of it is kept."""
    from reintegrate_cli.kept import archives
    from reintegrate_cli.keys import agefile

    sealed = archives.read(path_of(file))
    if identity_file is not None:
        return agefile.open_archive(sealed, keys.read_identity_file(path_of(identity_file)))
    given = path_of(passphrase_file) if passphrase_file is not None else None
    words = (
        keys.read_passphrase_file(given)
        if given
        else output.ask("passphrase", hidden=True, needed=True)
    )
    return agefile.open_archive_with_words(sealed, words)
