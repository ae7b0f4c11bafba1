"""``remind``: mail a count of what is overdue, from cron, with a key that opens nothing else."""

import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli import keys
from reintegrate_cli.commands.remind_forms import NewMail
from reintegrate_cli.core.errors import Busy, Locked, Problem, Settings, Undelivered, Usage
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Public, Value, counted
from reintegrate_cli.kept import index, session
from reintegrate_cli.kept.settings import path_of
from reintegrate_cli.line import output
from reintegrate_cli.line.forms import missing
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.plain import Option
from reintegrate_cli.line.verbs import verb
from reintegrate_cli.mail import mail, reminders
from reintegrate_cli.mail.ledger import LedgerEntry
from reintegrate_cli.mail.reminders import MailSettings, Outcome, Security

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.mail.standing import Standing, Trouble

_PORTS: dict[Security, int] = {"tls": 465, "starttls": 587, "insecure_loopback": 25}


@verb("remind", "remind")
def remind() -> None:
    """Send today's mail if something is overdue; made for cron, and silent when all is well.

    Example: reintegrate remind
    """
    output.current.unattended = not sys.stderr.isatty()
    engine = session.current.engine
    told = _news()
    if not told.every:
        return
    alone = engine.remind_lock()
    try:
        alone.acquire()
    except Busy:
        return  # another run is at it, and one mail is enough
    try:
        outcome = reminders.run(
            told,
            ledger_read=_ledger,
            ledger_append=_note,
            tried=_tried,
            send=_send,
            report=_report,
            today=session.today(),
            now=session.real_time,
        )
    finally:
        alone.release()
    if outcome is Outcome.AMBIGUOUS_REPORTED:
        raise Undelivered(
            "a mail was handed over and its answer is not known",
            hint="it is not sent again; look at the agenda instead",
        )


def _news() -> reminders.News:
    with session.reading() as store:
        items, written = store.due(), store.last_write()
    return reminders.news(items, written, session.today(), _real_day())


def _real_day() -> date:
    return session.now().date()


def _mail_settings() -> MailSettings | None:
    with session.reading() as store:
        return store.mail()


def _tried() -> str:
    settings = _mail_settings()
    return mail.tried(settings) if settings else ""


def _ledger() -> list[LedgerEntry]:
    with session.reading() as store:
        return store.ledger()


def _note(entry: LedgerEntry) -> None:
    """Write one step of the ledger durably, before the next is taken."""
    with session.current.engine.noting_lock(), session.reading() as store:
        store.append_ledger(entry)


def _send(text: str, before_handing: Callable[[], None]) -> None:
    settings = _mail_settings()
    if settings is None:
        raise Settings("mail is not set up", hint="remind setup does it")
    secret = mail.password(settings, keychain=_from_keychain)
    mail.deliver(settings, text, password=secret, before_handing=before_handing)


def _kept_as(name: str) -> str:
    """Return a secret's name in the keychain: the vault's random id, never a school."""
    return f"{session.current.engine.header().store_id}/{name}"


def _from_keychain(name: str) -> str | None:
    from reintegrate_cli.keys import keychain

    return keychain.get(_kept_as(name))


def _keep_password() -> None:
    """Ask for the password of the mail account, and keep it in the keychain.

    Raises:
        Settings: this machine has no keychain that keeps it; a 0600 file or a systemd
            credential does as well.
    """
    from reintegrate_cli.keys import keychain

    typed = output.ask("the password for mail (Enter: a credential will hold it)", hidden=True)
    if typed:
        mail.refuse_keys(typed)
        _refuse_key(typed)
        keychain.put(_kept_as(mail.PASSWORD), typed)


def _report(day: date) -> None:
    sys.stderr.write(f"the mail of {day.isoformat()} may or may not have arrived\n")


@verb("remind", "preview")
def preview() -> None:
    """Show the mail that would go now, and send nothing.

    Example: reintegrate remind preview
    """
    told = _news()
    if not told.every:
        say("nothing is overdue; no mail would go")
        return
    text = reminders.body(told.count, told.oldest_days, told.silent_days)
    output.print_rows(f"Subject: {reminders.SUBJECT}\n\n{text}", end="")


class Ready(Value, frozen=True, kw_only=True):
    """What ``remind setup`` answers."""

    ready: Public[bool]
    port: Public[int]
    security: Public[Security]


@verb("remind", "setup")
def setup(
    given: NewMail,
    tls: Annotated[bool, Option("--tls", help="TLS from the start; the default.")] = False,
    starttls: Annotated[bool, Option("--starttls", help="STARTTLS.")] = False,
    insecure_loopback: Annotated[
        bool, Option("--insecure-loopback", help="No TLS, to this machine alone.")
    ] = False,
) -> None:
    """Keep where the mail goes, make cron's key, and print the crontab line.

    Example: reintegrate remind setup --reminder-key ~/reminder.key --host mail.example.org
    --from-address office@example.org --to office@example.org
    """
    from reintegrate_cli.commands import cron_key
    from reintegrate_cli.mail.script import placed

    security = _security(tls, starttls, insecure_loopback)
    chosen = tls or starttls or insecure_loopback
    key_file = path_of(given.reminder_key).absolute() if given.reminder_key else None
    cron_key.check(key_file, given.revoke)
    vault = session.current.engine.name_for(given.login) if given.login else None
    settings = None
    if given.says_where or chosen or key_file is None:
        settings = _settings(given, security)
    named = vault or session.current.engine.name
    with placed(key_file, named) as script, cron_key.setting_up(key_file, given.revoke) as store:
        if settings is None:
            settings = store.mail()
            if settings is None:
                raise missing(NewMail, *NewMail.demanded)
        store.set_mail(replace(settings, whose=store.by))
        is_anew = store.mend_ledger()
        index.renew(store, session.current.district.calendar, session.today())
    if is_anew:
        say(_ANEW)
    if key_file is not None and script is not None:
        _print_line(script, key_file)
        if session.current.engine.is_served and vault is None:
            say(
                "cron uses your own login of the database; --login names one that may do less,"
                " with the seat cron"
            )
    show(Ready(ready=True, port=settings.port, security=settings.security))


_ANEW = (
    "a part of the ledger was lost, and a new one starts; a mail may have gone today, so none goes"
    " before the next is due"
)


def _settings(given: NewMail, security: Security) -> MailSettings:
    """Check what mail needs, and ask for the password where nothing else has it.

    Raises:
        Usage: an address, the host or the port is none, or is missing.
        Settings: a file is not there, or holds a key to a vault.
    """
    if given.host is None or given.from_address is None or given.to is None:
        raise missing(NewMail, *(name for name in NewMail.demanded if getattr(given, name) is None))
    settings = MailSettings(
        host=given.host,
        port=_PORTS[security] if given.port is None else given.port,
        security=security,
        user=given.user,
        from_address=given.from_address,
        to=given.to,
        password_file=_absolute(given.password_file),
        ca_file=_absolute(given.ca_file),
        setup_id=os.urandom(4).hex(),
    )
    for file in (settings.password_file, settings.ca_file):
        if file is not None and not Path(file).is_file():
            raise Settings(
                "a file that mail needs is not there",
                fields=["password_file", "ca_file"],
                hint="check the path",
            )
    if settings.password_file is not None:
        _refuse_key(mail.password_in(Path(settings.password_file)))
    elif settings.user is not None and output.can_ask():
        _keep_password()
    return settings


def _refuse_key(password: str) -> None:
    """Refuse for a password what opens this vault: cron would hand it to a mail server.

    Raises:
        Settings: it is a passphrase, or a recovery code, of this vault.
    """
    try:
        keys.open_with_words(session.current.engine.header(), password)
    except Locked:
        return
    raise mail.is_a_key()


def _absolute(file: str | None) -> str | None:
    return str(path_of(file).absolute()) if file else None


def _security(tls: bool, starttls: bool, insecure_loopback: bool) -> Security:
    if tls + starttls + insecure_loopback > 1:
        raise Usage("--tls, --starttls and --insecure-loopback do not go together", hint="give one")
    if insecure_loopback:
        return "insecure_loopback"
    return "starttls" if starttls else "tls"


def _print_line(script: Path, key_file: Path) -> None:
    """Print what cron runs, a line each however long, to be copied."""
    from reintegrate_cli.kept import settings
    from reintegrate_cli.mail import timers

    untold = (settings.APP, session.current.engine.name, str(key_file))
    say("the line for crontab -e:")
    say(timers.crontab(str(script), untold).rstrip("\n"), whole=True)


LEDGER = (
    Column("day", lambda row: row.day),
    Column("state", lambda row: row.state),
    Column("try", lambda row: row.attempt),
    Column("items", lambda row: row.count),
    Column("cause", lambda row: label(row.cause)),
    Column("again", lambda row: label(row.again)),
)


@verb("remind", "status", is_list=True)
def status() -> None:
    """Show when the last mail went, how far cron sees, what is wrong, and the ledger.

    Example: reintegrate remind status
    """
    with session.reading() as store:
        ledger, settings, how = store.ledger(), store.mail(), standing_of(store)
        how = how._replace(troubles=(*how.troubles, *_nobodys(store)))
    if settings is None:
        say("mail is not set up; reintegrate remind setup does it")
    else:
        how = how._replace(troubles=(*how.troubles, *_means(settings)))
    _tell(how)
    wrong = [{"what": one.text, "remedy": one.remedy} for one in how.troubles]
    show(
        ledger,
        LEDGER,
        empty="no mail was tried yet",
        kind=LedgerEntry,
        more={
            "last_sent_on": how.last_sent_on,
            "written_on": how.written_on,
            "sees_until": how.sees_until,
            "wrong": wrong,
        },
    )


def standing_of(store: "Store") -> "Standing":
    """Work out how cron's mail stands, as the vault has it."""
    from reintegrate_cli.due.agenda import HORIZON_DAYS
    from reintegrate_cli.mail.standing import standing

    return standing(
        store.ledger(),
        store.last_write(),
        today=session.today(),
        real_day=_real_day(),
        horizon=HORIZON_DAYS,
    )


def _tell(how: "Standing") -> None:
    from reintegrate_cli.mail.standing import whole_date

    if how.last_sent_on is not None:
        say(f"the vault says that the last mail went for {whole_date(how.last_sent_on)}")
    else:
        say("the vault knows of no mail that went")
    if how.sees_until is not None and how.written_on is not None:
        say(
            f"cron sees as far as {whole_date(how.sees_until)};"
            f" a record was last changed on {whole_date(how.written_on)}"
        )
    for one in how.troubles:
        say(f"{one.text}\nhint: {one.remedy}")


def _nobodys(store: "Store") -> "list[Trouble]":
    """Name what somebody added to the ledger with cron's login, and without its key."""
    from reintegrate_cli.mail.standing import Trouble

    count = store.shelf.strangers("ledger")
    what = f"{counted(count, 'note')} in the ledger: written without cron's key, and left out"
    remedy = "remind setup --reminder-key FILE takes it out; look who has the seat cron"
    return [Trouble(what, remedy, is_wrong=False)] if count else []


def _means(settings: MailSettings) -> "list[Trouble]":
    """Look at the files that mail needs, which cron's own words never name."""
    from reintegrate_cli.mail.standing import Trouble

    found = []
    try:
        mail.password(settings, keychain=lambda _: "kept")
    except Problem as problem:
        found.append(Trouble(problem.message, problem.hint))
    if settings.ca_file is not None and not Path(settings.ca_file).is_file():
        found.append(
            Trouble(
                "the file of certificates for mail is not there",
                "reintegrate remind setup --ca-file FILE",
            )
        )
    return found
