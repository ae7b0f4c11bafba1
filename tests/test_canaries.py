"""A canary in every private, secret and sealed field there is, and a look at every output.

The records are made from their own annotations, so that a new noun, or a new field of an old
one, is covered from the day it comes.
"""

import contextlib
import io
import re
import tempfile
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import trustme
from pypdf import PdfReader

from conftest import Run
from reintegrate_cli import catalogue
from reintegrate_cli.core import loading
from reintegrate_cli.core.records import TOLD, FieldSpec, Sensitivity, fields_of, is_form
from reintegrate_cli.kept import session
from reintegrate_cli.kept.records import KINDS
from reintegrate_cli.line import typed
from reintegrate_cli.line.forms import bare
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.vault import TABLES
from test_mail import PASSWORD, RECIPIENT, SENDER, USER, context, office

MORE = ContextVar("MORE", default="")
"""What else every canary says."""
LISTED: ContextVar[int | None] = ContextVar("LISTED", default=None)
"""Which of the listed values in several words a field has; the first of all if left out."""
REF, DAY = "HX4T", date(2026, 10, 1)
PLAIN: dict[str, Any] = {
    "case": REF,
    "ref": REF,
    "slug": "okafor",
    "every": "1w",
    "day": None,
    "later_every": None,
    "at": "10:00",
    **dict.fromkeys(
        (
            *("suspected_at", "oral_at", "oral_due_at", "written_at", "written_due_at"),
            *("hhs_at", "hhs_due_at"),
        ),
        "2026-10-01T13:10-04:00",
    ),
    "uid": "5a" * 16,
    "chain": "",
    "owner": "okafor",
    "who": None,
    "schedule": "S1",
    "with_": "student",
    "ages": None,
    "entered_by": "okafor",
    "entered_at": "2026-10-01T12:00:00+00:00",
    "time_zone": None,
    "from_": "08:00",
    "to_": "20:00",
    "opens": "08:00",
    "closes": "20:00",
}


def value(spec: FieldSpec, table: str, letter: str) -> Any:
    """Make a value of a field's type: a canary where text must not show, a plain word elsewhere."""
    kind = bare(spec.type)
    if spec.sensitivity < Sensitivity.PRIVATE and spec.name in PLAIN and not _nested(kind):
        return PLAIN[spec.name]
    if spec.name == "id" and kind is str:
        return f"{letter}1"
    return _of(kind, spec, table)


def listed(choices: tuple[str, ...]) -> str:
    """Pick a listed value: the first, or with ``LISTED`` the nth of those in several words."""
    in_words = [choice for choice in choices if "_" in choice]
    at = LISTED.get()
    return in_words[at % len(in_words)] if in_words and at is not None else choices[0]


def _nested(kind: Any) -> bool:
    return get_origin(kind) is tuple or is_form(kind)


def _of(kind: Any, spec: FieldSpec, table: str) -> Any:
    if get_origin(kind) is tuple:
        return (_of(get_args(kind)[0], spec, table),)
    if get_origin(kind) is dict:
        return {}
    if is_form(kind):
        return filled(kind, table)
    if get_origin(kind) is Literal:
        return listed(get_args(kind))
    if kind is date:
        return DAY
    if kind is bool:
        return True
    if kind is int:
        return 1
    if spec.sensitivity >= Sensitivity.PRIVATE:
        return f"canary-{spec.sensitivity.name.lower()}-{table}-{spec.name}{MORE.get()}"
    return "okafor"


def filled(kind: type, table: str) -> Any:
    """Make a record with something in every field."""
    letter = TABLES[table].id or "H"
    return kind(**{spec.name: value(spec, table, letter) for spec in fields_of(kind)})


def load(said: str) -> type:
    module, _, name = said.partition(":")
    found: type = getattr(loading.load(module), name)
    return found


def told_names(kind: type) -> Iterator[str]:
    """Give the fields of a class that may be told; ``a.b`` is a field of what is inside of it."""
    for spec in fields_of(kind):
        if TOLD in spec.notes:
            inner = bare(spec.type)
            inner = get_args(inner)[0] if get_origin(inner) is tuple else inner
            names = [f"{spec.key}.{name}" for name in told_names(inner)] if is_form(inner) else []
            yield from names or [spec.key]


def lists() -> Iterator[tuple[str, ...]]:
    """Give every command that prints rows and needs nothing named."""
    for noun in catalogue.BY_NAME:
        for name, verb in typed.verbs_of(noun).items():
            if verb.is_list and not any(
                isinstance(one.said, Argument) for one in verb.parameters()
            ):
                yield (noun,) if name == noun else (noun, name)


@pytest.fixture
def stuffed(district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The district with one record of every kind, each field of it filled."""
    # The demo's folder is one for each user, and another test may be at it.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    stuff()
    return district


def stuff() -> None:
    """Put one record of every kind into the vault, each field of it filled."""
    session.begin(None, None)
    with session.writing("case add") as store:
        for table, said in KINDS.items():
            if table not in ("legal_holds", "holds"):
                store.table(table).put(filled(load(said), table))


def test_every_table_of_the_vault_keeps_a_record_that_is_known() -> None:
    derived = {"values", "history", "wakes", "units", "due", "mail", "ledger"}
    assert set(TABLES) - derived >= set(KINDS)


def test_law_10_no_list_no_agenda_no_history_and_no_file_shows_one(
    stuffed: Run, tmp_path: Path
) -> None:
    seen = 0
    for line in lists():
        if line[0] == "find":
            continue
        for form in ([], ["--json"], ["--csv"]):
            ended = stuffed(*line, *form)
            seen += 1
            assert ended.code in (0, 2, 4, 5), (line, ended.err)
            assert "canary" not in ended.out + ended.err, (line, form)
    assert seen > 20
    holds = tmp_path / "holds.ics"
    assert stuffed("agenda", "--days", "400", "--ics", str(holds)).code == 0
    assert holds.stat().st_size
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert b"canary" not in file.read_bytes(), file


@pytest.mark.parametrize("verb", ["show", "timeline"])
def test_law_10_inside_one_case_narrative_shows_and_identity_does_not(
    stuffed: Run, verb: str
) -> None:
    for form in ([], ["--json"]):
        shown = stuffed("case", verb, REF, *form)
        assert shown.code == 0, shown.err
        assert "canary-private" in shown.out
        assert "canary-secret" not in shown.out + shown.err
        assert "canary-sealed" not in shown.out + shown.err


def test_law_10_a_crash_report_holds_none(
    stuffed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("canary in an error")

    monkeypatch.setattr("reintegrate_cli.due.agenda.items", breaks)
    ended = stuffed("agenda")
    assert ended.code == 1
    assert "canary" not in ended.out + ended.err
    with contextlib.suppress(FileNotFoundError):
        for file in tmp_path.rglob("*"):
            if file.is_file():
                assert b"canary" not in file.read_bytes(), file


UNTOLD = re.compile(
    r"canary|HX4T|reintegrate|student|famil|survivor|victim|traffick|exploit|treatment|therap"
    r"|counsel|probation|foster|court|visa\b|compensation|caseload|/",
    re.IGNORECASE,
)
"""What no mail and no log may hold (PRACTICE section 3)."""
DAYS = {"now": "2026-10-05", "later": "2026-12-24", "ahead": "2036-01-01"}


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("how", ["sent", "450", "550", "wrong password", "no password"])
def test_law_10_nothing_that_cron_sends_or_says_holds_one(
    stuffed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: str, how: str
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca"))
    secret = tmp_path / "password"
    secret.write_text("canary-wrong" if how == "wrong password" else PASSWORD)
    secret.chmod(0o600)
    with office(starttls=context(authority, "localhost"), login=True) as place:
        made = stuffed(
            "remind",
            "setup",
            "--reminder-key",
            str(tmp_path / "canary-key"),
            "--host",
            "localhost",
            "--port",
            str(place.port),
            "--starttls",
            "--ca-file",
            str(tmp_path / "ca"),
            "--user",
            USER,
            "--password-file",
            str(secret),
            "--from-address",
            SENDER,
            "--to",
            RECIPIENT,
        )
        assert made.code == 0, made.err
        if how == "no password":
            secret.unlink()
        if how in ("450", "550"):
            place.refuse["RCPT"] = f"{how} canary"
        monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "canary-key"))
        for form in ([], ["--json"], []):
            ended = stuffed("remind", *form, today=DAYS[day])
            assert ended.code == {"sent": 0, "450": 8}.get(how, 9)
            assert not UNTOLD.search(ended.out + ended.err), ended.err
            assert bool(ended.err) is (how != "sent")
    line = next(one for one in made.err.splitlines() if one.startswith("0 7-17"))
    assert not UNTOLD.search(line.replace("/", " ").replace(str(tmp_path).replace("/", " "), ""))
    script = Path(line.split(" ", 5)[5]).read_text()
    assert "canary" not in script.replace(str(tmp_path / "canary-key"), "")
    assert len(place.taken) == (how == "sent")
    for message in place.taken:
        told = message.decode("ascii")
        for address in (SENDER, RECIPIENT, SENDER.partition("@")[2]):
            told = told.replace(address, "")
        told = told.replace("text/plain", "")
        assert not UNTOLD.search(told), told
        assert ("Nobody has written to it" in told) is (day != "now")
        assert re.search(r"[0-9]+ items past due; oldest [0-9]+ days\.", told)


def text_of(packet: bytes) -> str:
    """Read a packet in PDF."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(packet)).pages)


@pytest.mark.parametrize("format_", ["md", "json", "pdf"])
def test_law_10_a_packet_holds_the_canaries_of_its_own_fields_alone(
    stuffed: Run, format_: str
) -> None:
    from reintegrate_cli.nouns.disclosure import packets

    with session.reading() as store:
        tables = {table for names in packets.TABLES.values() for table in names}
        kept = {table: store.table(table).all(case=REF) for table in tables}
    types = tuple(packets.TABLES)
    items, _ = packets.items_of(types, kept, [DAY], ())
    packet = packets.written(packets.Packet(REF, "coordination", "", items), format_)
    told = packet.decode() if format_ != "pdf" else text_of(packet)
    named = {
        f"{table}-{name.rpartition('.')[2]}"
        for table in tables
        for name in told_names(load(KINDS[table]))
    }
    found = set(re.findall(r"canary-(\w+)-(\w+-\w+)", told))
    assert {field for _, field in found} <= named
    assert {field for level, field in found if level != "private"} <= {"contact-value"}
    assert "safety-coping" in {field for _, field in found}
