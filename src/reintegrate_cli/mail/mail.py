"""Hand one message to a mail server, or say exactly why not (PRACTICE section 3).

Certificates and host names are always checked; what cannot be checked is not sent to. No
error carries what the server said, where it is, or who the mail is for. ``smtplib``,
``ssl`` and ``email`` are imported where they are used: on most days cron needs none.
"""

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reintegrate_cli.core.cleaning import clean, line
from reintegrate_cli.core.errors import Settings
from reintegrate_cli.keys.disk import opened
from reintegrate_cli.mail.ledger import Again
from reintegrate_cli.mail.reminders import (
    SUBJECT,
    Cause,
    MailSettings,
    NotSent,
    Rejected,
    Unknown,
    is_loopback,
)

if TYPE_CHECKING:
    from ssl import SSLContext

__all__ = ["PASSWORD", "NotSent", "Rejected", "Unknown", "deliver", "message", "password"]

PASSWORD = "mail-password"  # noqa: S105 - a name, the same for systemd and the keychain
_LONGEST_PASSWORD = 1024
_LONGEST_REPLY = 65_536


def deliver(
    settings: MailSettings,
    text: str,
    *,
    password: str | None,
    before_handing: Callable[[], None],
    timeout: float = 20,
) -> None:
    """Hand the text over to the server; return only when the server took it.

    Args:
        settings: where it goes, and how.
        text: the body, in ASCII.
        password: for ``settings.user``; not used where there is no user.
        before_handing: called once the server took sender and recipient, before the message
            goes out. What it raises is passed on, and nothing is handed over.
        timeout: seconds for the connection, for each thing sent and for each whole answer.

    Raises:
        NotSent: the server does not have the message.
        Rejected: neither, and it said that this is for good.
        Unknown: the message went out, and no answer came.
        Settings: the certificates cannot be read, or there is a user and no password.
    """
    if settings.user is not None and password is None:
        raise Settings("there is no password for mail", hint="remind setup says where it is")
    payload = message(settings, text)
    context = None if settings.security == "insecure_loopback" else _context(settings.ca_file)
    try:
        with _session(settings, context, timeout) as session:
            _introduce(session, settings, context, password)
            before_handing()
            _hand_over(session, payload)
            # The answer to this is not waited for: the caller has an outcome to note.
            with suppress(OSError):
                session.putcmd("QUIT")
    except (NotSent, Rejected, Unknown) as failure:
        failure.__context__ = None  # it holds the server's own text
        raise


def message(settings: MailSettings, text: str) -> bytes:
    """Write the whole message: these headers and no others, plain 7 bit text.

    Nothing in it names the product or the machine; the id is random and at the sender's
    own domain.
    """
    import secrets
    from datetime import UTC, datetime
    from email.message import EmailMessage
    from email.policy import SMTP

    mail = EmailMessage(policy=SMTP.clone(max_line_length=998))
    mail["From"] = line(settings.from_address)
    mail["To"] = line(settings.to)
    mail["Subject"] = SUBJECT
    mail["Date"] = datetime.now(UTC)
    mail["Message-ID"] = f"<{secrets.token_hex(16)}@{_domain(settings)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(clean(text), charset="us-ascii", cte="7bit")
    return mail.as_bytes()


def _domain(settings: MailSettings) -> str:
    return settings.from_address.rpartition("@")[2]


def _context(ca_file: str | None) -> "SSLContext":
    import ssl

    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError:
        raise Settings(
            "the file of certificates for mail cannot be read", hint="give --ca-file a PEM file"
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class _Bounded:
    """Reads each answer of a server within one deadline and one size.

    ``smtplib`` restarts its clock at every byte, so that a server that sends one byte now
    and then could hold the run, and its lock, for a day. What comes after an answer is
    dropped: before STARTTLS it could be somebody else's words, put in to be read after.
    """

    sock: Any
    timeout: float
    implicit: "SSLContext | None"

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        """Connect and, for implicit TLS, shake hands; ``smtplib`` calls this by its name."""
        import socket

        plain = socket.create_connection((host, port), timeout)
        if self.implicit is None:
            return plain
        try:
            # A stage of its own: a reset in the middle of it is no failure to connect.
            with _stage("tls"):
                return self.implicit.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise

    def getreply(self) -> tuple[int, bytes]:
        """Read one answer: its code (-1 where it has none) and its text."""
        deadline = time.monotonic() + self.timeout
        lines: list[bytes] = []
        rest = b""
        size = 0
        while True:
            line, newline, rest = rest.partition(b"\n")
            if newline:
                lines.append(line[4:].strip())
                if line[3:4] != b"-":
                    code = line[:3]
                    return (int(code) if code.isdigit() else -1), b"\n".join(lines)
                continue
            rest = line + self._receive(deadline)
            size += len(rest)
            if size > _LONGEST_REPLY:
                raise ConnectionError

    def _receive(self, deadline: float) -> bytes:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if self.sock is None:
            raise ConnectionError
        self.sock.settimeout(left)
        some: bytes = self.sock.recv(4096)
        if not some:
            raise ConnectionError
        self.sock.settimeout(self.timeout)
        return some


@contextmanager
def _session(settings: MailSettings, context: "SSLContext | None", timeout: float) -> Iterator[Any]:
    """Open a connection and close it whatever happens."""
    import smtplib

    # EHLO gives the sender's domain, which the message tells anyway; the default is the
    # full name of this machine. Without a host it does not connect yet, and there is
    # something to close.
    session = type("Session", (_Bounded, smtplib.SMTP), {})(
        local_hostname=_domain(settings), timeout=timeout
    )
    session.implicit = context if settings.security == "tls" else None
    session._host = settings.host  # the name its certificate must have after STARTTLS
    try:
        with _stage("connect"):
            code, _ = session.connect(settings.host, settings.port)
        _demand(code, {220}, "greeting")
        yield session
    finally:
        session.close()


def _introduce(
    session: Any, settings: MailSettings, context: "SSLContext | None", password: str | None
) -> None:
    """Do all that comes before the message: TLS, EHLO, login, sender, recipient."""
    if settings.security == "insecure_loopback" and not is_loopback(session.sock.getpeername()[0]):
        raise NotSent("connect")  # ``localhost`` is only a name; this is where it led
    with _stage("greeting"):
        _demand(session.ehlo()[0], {250}, "greeting")
    if settings.security == "starttls":
        with _stage("tls"):
            _demand(session.starttls(context=context)[0], {220}, "tls")
            _demand(session.ehlo()[0], {250}, "greeting")
    if settings.user is not None:
        # An account may be locked after a few wrong passwords: where no answer came, nobody
        # knows whether this one was counted.
        with _stage("auth", "tomorrow"):
            _log_in(session, settings.user, password or "")
    with _stage("refused_sender"):
        code, _ = session.docmd(f"MAIL FROM:<{settings.from_address}>")
        _demand(code, {250}, "refused_sender")
    with _stage("refused_recipient"):
        code, _ = session.docmd(f"RCPT TO:<{settings.to}>")
        _demand(code, {250, 251}, "refused_recipient")


def _log_in(session: Any, user: str, password: str) -> None:
    """Try one password, once, in one way: whatever the server offers, the plainest of it.

    Raises:
        Rejected: it offers no way that is known here, or the password is wrong.
        NotSent: it can take no login now.
    """
    import base64

    offered = session.esmtp_features.get("auth", "").upper().split()
    way = next((known for known in ("PLAIN", "LOGIN", "CRAM-MD5") if known in offered), "")
    session.user, session.password = user, password
    answers: dict[str, list[Callable[[bytes], str]]] = {
        "PLAIN": [lambda _: f"\0{user}\0{password}"],
        "LOGIN": [lambda _: user, lambda _: password],
        "CRAM-MD5": [lambda text: str(session.auth_cram_md5(base64.b64decode(text)))],
    }
    code, text = session.docmd(f"AUTH {way}") if way else (0, b"")
    for answer in answers.get(way, ()):
        if code == 334:
            reply = base64.b64encode(answer(text).encode()).decode()
            code, text = session.docmd(reply)
    if 400 <= code < 500:
        raise NotSent("auth", busy=True)
    if code != 235:
        raise Rejected("auth", "after_setup")


def _hand_over(session: Any, payload: bytes) -> None:
    """Send the message. From its first byte on, silence means that nobody knows.

    Raises:
        NotSent: the server said no.
        Rejected: it said so for good.
        Unknown: the connection ended, or the answer was none.
    """
    import re

    with _stage("refused_message"):
        _demand(session.docmd("DATA")[0], {354}, "refused_message")
    try:
        session.sock.sendall(re.sub(rb"(?m)^\.", b"..", payload) + b".\r\n")
        code, _ = session.getreply()
    except OSError:
        raise Unknown from None
    if not 200 <= code < 300 and not 400 <= code < 600:
        raise Unknown
    _demand(code, range(200, 300), "refused_message")


def _demand(code: int, wanted: Collection[int], cause: Cause) -> None:
    """Require one of some answers; 550 is no 450, and is not tried again in an hour.

    Raises:
        Rejected: the server refuses for good.
        NotSent: it gave any other answer.
    """
    if code in wanted:
        return
    if 500 <= code < 600:
        raise Rejected(cause)
    raise NotSent(cause, busy=400 <= code < 500)


@contextmanager
def _stage(cause: Cause, again: Again = "next_run") -> Iterator[None]:
    """Turn whatever goes wrong here into one fixed word.

    Every error of ``smtplib``, ``ssl`` and ``socket`` is an ``OSError``; what cannot be
    decoded is a ``ValueError``.
    """
    import smtplib
    import ssl

    try:
        yield
    except (OSError, ValueError) as error:
        behind = (error, error.__context__)
        lost = (ConnectionError, smtplib.SMTPServerDisconnected)
        if any(isinstance(each, TimeoutError) for each in behind):
            cause = "timeout"
        elif any(isinstance(each, ssl.SSLError) for each in behind):
            cause = "tls"
        elif cause == "auth" or (isinstance(error, lost) and cause.startswith("refused")):
            cause = "connect"  # nobody refused anything
        raise NotSent(cause, again) from None


def tried(settings: MailSettings) -> str:
    """Return what tells these settings, and the password file as it is now, from all others.

    What was refused for good is tried again as soon as one of them changed. The password
    itself is no part of it: who reads the ledger could try words against it.
    """
    import hashlib

    from reintegrate_cli.core.records import sealed

    state = ""
    if settings.password_file is not None:
        try:
            info = Path(settings.password_file).stat()
            state = f"{info.st_ino} {info.st_mtime_ns} {info.st_size}"
        except (OSError, ValueError):
            state = "missing"
    return hashlib.sha256(f"{sealed(settings)} {state}".encode()).hexdigest()[:16]


def password(
    settings: MailSettings,
    *,
    keychain: Callable[[str], str | None],
    environ: Mapping[str, str] | None = None,
) -> str | None:
    """Find the password for mail; it is never an argument or an environment variable.

    The order: the systemd credential ``mail-password``, the 0600 file of the settings, the
    keychain. Without a user there is none to find.

    Args:
        settings: whose password it is.
        keychain: gives a kept secret by its name; called only when nothing else has one.
        environ: where ``CREDENTIALS_DIRECTORY`` stands; the process's own by default.

    Raises:
        Settings: there is none, or its file may be read or written by others.
    """
    if settings.user is None:
        return None
    folder = (os.environ if environ is None else environ).get("CREDENTIALS_DIRECTORY")
    if folder and os.path.lexists(credential := Path(folder, PASSWORD)):
        # systemd keeps others out by the folder; an access list makes the mode look wider.
        return password_in(credential, guarded=True)
    if settings.password_file is not None:
        return password_in(Path(settings.password_file))
    secret = keychain(PASSWORD)
    if secret:
        refuse_keys(secret)
        return secret
    raise Settings(
        "there is no password for mail",
        hint="give remind setup a --password-file, or keep it in the keychain",
    )


def refuse_keys(text: str) -> None:
    """Refuse what opens a vault, by what it is and not by its name: it would go to a mail server.

    Raises:
        Settings: it is a key file's content, an age identity, or a recovery code.
    """
    from reintegrate_cli import keys

    if keys.looks_like_key(text):
        raise is_a_key()


def is_a_key() -> Settings:
    """Return the problem of a password for mail that is a key to a vault."""
    return Settings(
        "the password for mail also opens a vault",
        hint="give a file with the password of the mail account alone",
        fields=["password_file"],
    )


def password_in(path: Path, *, guarded: bool = False) -> str:
    """Read a password from the first line of a plain file that only its owner can open.

    Args:
        path: where it is.
        guarded: whether the system guards its folder.

    Raises:
        Settings: it is missing, a link, somebody else's, open to others, too long or empty;
            or it holds a key.
    """
    content = _content(path, guarded=guarded)
    line = content.partition(b"\n")[0].removesuffix(b"\r")
    refuse_keys(content.decode("utf-8", "replace"))
    if len(content) > _LONGEST_PASSWORD or not line:
        raise Settings("the password file is empty or too long")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise Settings("the password file holds no text") from None


def _content(path: Path, *, guarded: bool) -> bytes:
    try:
        descriptor = opened(path, os.O_RDONLY)
    except (OSError, ValueError):
        raise Settings(
            "the password file cannot be read", hint="it is a plain file, not a link"
        ) from None
    try:
        info = os.fstat(descriptor)
        if not guarded and (info.st_uid != os.getuid() or info.st_mode & 0o177):
            raise Settings("the password file is open to others", hint="give it mode 0600")
        return os.read(descriptor, _LONGEST_PASSWORD + 1)
    finally:
        os.close(descriptor)
