"""``doctor``: what is wrong with this machine's set-up, and how to mend it."""

import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from reintegrate_cli.core import clocks
from reintegrate_cli.core.errors import Damaged, Locked, Problem, Settings, Usage
from reintegrate_cli.core.records import Public, Value, counted
from reintegrate_cli.kept import history, looked, session, unlocking
from reintegrate_cli.line.output import Column, draws, pairs, print_rows, show
from reintegrate_cli.line.plain import Option
from reintegrate_cli.line.verbs import verb
from reintegrate_cli.mail.standing import whole_date

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.keys.engine import Engine

State = Literal["fine", "look", "wrong"]
BACKUP_DAYS = 7
"""A copy is due once a week (PRACTICE, defaults)."""


class Finding(Value, frozen=True, kw_only=True):
    """One thing looked at: how it stands, and what to do."""

    check: Public[str]
    state: Public[State]
    found: Public[str]
    remedy: Public[str | None] = None


COLUMNS = (
    Column("check", lambda row: row.check),
    Column("state", lambda row: row.state),
    Column("found", lambda row: row.found, True),
    Column("what to do", lambda row: row.remedy, True),
)


def _fine(check: str, found: str) -> Finding:
    return Finding(check=check, state="fine", found=found)


def _look(check: str, found: str, remedy: str) -> Finding:
    return Finding(check=check, state="look", found=found, remedy=remedy)


def _wrong(check: str, found: str, remedy: str) -> Finding:
    return Finding(check=check, state="wrong", found=found, remedy=remedy)


def _ask(check: str, found: str, remedy: str, thing: str = "") -> Finding:
    """Ask a person to look at what this machine cannot tell, if nobody did within a year."""
    thing = thing or check
    on = looked.days(session.today()).get(thing)
    if on is not None:
        return _fine(check, f"{found}; somebody looked at it on {whole_date(on)}")
    return _look(check, found, f"{remedy}; if that is fine: reintegrate doctor --looked-at {thing}")


@verb("doctor", "doctor", is_list=True)
def doctor(
    thing: Annotated[
        str | None,
        Option(
            "--looked-at",
            metavar="|".join(looked.THINGS),
            help="You looked at this yourself, and it is well; asked again after a year.",
            complete=lambda: looked.THINGS,
        ),
    ] = None,
) -> None:
    """Check the vault, its keys, this machine, mail and backups; say how to fix what is wrong.

    Some things this machine cannot tell, such as whether a disk is encrypted. Look at them
    yourself, and say so with --looked-at; it is remembered on this machine alone.

    Example: reintegrate doctor
    """
    if thing is not None:
        _remember(thing)
    findings = [*_machine(), *_vault()]
    if draws():
        _draw(findings)
    else:
        show(findings, COLUMNS, kind=Finding)
    if any(finding.state == "wrong" for finding in findings):
        raise Settings("something is wrong with the set-up", hint="each line says what to do")


_HEADINGS: dict[State, str] = {"wrong": "wrong", "look": "to look at", "fine": "fine"}


def _draw(findings: Sequence[Finding]) -> None:
    """Print what is wrong first, each with what mends it below."""
    widest = max(len(finding.check) for finding in findings)
    gap = ""
    for state, heading in _HEADINGS.items():
        ones = [finding for finding in findings if finding.state == state]
        if ones:
            print_rows(f"{gap}{heading}")
            gap = "\n"
            pairs(
                (
                    (name.ljust(widest), text)
                    for one in ones
                    for name, text in ((one.check, one.found), ("", one.remedy or ""))
                ),
                margin=2,
            )


def _remember(thing: str) -> None:
    if thing not in looked.THINGS:
        raise Usage(
            "that is nothing to look at yourself",
            hint=f"--looked-at takes {', '.join(looked.THINGS)}",
            fields=["looked_at"],
        )
    looked.remember(thing, session.today())


def _machine() -> Iterator[Finding]:
    yield _district()
    yield _keychain()
    # Without a path there is no disk to look at; the vault's check says so.
    with suppress(Settings):
        disk = session.current.engine.disk()
        if disk is not None:
            yield _encryption(disk)
    yield _swap()


def _district() -> Finding:
    try:
        district = session.current.district
    except Settings as problem:
        from reintegrate_cli.kept.settings import District

        session.current.__dict__["district"] = District()  # the other checks go on without it
        return _wrong("district.toml", problem.message, problem.hint)
    if district.time_zone is None:
        return _look(
            "district.toml",
            "no time_zone is set; the system's is used",
            'time_zone = "America/New_York" in district.toml',
        )
    if not district.calendar.closures:
        return _look("district.toml", "no closures", "list the closed days under closures")
    return _fine("district.toml", "zone and closures are set")


def _keychain() -> Finding:
    """Ask the keychain for the key that the vault has for one, where it has one."""
    from reintegrate_cli.keys import keychain

    try:
        header = session.current.engine.header()
    except Problem:  # the vault's own check says what is wrong with it
        header = None
    try:
        if header is None or not any(slot.kind == "keyring" for slot in header.slots):
            return _fine("keychain", keychain.check())
        unlocking.from_keychain(header)
        return _fine("keychain", "opens the vault")
    except unlocking.LostKey as problem:
        return _wrong("keychain", problem.message, "reintegrate vault key add --keychain")
    except Locked as problem:
        return _look("keychain", problem.message, problem.hint)
    except Settings as problem:
        return _ask("keychain", problem.message, "a key file or the passphrase opens the vault")


def _encryption(path: Path) -> Finding:
    """Look whether the disk under the vault is encrypted, as far as the system tells."""
    remedy = "turn on disk encryption (LUKS, FileVault); a lost laptop stays shut"
    if sys.platform == "darwin":
        import subprocess

        with suppress(OSError, subprocess.TimeoutExpired):
            answer = subprocess.run(
                ["/usr/bin/fdesetup", "status"],
                capture_output=True,
                text=True,
                check=False,
                timeout=5,
            ).stdout
            if "FileVault is On" in answer:
                return _fine("disk", "FileVault is on")
        return _ask("disk", "FileVault is off or does not say", remedy)
    if _is_encrypted(path.stat().st_dev):
        return _fine("disk", "encrypted")
    return _ask("disk", "not encrypted, or this program cannot tell", remedy)


def _is_encrypted(device: int) -> bool:
    """Follow a block device down to see whether a part of it is encrypted."""
    waiting = [Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}")]
    for _ in range(32):
        if not waiting:
            return False
        block = waiting.pop()
        try:
            if (block / "dm" / "uuid").read_text().startswith("CRYPT-"):
                return True
        except OSError:
            pass  # not a mapped device
        below = block / "slaves"
        waiting += list(below.iterdir()) if below.is_dir() else []
    return False


def _swap() -> Finding:
    try:
        lines = Path("/proc/swaps").read_text().splitlines()[1:]
    except OSError:
        return _ask("swap", "not to be seen from here", "encrypt swap, or do without it")
    for line in lines:
        device = Path(line.split()[0])
        if device.name.startswith("zram"):
            continue
        try:
            info = device.stat()
            encrypted = _is_encrypted(info.st_rdev if stat.S_ISBLK(info.st_mode) else info.st_dev)
        except OSError:
            encrypted = False
        if not encrypted:
            return _ask("swap", "swap is not encrypted", "encrypt swap, or do without it")
    return _fine("swap", "none, or encrypted")


def _vault() -> Iterator[Finding]:
    try:
        engine = session.current.engine
        with session.reading() as store:
            yield _fine("vault", "opens")
            yield from _keys(engine, demo=_is_demo(store))
            if session.current.bundle.school_root:
                does = "reads and changes" if session.current.bundle.tray_key else "only reads"
                yield _fine("key", f"{does} the cases of one school")
                return
            if not session.current.bundle.full:
                yield _look("key", "only the reminder key is here", "use the key of a person")
                yield _mail(store)
                return
            for check in CHECKS:
                yield check(store)
    except Problem as problem:
        yield _wrong("vault", problem.message, problem.hint or "reintegrate vault verify")


def _is_demo(store: "Store") -> bool:
    """Return whether the vault is the throw-away one of ``demo``, as far as the key may know."""
    first = store.shelf.get("history", ["H1"]) if session.current.bundle.full else None
    return first is not None and first["command"] == "demo"


def _keys(engine: "Engine", *, demo: bool) -> Iterator[Finding]:
    from reintegrate_cli import keys

    header = engine.header()
    kinds = [slot.kind for slot in header.slots]
    if demo:
        yield _fine("keys", f"{', '.join(kinds)}; a throw-away demo needs no second one")
    elif sum(kind in keys.FULL_KINDS for kind in kinds) < 2:
        yield _wrong("keys", "only one key opens the vault", "reintegrate vault key add")
    else:
        yield _fine("keys", ", ".join(kinds))
    for notice in engine.notices():
        yield Finding(**notice._asdict())
    if not header.proven:
        yield _look(
            "format",
            "an older version wrote the vault; cron and reviewers wait for you",
            "reintegrate vault backup FOLDER is enough",
        )
    is_office = session.current.bundle.full  # which makes cron's key
    if is_office and "reminder" not in kinds:
        setup = "reintegrate remind setup --reminder-key FILE"
        yield _ask("cron key", "there is none", setup, "mail")
    elif is_office:
        yield Finding(
            check="cron key",
            state="fine",
            found=_STOLEN,
            remedy="if it was: reintegrate remind setup --reminder-key NEW --revoke ID",
        )


_STOLEN = (
    "there is one; someone who stole it and can write to the vault could silence the mail, but"
    " could not read a record or be sent a password"
)


def _history(store: "Store") -> Finding:
    entries = counted(len(history.read(store.shelf)), "entry", "entries")
    return _fine("history", f"{entries}, bound to each other")


def _clock(store: "Store") -> Finding:
    """Ask the entries, in the order of their writing, whether this machine's clock agrees."""
    readings, now = history.readings(history.read(store.shelf)), session.now()
    ids, moments = [id_ for id_, _ in readings], [at for _, at in readings]
    if moments and now < moments[-1] - timedelta(minutes=5):
        return _wrong(
            "clock",
            "it is behind the last entry of the history",
            "set the date of this machine; if it is right, the last entry has a wrong"
            " one, and doctor says so after the next change",
        )
    alone = clocks.unwitnessed_days(now, moments)
    if alone:
        return _look(
            "clock",
            f"by it {counted(alone, 'day')} passed without a change",
            "set the date of this machine, if it is wrong; until another day bears it"
            " out, nothing is removed for its age",
        )
    steps = clocks.steps_back(moments)
    if steps:
        at, days = steps[-1]
        return _look(
            "clock",
            f"it went back by {counted(days, 'day')} between"
            f" {ids[at - 1]} and {ids[at]}: one of them has a wrong date",
            "nothing is judged by it; what was entered with it may want another date:"
            " reintegrate history",
        )
    return _fine("clock", "agrees with the entries of the history")


def _backup(store: "Store") -> Finding:
    now = session.now()
    copies = [
        datetime.fromisoformat(entry.at)
        for entry in history.read(store.shelf)
        if entry.command == "vault backup"
    ]
    sound = [at for at in copies if not clocks.is_anomaly(at, now=now + clocks.A_DAY)]
    remedy = "reintegrate vault backup FOLDER, once a week"
    if not sound:
        why = "the only one is dated after today" if copies else "none was ever made"
        return _look("backup", why, remedy)
    days = (now - max(sound)).days
    age = "made today" if days <= 0 else f"{counted(days, 'day')} old"
    if days > BACKUP_DAYS:
        return _look("backup", f"the last is {age}", remedy)
    return _fine("backup", f"the last is {age}, read back whole")


def _mail(store: "Store") -> Finding:
    if store.mail() is None:
        return _ask("mail", "not set up", "reintegrate remind setup")
    from reintegrate_cli.commands.remind import standing_of

    try:
        how = standing_of(store)
    except Damaged as problem:
        return _wrong("mail", problem.message, problem.hint or "reintegrate vault verify")
    if how.troubles:
        troubles = "; ".join(trouble.text for trouble in how.troubles)
        finding = _wrong if any(trouble.is_wrong for trouble in how.troubles) else _look
        return finding("mail", troubles, "reintegrate remind status")
    last = how.last_sent_on
    return _fine("mail", f"last sent for {whole_date(last)}" if last else "set up")


def _yourself(store: "Store") -> Finding:
    person = store.staff.find(store.by)
    if person is None or not person.name:
        return _look(
            "you",
            "your own staff record is not complete",
            f"reintegrate staff add {store.by} --role specialist",
        )
    return _fine("you", store.by)


def _partners(store: "Store") -> Finding:
    """Find the partners whose confidentiality rule is not on record."""
    bare = [
        partner.slug
        for partner in store.partners.all()
        if partner.regime is None and not partner.is_over
    ]
    if not bare:
        return _fine("partners", "the rule of confidentiality of each is known")
    return _look(
        "partners",
        f"no rule of confidentiality is known of {', '.join(bare)}: the strictest holds",
        "reintegrate partner edit SLUG --regime RULE; ask them",
    )


def _releases(store: "Store") -> Finding:
    """Find the releases that somebody signed who is barred since (A3)."""
    if not store.shelf.is_used("releases"):
        return _fine("releases", "none is on record")
    from reintegrate_cli.nouns.release.record import Release, is_blocked, status
    from reintegrate_cli.nouns.release.standing import facts_of

    today = session.today()
    blocked = []
    for release in store.of(Release).all():
        facts = facts_of(store, release.case)
        if status(release, today, facts) == "suspended" and is_blocked(release, facts.care):
            blocked.append(f"{release.case}/{release.id}")
    if not blocked:
        return _fine("releases", "nobody who signed one is barred")
    return _look(
        "releases",
        f"somebody who signed {', '.join(blocked)} is barred now, or may be",
        "it needs a newly signed release",
    )


def _index(store: "Store") -> Finding:
    """Prove the index of dates against the records; one that differs is made anew here."""
    from reintegrate_cli.kept import proving

    doubt = proving.index("doctor")
    if doubt is None:
        return _fine("index", "the dates that cron sees follow from the records")
    if doubt == "older":
        return _look(
            "index",
            "made from another calendar, or by another version",
            "the next change to a record rebuilds it",
        )
    return _look("index", "it did not follow from the records", "reintegrate agenda --overdue")


CHECKS: tuple[Callable[["Store"], Finding], ...] = (
    _history,
    _clock,
    _backup,
    _mail,
    _yourself,
    _partners,
    _releases,
    _index,
)
