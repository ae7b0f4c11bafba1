"""The mail: handed over with everything checked, or not at all, and never any doubt hidden.

Real servers on the loopback: aiosmtpd, with certificates of a throw-away authority, and a
scripted one for what no proper server does.
"""

import asyncio
import base64
import email
import email.utils
import hmac
import os
import re
import socket
import ssl
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult

from reintegrate_cli.core.errors import Settings, Undelivered
from reintegrate_cli.mail import mail
from reintegrate_cli.mail.reminders import MailSettings, body

SENDER = "quetzal.sender@canary-sender.example"
RECIPIENT = "quetzal.office@canary-office.example"
USER = "canary-user"
PASSWORD = "canary-password"
SERVER_WORDS = "canary-server-words"
TEXT = body(3, 2)


class Office:
    """A mail server that keeps what it took."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.greeted: list[str] = []
        self.tries: list[tuple[str, str]] = []
        self.refuse: dict[str, str] = {}
        self.hold = threading.Event()
        self.hold.set()
        self.port = 0

    async def handle_EHLO(  # noqa: N802
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.greeted.append(hostname)
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        envelope.mail_from = address
        return self.refuse.get("MAIL", "250 fine")

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.refuse.get("RCPT", "250 fine")

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if "DATA" in self.refuse:
            return self.refuse["DATA"]
        assert envelope.mail_from == SENDER
        assert envelope.rcpt_tos == [RECIPIENT]
        self.taken.append(envelope.original_content)
        while not self.hold.is_set():
            await asyncio.sleep(0.01)
        return "250 taken"


@contextmanager
def office(
    *,
    implicit: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    login: bool = False,
    ways: Collection[str] = ("PLAIN", "LOGIN"),
) -> Iterator[Office]:
    """Run the server in a thread of its own, on a free port."""
    place = Office()
    loop = asyncio.new_event_loop()
    peers: set[asyncio.Transport] = set()

    def authenticate(_s: Any, _session: Any, _e: Any, _mechanism: str, given: Any) -> AuthResult:
        place.tries.append((given.login.decode(), given.password.decode()))
        right = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    class Peer(SMTP):
        def connection_made(self, transport: Any) -> None:
            peers.add(transport)
            super().connection_made(transport)

    def peer() -> SMTP:
        kept = {"tls_context": starttls, "require_starttls": True} if starttls else {}
        if login:
            kept |= {
                "authenticator": authenticate,
                "auth_required": True,
                "auth_exclude_mechanism": {"PLAIN", "LOGIN"} - set(ways),
            }
        return Peer(place, loop=loop, hostname="mail.example", **kept)

    server = loop.run_until_complete(loop.create_server(peer, "127.0.0.1", 0, ssl=implicit))
    place.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def end() -> None:
        place.hold.set()
        server.close()
        for transport in peers:
            # Some releases of asyncio stumble over aborting TLS that has ended by itself.
            with suppress(AttributeError):
                transport.abort()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await asyncio.sleep(0.02)

    try:
        yield place
    finally:
        try:
            asyncio.run_coroutine_threadsafe(end(), loop).result(5)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(5)
            loop.close()


PATIENCE, ENDLESS = 1, 60
"""Seconds that a server is waited for which never answers, and for which it would never answer."""
DROP = b"drop"
HANG = b"hang"
DRIP = b"drip"
FINE = {
    "HELLO": b"220 x\r\n",
    "EHLO": b"250 x\r\n",
    "MAIL": b"250 x\r\n",
    "RCPT": b"250 x\r\n",
    "DATA": b"354 x\r\n",
    ".": b"250 x\r\n",
}


@contextmanager
def scripted(**changed: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers each verb as told: a reply, ``DROP``, ``HANG`` or ``DRIP``."""
    answers = FINE | {"." if verb == "DOT" else verb: reply for verb, reply in changed.items()}
    heard: list[bytes] = []
    over = threading.Event()

    def serve(peer: socket.socket) -> None:
        with peer, peer.makefile("rb") as lines, suppress(OSError):
            verb, data = "HELLO", False
            while True:
                reply = answers.get(verb, b"500 x\r\n")
                if reply == DROP:
                    return
                if reply == HANG:
                    over.wait(ENDLESS)
                    return
                while reply == DRIP and not over.wait(0.05):
                    peer.sendall(b"2")
                peer.sendall(reply)
                data = verb == "DATA" and reply.startswith(b"354")
                while line := lines.readline():
                    heard.append(line)
                    if not data or line == b".\r\n":
                        break
                if not line:
                    return
                verb = "." if data else line[:4].strip().decode().upper()

    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as stack:

        def accept() -> None:
            with suppress(OSError):
                serve(listening.accept()[0])

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        stack.callback(thread.join, 5)
        stack.callback(over.set)
        yield listening.getsockname()[1], heard


def patience(reply: bytes) -> int:
    """Give the deadline for an answer: long where one comes, so that no busy machine breaks it."""
    return PATIENCE if reply in (HANG, DRIP) else ENDLESS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ca") / "canary-ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def context(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(made)
    return made


def settings(port: int, security: Any = "insecure_loopback", **more: Any) -> MailSettings:
    given = {"host": "127.0.0.1", "from_address": SENDER, "to": RECIPIENT} | more
    return MailSettings(port=port, security=security, **given)


def deliver(
    where: MailSettings,
    password: str | None = None,
    timeout: float = 5,
    before: Callable[[], None] = lambda: None,
) -> None:
    mail.deliver(where, TEXT, password=password, before_handing=before, timeout=timeout)


CANARIES = ("quetzal", "canary", "example", "127.0.0.1", SERVER_WORDS, PASSWORD)


def refused(
    where: MailSettings,
    cause: str | None,
    *,
    again: str = "next_run",
    good: bool = False,
    **more: Any,
) -> None:
    """Demand that nothing is sent for this cause (``None``: that nobody knows).

    Args:
        where: the settings.
        cause: the fixed word.
        again: when it is tried again.
        good: whether the server refused for good, which is a matter of settings.
        more: what else ``deliver`` takes.
    """
    kind = mail.Unknown if cause is None else mail.Rejected if good else mail.NotSent
    with pytest.raises(kind) as caught:
        deliver(where, **more)
    assert isinstance(caught.value, Settings if good else Undelivered)
    assert caught.value.code == (9 if good else 8)
    assert getattr(caught.value, "cause", None) == cause
    assert getattr(caught.value, "again", again) == again
    told = "".join(traceback.format_exception(caught.value, chain=True)[-1:])
    told += repr(caught.value) + caught.value.message + caught.value.hint
    assert not [canary for canary in CANARIES if canary in told]
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def rejected(where: MailSettings, cause: str, again: str = "tomorrow", **more: Any) -> None:
    refused(where, cause, again=again, good=True, **more)


# What is sent.


def test_the_whole_message_is_exactly_this() -> None:
    with office() as place:
        deliver(settings(place.port))
    (raw,) = place.taken
    stamped = email.utils.parsedate_to_datetime(email.message_from_bytes(raw)["Date"])
    assert abs(time.time() - stamped.timestamp()) < 60
    told = re.sub(rb"(?m)^Date: .*\r$", b"Date: DATE\r", raw)
    told = re.sub(rb"<[0-9a-f]{32}@", b"<RANDOM@", told)
    assert told == (
        b"From: quetzal.sender@canary-sender.example\r\n"
        b"To: quetzal.office@canary-office.example\r\n"
        b"Subject: Office reminder\r\n"
        b"Date: DATE\r\n"
        b"Message-ID: <RANDOM@canary-sender.example>\r\n"
        b"Auto-Submitted: auto-generated\r\n"
        b'Content-Type: text/plain; charset="us-ascii"\r\n'
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"MIME-Version: 1.0\r\n"
        b"\r\n"
        b"3 items past due; oldest 2 days.\r\n"
        b"Open it at your work computer.\r\n"
    )
    assert place.greeted == ["canary-sender.example"]
    assert socket.gethostname() not in place.greeted


def test_two_messages_share_no_id_and_the_longest_addresses_stay_on_their_lines() -> None:
    label = "a" * 60
    long = f"{'b' * 64}@{label}.{label}.{label}.example"[:254]
    where = settings(25, from_address=long, to=long)
    one, two = mail.message(where, TEXT), mail.message(where, TEXT)
    assert f"From: {long}\r\nTo: {long}\r\n".encode() in one
    ids = {tuple(re.findall(rb"Message-ID: (.*)\r", each)) for each in (one, two)}
    assert len(ids) == 2
    assert all(each.isascii() for each in (one, two))
    assert b"=?" not in one


def test_a_line_that_begins_with_a_dot_arrives_whole() -> None:
    with office() as place:
        mail.deliver(settings(place.port), "a\n.\n.b\n", password=None, before_handing=lambda: None)
    assert place.taken[0].endswith(b"\r\n\r\na\r\n.\r\n.b\r\n")


# TLS.


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_mail_goes_over_checked_tls(security: str, authority: trustme.CA, ca_file: str) -> None:
    made = context(authority, "localhost")
    kept = {"implicit" if security == "tls" else "starttls": made}
    with office(**kept) as place:
        deliver(settings(place.port, security, host="localhost", ca_file=ca_file))
    assert len(place.taken) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("wrong", ["name", "authority", "self-signed", "old"])
def test_a_server_that_cannot_be_checked_gets_nothing(
    security: str, wrong: str, authority: trustme.CA, ca_file: str, tmp_path: Path
) -> None:
    if wrong == "name":
        made = context(authority, "mail.district.example")
    elif wrong == "authority":
        made = context(trustme.CA(), "localhost")
    elif wrong == "self-signed":
        made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        own = tmp_path / "own.pem"
        lone = trustme.CA()  # an authority's certificate is signed by itself
        own.write_bytes(lone.private_key_pem.bytes() + lone.cert_pem.bytes())
        made.load_cert_chain(own)
    else:
        made = context(authority, "localhost")
    trusted = None if wrong == "self-signed" else ca_file
    if wrong == "old":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            made.minimum_version = ssl.TLSVersion.TLSv1
            made.maximum_version = ssl.TLSVersion.TLSv1_1
    handed: list[int] = []
    with office(**{"implicit" if security == "tls" else "starttls": made}) as place:
        where = settings(place.port, security, host="localhost", ca_file=trusted, user=USER)
        refused(where, "tls", password=PASSWORD, before=lambda: handed.append(1))
    assert (place.taken, handed) == ([], [])


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_the_name_that_is_checked_is_the_one_that_was_set_up(
    security: str, authority: trustme.CA, ca_file: str
) -> None:
    for names, cause in ((["127.0.0.1"], None), (["localhost"], "tls")):
        made = context(authority, *names)
        with office(**{"implicit" if security == "tls" else "starttls": made}) as place:
            where = settings(place.port, security, ca_file=ca_file)
            if cause:
                refused(where, cause)
            else:
                deliver(where)
        assert len(place.taken) == (0 if cause else 1)


def test_mail_without_tls_looks_at_where_the_name_led(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted() as (port, heard):
        where = settings(port)
        monkeypatch.setattr(mail, "is_loopback", lambda _peer: False)
        refused(where, "connect")
    assert heard == []


def test_starttls_that_the_server_does_not_offer_or_refuses_means_no_mail(ca_file: str) -> None:
    with office() as place:
        refused(settings(place.port, "starttls", host="localhost", ca_file=ca_file), "tls")
    assert place.taken == []
    for reply in (b"454 " + SERVER_WORDS.encode() + b"\r\n", b"250 x\r\n"):
        with scripted(EHLO=b"250-x\r\n250 STARTTLS\r\n", STAR=reply) as (port, heard):
            refused(settings(port, "starttls", host="localhost", ca_file=ca_file), "tls")
        assert not any(line.startswith((b"MAIL", b"AUTH")) for line in heard)


def test_certificates_that_cannot_be_read_are_a_matter_of_settings(tmp_path: Path) -> None:
    for name, content in (("canary-none", None), ("canary-empty", "no certificate")):
        path = tmp_path / name
        if content:
            path.write_text(content)
        with pytest.raises(Settings) as caught:
            deliver(settings(1, "tls", ca_file=str(path)))
        assert "canary" not in str(caught.value) + caught.value.hint


# Logging in.


WRONG = ["canary-wrong", "canary-é", "", " ", "x" * 300]


@pytest.mark.parametrize("ways", [{"PLAIN"}, {"LOGIN"}, {"PLAIN", "LOGIN"}])
@pytest.mark.parametrize("given", [PASSWORD, *WRONG])
def test_a_password_is_tried_once_and_is_right_or_nothing_is_sent(
    given: str, ways: set[str], authority: trustme.CA, ca_file: str
) -> None:
    with office(starttls=context(authority, "localhost"), login=True, ways=ways) as place:
        where = settings(place.port, "starttls", host="localhost", ca_file=ca_file, user=USER)
        if given != PASSWORD:
            rejected(where, "auth", "after_setup", password=given)
        else:
            deliver(where, given)
    assert len(place.taken) == (1 if given == PASSWORD else 0)
    assert place.tries == [(USER, given)]


def test_a_server_without_a_login_is_not_sent_to_when_there_is_a_user() -> None:
    with office() as place:
        rejected(settings(place.port, user=USER), "auth", "after_setup", password=PASSWORD)
    assert (place.taken, place.tries) == ([], [])


def test_a_login_that_is_demanded_and_not_given_is_a_refusal(
    authority: trustme.CA, ca_file: str
) -> None:
    with office(starttls=context(authority, "localhost"), login=True) as place:
        where = settings(place.port, "starttls", host="localhost", ca_file=ca_file)
        rejected(where, "refused_sender")
    assert place.taken == []


OFFERS = b"250-x\r\n250 AUTH GSSAPI LOGIN PLAIN CRAM-MD5\r\n"


@pytest.mark.parametrize(
    ("reply", "cause", "again"),
    [
        (b"535 canary-server-words\r\n", "auth", "after_setup"),
        (b"504 canary-server-words\r\n", "auth", "after_setup"),
        (b"canary\r\n", "auth", "after_setup"),
        # It can take no login now, and judged none.
        (b"454 canary-server-words\r\n", "auth", "next_run"),
        (b"421 canary-server-words\r\n", "auth", "next_run"),
        # Nobody knows whether a wrong password was counted.
        (DROP, "connect", "tomorrow"),
        (HANG, "timeout", "tomorrow"),
    ],
)
@pytest.mark.parametrize("at", ["AUTH", "SECRET"])
def test_a_login_that_goes_wrong_is_tried_again_only_where_that_locks_no_account(
    at: str, reply: bytes, cause: str, again: str
) -> None:
    secret = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode())
    answers = {"EHLO": OFFERS, "AUTH": b"334 \r\n", secret[:4].decode().upper(): b"235 x\r\n"}
    answers["AUTH" if at == "AUTH" else secret[:4].decode().upper()] = reply
    with scripted(**answers) as (port, heard):
        where = settings(port, user=USER)
        refused(
            where,
            cause,
            again=again,
            good=again == "after_setup",
            password=PASSWORD,
            timeout=patience(reply),
        )
    assert [line for line in heard if line.startswith(b"AUTH")] == [b"AUTH PLAIN\r\n"]
    assert heard.count(secret + b"\r\n") == (at == "SECRET")


def test_a_server_that_knows_only_a_challenge_is_answered_without_the_password() -> None:
    challenge = base64.b64encode(b"<1896.697170952@mail.example>")
    proof = hmac.new(PASSWORD.encode(), base64.b64decode(challenge), "md5").hexdigest()
    said = base64.b64encode(f"{USER} {proof}".encode())
    answers = {
        "EHLO": b"250-x\r\n250 AUTH CRAM-MD5\r\n",
        "AUTH": b"334 " + challenge + b"\r\n",
        said[:4].decode().upper(): b"235 x\r\n",
    }
    with scripted(**answers) as (port, heard):
        deliver(settings(port, user=USER), PASSWORD)
    assert said + b"\r\n" in heard


def test_a_user_without_a_password_is_told_before_anything_is_opened() -> None:
    with pytest.raises(Settings):
        deliver(settings(1, user=USER))


# Refusals and silence.


@pytest.mark.parametrize("code", [421, 450, 451, 452, 550, 551, 554])
@pytest.mark.parametrize(
    ("verb", "cause"),
    [("MAIL", "refused_sender"), ("RCPT", "refused_recipient"), ("DATA", "refused_message")],
)
def test_what_the_server_refuses_is_not_sent(verb: str, cause: str, code: int) -> None:
    with office() as place:
        place.refuse[verb] = f"{code} {SERVER_WORDS}"
        handed: list[int] = []
        good = code >= 500
        again = "tomorrow" if good else "next_run"
        before = lambda: handed.append(1)  # noqa: E731
        refused(settings(place.port), cause, again=again, good=good, before=before)
    assert handed == ([1] if verb == "DATA" else [])
    assert place.taken == []


@pytest.mark.parametrize(
    ("verb", "reply", "cause"),
    [
        ("HELLO", DROP, "connect"),
        ("HELLO", HANG, "timeout"),
        ("HELLO", DRIP, "timeout"),
        ("HELLO", b"421 canary-server-words\r\n", "greeting"),
        ("HELLO", b"canary\r\n", "greeting"),
        ("EHLO", DROP, "greeting"),
        ("EHLO", b"502 x\r\n", "greeting"),
        ("EHLO", HANG, "timeout"),
        ("EHLO", b"250-x\r\n" * 20_000, "greeting"),
        ("MAIL", DROP, "connect"),
        ("MAIL", HANG, "timeout"),
        ("RCPT", DROP, "connect"),
        ("RCPT", HANG, "timeout"),
        ("RCPT", b"252 x\r\n", "refused_recipient"),
        ("DATA", DROP, "connect"),
        ("DATA", HANG, "timeout"),
        ("DATA", b"250 x\r\n", "refused_message"),
        ("DATA", b"554 canary-server-words\r\n", "refused_message"),
        ("DOT", b"554 canary-server-words\r\n", "refused_message"),
        ("DOT", b"421 canary-server-words\r\n", "refused_message"),
        ("DOT", DROP, None),
        ("DOT", HANG, None),
        ("DOT", DRIP, None),
        ("DOT", b"354 x\r\n", None),
        ("DOT", b"canary\r\n", None),
        ("DOT", b"x" * 70_000, None),
    ],
)
def test_a_server_that_misbehaves_is_one_fixed_word(
    verb: str, reply: bytes, cause: str | None, capfd: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    with scripted(**{verb: reply}) as (port, heard):
        good = reply.startswith(b"5")
        again = "tomorrow" if good else "next_run"
        refused(settings(port), cause, again=again, good=good, timeout=patience(reply))
    assert time.monotonic() - began < ENDLESS / 2
    assert capfd.readouterr() == ("", "")
    whole = b".\r\n" in heard
    assert whole == (verb == "DOT")


def test_a_yes_is_a_yes_even_if_the_goodbye_is_not_answered() -> None:
    for reply in (DROP, HANG):
        with scripted(QUIT=reply) as (port, heard):
            deliver(settings(port), timeout=PATIENCE)
        assert b".\r\n" in heard


def test_nobody_listening_is_a_failure_to_connect() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    refused(settings(port), "connect")


def test_what_the_note_raises_is_passed_on_and_nothing_is_handed_over() -> None:
    def full() -> None:
        raise OSError("no space left")

    with scripted() as (port, heard), pytest.raises(OSError, match="no space left"):
        deliver(settings(port), before=full)
    assert not any(line.startswith(b"DATA") for line in heard)


# Where the password comes from.


def never(_name: str) -> str | None:
    raise AssertionError("the keychain was opened")


def private(path: Path, text: str, mode: int = 0o600) -> str:
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def test_the_password_is_the_credential_then_the_file_then_the_keychain(tmp_path: Path) -> None:
    file = private(tmp_path / "file", "from file\n")
    folder = tmp_path / "credentials"
    folder.mkdir()
    both = settings(25, user=USER, password_file=file)
    environ = {"CREDENTIALS_DIRECTORY": str(folder)}
    assert mail.password(both, keychain=never, environ=environ) == "from file"
    private(folder / "mail-password", "from systemd", 0o440)
    assert mail.password(both, keychain=never, environ=environ) == "from systemd"
    asked: list[str] = []

    def keychain(name: str) -> str | None:
        asked.append(name)
        return "from keychain"

    assert mail.password(settings(25, user=USER), keychain=keychain, environ={}) == "from keychain"
    assert asked == ["mail-password"]
    assert mail.password(settings(25), keychain=never, environ=environ) is None


def test_no_password_anywhere_is_a_matter_of_settings() -> None:
    with pytest.raises(Settings):
        mail.password(settings(25, user=USER), keychain=lambda _name: None, environ={})


@pytest.mark.parametrize(
    "wrong",
    [
        "missing",
        "link",
        "open",
        "group",
        "executable",
        "folder",
        "fifo",
        "empty",
        "long",
        "binary",
        "nul",
    ],
)
def test_a_password_file_that_others_could_use_is_refused(wrong: str, tmp_path: Path) -> None:
    path = tmp_path / "canary-file"
    modes = {"open": 0o604, "group": 0o640, "executable": 0o700}
    if wrong in modes:
        private(path, PASSWORD, modes[wrong])
    elif wrong == "link":
        path.symlink_to(private(tmp_path / "other", PASSWORD))
    elif wrong == "folder":
        path.mkdir()
    elif wrong == "fifo":
        os.mkfifo(path, 0o600)
    elif wrong in ("empty", "long"):
        private(path, {"empty": "\nx\n", "long": "x" * 1025}[wrong])
    elif wrong == "binary":
        path.write_bytes(b"\xff\xfe")
        path.chmod(0o600)
    named = "canary\0" if wrong == "nul" else str(path)
    with pytest.raises(Settings) as caught:
        mail.password(settings(25, user=USER, password_file=named), keychain=never, environ={})
    assert "canary" not in caught.value.message + caught.value.hint
