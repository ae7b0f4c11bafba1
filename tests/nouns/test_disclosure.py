"""Disclosures: nothing without a ground, no more than it allows, and an entry for each (B1 to B9)."""

import dataclasses
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pexpect
import pyrage
import pytest
from hypothesis import given as explored
from hypothesis import strategies as st
from pypdf import PdfReader

from conftest import Ended, Run
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import fields_of
from reintegrate_cli.kept import session
from reintegrate_cli.kept.records import KINDS
from reintegrate_cli.nouns.disclosure import packets, pdf
from reintegrate_cli.nouns.disclosure import record as disclosures
from reintegrate_cli.nouns.disclosure.record import BASES, NOTICE, Content, Disclosure
from reintegrate_cli.nouns.release.record import RECORD_TYPES, RecordType
from reintegrate_cli.vault import OF_A_CASE
from test_canaries import filled, load, told_names
from test_release import signed

AGE = shutil.which("age")
THREAT = {
    "threat": "her father waits at the north exit in a grey van",
    "need_to_know": "the patrol has to keep him away until the bus has left",
}


@dataclasses.dataclass
class Agency:
    """An agency with its age key, and a folder that packets are handed over in."""

    folder: Path
    identity: Any

    @property
    def key(self) -> Path:
        return self.folder / "merid.pub"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def line(self, *more: str) -> tuple[str, ...]:
        return ("--out", str(self.out), "--recipient-key", str(self.key), *more)

    def packets(self) -> list[Path]:
        return sorted(self.out.iterdir())

    def opened(self) -> str:
        (sealed,) = self.packets()
        return str(pyrage.decrypt(sealed.read_bytes(), [self.identity]).decode())


@pytest.fixture
def merid(tmp_path: Path) -> Agency:
    identity = pyrage.x25519.Identity.generate()
    made = Agency(tmp_path / "merid", identity)
    made.out.mkdir(parents=True)
    made.key.write_text(f"# the intake desk\n{identity.to_public()}\n")
    return made


@pytest.fixture
def agencies(district: Run) -> Run:
    for slug, kind, regime in (
        ("MERID", "mental_health", "hipaa"),
        ("VSAS", "sexual_assault_provider", "vawa_voca"),
        ("CCFS", "child_welfare", "none"),
        ("JPO", "probation", "none"),
        ("police", "law_enforcement", "none"),
    ):
        made = district("partner", "add", slug, "--kind", kind, "--regime", regime)
        assert made.code == 0, made.err
    return district


def release(run: Run, ref: str, *records: str, **other: Any) -> None:
    made = signed(run, ref, records=list(records), **{"method": "encrypted_file", **other})
    assert made.code == 0, made.err


def log(run: Run, ref: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run("disclosure", "list", "--case", ref, "--json").json["items"]
    return found


def refused(ended: Ended, rule: str) -> None:
    assert (ended.code, ended.error["rule"]) == (4, rule), ended.err


def test_a_packet_holds_what_the_release_names_and_is_logged(
    agencies: Run, case: str, merid: Agency
) -> None:
    release(agencies, case, "schedule", "goals")
    agencies(
        "checkin",
        "schedule",
        case,
        "--with",
        "student",
        "--every",
        "1w",
        "--day",
        "tue",
        "--mode",
        "phone",
        "--chosen-by",
        "student",
        "--chosen-on",
        "today",
    )
    done = agencies("disclose", case, "--to", "merid", *merid.line())
    assert done.code == 0, done.err
    assert "withheld: attendance, credits, supports" in done.err
    inside = merid.opened()
    assert NOTICE in inside
    assert "every: 1w; day: tue" in inside
    assert f"student: {case}" in inside
    (entry,) = log(agencies, case)
    assert (entry["id"], entry["kind"], entry["to"], entry["basis"]) == (
        "D1",
        "disclosure",
        "MERID",
        "consent",
    )
    assert entry["records"] == ["schedule", "goals"]
    assert (entry["log_required"], entry["notice_given"], entry["handed_over"]) == (
        False,
        True,
        True,
    )
    assert entry["release"] == "L1"
    (sealed,) = merid.packets()
    assert entry["file"] == sealed.name
    assert sealed.stat().st_mode & 0o777 == 0o600
    assert case.lower() not in sealed.name.lower()


def test_records_narrow_it_and_never_widen_it(agencies: Run, case: str, merid: Agency) -> None:
    release(agencies, case, "schedule", "goals")
    done = agencies("disclose", case, "--to", "MERID", "--records", "goals", *merid.line())
    assert done.code == 0, done.err
    assert "# goals" in merid.opened()
    assert "schedule" not in merid.opened()
    beyond = agencies(
        "disclose", case, "--to", "MERID", "--records", "goals,credits", "--json", *merid.line()
    )
    refused(beyond, "A9")
    refused(agencies("disclose", case, "--to", "MERID", "--records", "all", "--json"), "A9")
    assert [one["kind"] for one in log(agencies, case)] == [
        "disclosure",
        "request",
        "refusal",
        "request",
        "refusal",
    ]
    assert len(merid.packets()) == 1


@pytest.mark.parametrize("format_", ["md", "json", "pdf"])
def test_b4_the_notice_stands_in_each_format_and_nothing_says_when_or_by_what(
    agencies: Run, case: str, merid: Agency, format_: str
) -> None:
    release(agencies, case, "funding")
    contents = []
    for today in ("2026-10-01", "2026-10-05"):
        done = agencies(
            "disclose", case, "--to", "MERID", *merid.line("--format", format_), today=today
        )
        assert done.code == 0, done.err
        (sealed,) = merid.packets()
        contents.append(pyrage.decrypt(sealed.read_bytes(), [merid.identity]))
        sealed.unlink()
    assert contents[0] == contents[1]
    text = contents[0].decode("latin-1")
    if format_ == "pdf":
        read = PdfReader(io.BytesIO(contents[0]))
        assert not read.metadata
        assert "/ID" not in read.trailer
        text = " ".join(" ".join(page.extract_text() for page in read.pages).split())
    elif format_ == "json":
        assert json.loads(text)["records"] == {"funding": []}
        text = json.loads(text)["notice"]
    else:
        assert "nothing on record" in text
    assert NOTICE in text
    assert "2026" not in text
    assert "reintegrate" not in contents[0].decode("latin-1").lower()


@pytest.mark.needs("age")
def test_the_program_age_opens_it_with_the_agencys_key_and_with_no_other(
    agencies: Run, case: str, merid: Agency, tmp_path: Path
) -> None:
    release(agencies, case, "goals")
    assert agencies("disclose", case, "--to", "MERID", *merid.line()).code == 0
    (sealed,) = merid.packets()
    for identity, code in ((merid.identity, 0), (pyrage.x25519.Identity.generate(), 1)):
        held = tmp_path / "identity"
        held.write_text(f"{identity}\n")
        opened = subprocess.run(
            [str(AGE), "-d", "-i", str(held), str(sealed)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert opened.returncode == code
        assert (NOTICE in opened.stdout) == (code == 0)


def test_without_means_nothing_is_made_and_nothing_is_logged(
    agencies: Run, case: str, merid: Agency, tmp_path: Path
) -> None:
    release(agencies, case, "goals")
    line = ("disclose", case, "--to", "MERID", "--json")
    bare = agencies(*line)
    assert (bare.code, bare.error["fields"]) == (2, ["out", "recipient_key"])
    assert agencies(*line, "--out", str(merid.out)).error["fields"] == ["recipient_key"]
    for text in ("", "age1nonsense", "AGE-SECRET-KEY-1QQ", "two\nlines", "ssh-ed25519 AAAA"):
        merid.key.write_text(text)
        assert agencies(*line, *merid.line()).code in (2, 9)
    merid.key.unlink()
    assert agencies(*line, *merid.line()).code == 9
    merid.key.write_text(f"{merid.identity.to_public()}\n")
    gone = ("--out", str(tmp_path / "nowhere"), "--recipient-key", str(merid.key))
    assert agencies(*line, *gone).code == 9
    assert merid.packets() == []
    assert log(agencies, case) == []


def test_no_name_stands_in_it_unless_one_is_asked_for(
    agencies: Run, case: str, merid: Agency
) -> None:
    release(agencies, case, "goals")
    missing = agencies("disclose", case, "--to", "MERID", "--name", "safe", *merid.line())
    assert missing.code == 2
    agencies("case", "edit", case, given={"safe_name": "Robin", "legal_name": "Maya Reyes"})
    assert agencies("disclose", case, "--to", "MERID", *merid.line()).code == 0
    assert "Robin" not in merid.opened()
    merid.packets()[0].unlink()
    named = agencies("disclose", case, "--to", "MERID", *merid.line("--name", "safe"))
    assert "Robin" not in named.out + named.err
    assert f"student: Robin ({case})" in merid.opened()
    assert "Maya" not in merid.opened()


def test_a_release_by_phone_lets_it_be_told_and_makes_no_file(
    agencies: Run, case: str, merid: Agency
) -> None:
    release(agencies, case, "attendance", method="phone")
    told = agencies("disclose", case, "--to", "MERID")
    assert "told: attendance" in told.err
    assert NOTICE in told.err
    refused(agencies("disclose", case, "--to", "MERID", "--json", *merid.line()), "A8")
    assert merid.packets() == []
    first, *_ = log(agencies, case)
    assert (first["method"], first["file"], first["handed_over"]) == ("phone", None, True)
    late = agencies(
        "disclose",
        case,
        "--to",
        "MERID",
        "--on",
        "2026-10-01",
        "--told",
        "--json",
        today="2026-11-20",
    )
    assert (late.code, late.json["on"], late.json["notice_given"]) == (0, "2026-10-01", True)


def test_the_students_limits_are_kept_to_by_name(agencies: Run, case: str) -> None:
    release(agencies, case, "goals", method="phone", assent="nothing about my mother")
    refused(agencies("disclose", case, "--to", "MERID", "--json"), "A10")
    assert agencies("disclose", case, "--to", "MERID", "--within-limits").code == 0


def test_events_32_67_and_99_a_release_that_ended_lets_nothing_out(
    agencies: Run, case: str, merid: Agency
) -> None:
    line = ("disclose", case, "--to", "MERID", "--json", *merid.line())
    refused(agencies(*line), "B6")
    release(agencies, case, "goals")
    assert agencies(*line, today="2026-10-31T23:59").code == 0
    refused(agencies(*line, today="2026-11-01T00:00"), "A5")
    agencies("case", "edit", case, given={"birth_date": "2008-10-21"})
    assert agencies(*line, today="2026-10-20T23:59").code == 0
    refused(agencies(*line, today="2026-10-21T00:00"), "C7")
    release(agencies, case, "goals", effective_on="2026-10-10", partner="JPO")
    refused(agencies("disclose", case, "--to", "JPO", "--json", *merid.line()), "A5")
    assert agencies("release", "revoke", case, "L1", "--by", "student").code == 0
    refused(agencies(*line), "A6")
    rules = [one["rule"] for one in log(agencies, case) if one["kind"] == "refusal"]
    assert rules == ["B6", "A5", "C7", "A5", "A6"]
    asked = [one for one in log(agencies, case) if one["kind"] == "request"]
    assert len(asked) == 5
    assert all(one["log_required"] for one in asked)
    assert len(merid.packets()) == 2


def test_a_refusal_is_told_as_an_error_and_kept_as_an_entry(agencies: Run, case: str) -> None:
    ended = agencies("disclose", case, "--to", "VSAS")
    assert ended.code == 4
    assert ended.out == ""
    assert "rule: B6" in ended.err
    commands = [one["command"] for one in agencies("history", "--json").json["items"]]
    assert commands[-1] == "disclose"
    assert agencies("disclose", case, "--to", "nobody").code == 5
    assert agencies("disclose", "ZZZZ", "--to", "VSAS").code == 5
    assert agencies("disclose", case, "--to", "VSAS", "--care", "K7").code == 5
    assert len(log(agencies, case)) == 2
    assert agencies("disclosure", "add", case, "--to", "VSAS").code == 4
    entries = agencies("history", "--json").json["items"]
    assert entries[-1]["command"] == "disclosure add"  # as it was typed
    assert agencies("undo").code == 4


def test_b6_an_unknown_ground_goes_to_the_records_officer(agencies: Run, case: str) -> None:
    ended = agencies("disclose", case, "--to", "VSAS", "--basis", "curiosity", "--json")
    refused(ended, "B6")
    assert "records officer" in ended.error["message"]
    assert "curiosity" not in ended.err
    assert [one["basis"] for one in log(agencies, case)] == [None, None]


GROUNDS: list[tuple[str, str, str, dict[str, str]]] = [
    ("school_official", "VSAS", "A12", {"document": "MOU 4.2"}),
    ("enrolling_school", "VSAS", "B6", {"document": "request of 3 Oct"}),
    ("child_welfare_legally_responsible", "CCFS", "B7", {"document": "placement order 12"}),
    ("court_order", "JPO", "B6", {"document": "order 44"}),
    ("subpoena", "JPO", "B6", {"document": "subpoena 9, counsel agreed"}),
    ("health_safety", "police", "B3", THREAT),
]


@pytest.mark.parametrize(("basis", "to", "rule", "takes"), GROUNDS)
def test_each_ground_takes_what_the_law_asks(
    agencies: Run, case: str, basis: str, to: str, rule: str, takes: dict[str, str]
) -> None:
    line = (
        "disclose",
        case,
        "--to",
        to,
        "--basis",
        basis,
        "--records",
        "attendance",
        "--method",
        "in_person",
        "--json",
    )
    refused(agencies(*line), rule)
    for key in takes:
        partly = {name: value for name, value in takes.items() if name != key}
        ended = agencies(*line, given=partly)
        refused(ended, rule)
        assert ended.error["fields"] == [key]
        refused(agencies(*line, given={**takes, key: "  "}), rule)
    done = agencies(*line, given=takes)
    assert done.code == 0, done.err
    assert done.json["log_required"] == (basis != "school_official")
    assert not any(value in done.out + done.err for value in takes.values())
    shown = agencies("case", "show", case, "--json").json["disclosures"][-1]
    assert all(shown[key] == value for key, value in takes.items())


def test_b7_a_probation_officer_is_not_responsible_for_the_child(agencies: Run, case: str) -> None:
    line = (
        "disclose",
        case,
        "--to",
        "JPO",
        "--basis",
        "child_welfare_legally_responsible",
        "--records",
        "attendance",
        "--json",
    )
    refused(agencies(*line, given={"document": "x 1"}), "B7")
    line = ("disclose", case, "--to", "VSAS", "--basis", "mandated_report", "--json")
    refused(agencies(*line), "B6")
    assert agencies("disclose", case, "--to", "CCFS", "--basis", "mandated-report").code == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "safety",
        "Safety!",
        "student safety",
        "health and safety reasons",
        "n/a",
        "an emergency",
        "they need to know",
        "danger, risk",
    ],
)
def test_b3_a_word_is_no_threat(agencies: Run, case: str, text: str) -> None:
    line = ("disclose", case, "--to", "police", "--basis", "health_safety", "--json")
    for key in THREAT:
        refused(agencies(*line, given={**THREAT, key: text}), "B3")


def test_events_49_and_87_an_emergency_is_logged_at_once_and_needs_no_packet(
    agencies: Run, case: str
) -> None:
    line = ("disclose", case, "--basis", "health_safety", "--to", "police", "--json")
    done = agencies(*line, given=THREAT)
    assert (done.code, done.json["method"], done.json["records"]) == (0, "phone", [])
    assert done.json["log_required"] is True
    assert done.json["handed_over"] is True
    refused(agencies("disclose", case, "--to", "police", "--json"), "B6")  # never a standing route


def test_b3_at_a_terminal_an_emergency_is_two_questions(agencies: Run, case: str) -> None:
    line = ["-m", "reintegrate_cli", "disclose", case, "--to", "police", "--basis", "health_safety"]
    asked = pexpect.spawn(sys.executable, line, env=dict(os.environ), encoding="utf-8", timeout=20)
    asked.expect("what the threat is")
    asked.sendline(".")  # an empty answer is asked again
    asked.expect("this one is needed")
    asked.sendline(THREAT["threat"])
    asked.sendline(".")
    asked.expect("why they need to know")
    asked.sendline(THREAT["need_to_know"])
    asked.sendline(".")
    asked.expect(pexpect.EOF)
    asked.close()
    assert asked.exitstatus == 0
    (entry,) = agencies("case", "show", case, "--json").json["disclosures"]
    assert {key: entry[key] for key in THREAT} == THREAT


def test_c3_family_is_told_as_rights_holder_and_a_barred_one_is_for_counsel(
    agencies: Run, case: str
) -> None:
    line = (
        "disclose",
        case,
        "--to",
        "caregiver",
        "--basis",
        "rights_holder",
        "--records",
        "attendance",
        "--method",
        "in_person",
        "--json",
    )
    assert agencies(*line).json["log_required"] is False
    refused(agencies("disclose", case, "--to", "caregiver", "--json"), "B6")
    wrong = ("disclose", case, "--to", "JPO", "--basis", "rights_holder", "--json")
    refused(agencies(*wrong), "B6")
    agencies("care", "add", case, "--role", "caregiver")
    agencies("care", "add", case, "--role", "caregiver")
    agencies(
        "care", "family", case, "K1", "--appropriate", "no", "--decided-by", "okafor", "--barred"
    )
    refused(agencies(*line), "C3")
    refused(agencies(*line, "--care", "K1"), "C3")
    assert agencies(*line, "--care", "K2").code == 0
    agencies("case", "edit", case, given={"birth_date": "2008-10-01"})
    refused(agencies(*line, "--care", "K2"), "C7")
    grown = tuple("dependent_parent" if one == "rights_holder" else one for one in line)
    refused(agencies(*grown, "--care", "K2"), "B6")
    done = agencies(*grown, "--care", "K2", given={"document": "tax return seen by counsel"})
    assert (done.code, done.json["log_required"]) == (0, True)
    own = (
        "disclose",
        case,
        "--to",
        "student",
        "--basis",
        "rights_holder",
        "--records",
        "goals",
        "--method",
        "in_person",
    )
    assert agencies(*own).code == 0


def test_event_65_a_notice_and_a_request_are_entries_of_their_own(
    agencies: Run, case: str, merid: Agency
) -> None:
    line = (
        "disclose",
        case,
        "--to",
        "student",
        "--kind",
        "notice",
        "--basis",
        "subpoena",
        "--json",
    )
    notice = agencies(*line, given={"purpose": "told of the subpoena, as counsel advised"})
    assert (notice.code, notice.json["kind"], notice.json["log_required"]) == (0, "notice", False)
    asked = agencies(
        "disclose", case, "--to", "JPO", "--kind", "request", "--records", "credits", "--json"
    )
    assert (asked.json["kind"], asked.json["log_required"]) == ("request", True)
    assert agencies("disclose", case, "--to", "JPO", "--kind", "notice", *merid.line()).code == 2


def test_a10_a_students_no_can_be_kept_in_the_log(agencies: Run, case: str) -> None:
    refused(signed(agencies, case, assent="no"), "A10")
    assert log(agencies, case) == []
    refused(signed(agencies, case, assent="No.", escalate=True), "A10")
    assert [(one["kind"], one["to"], one["rule"]) for one in log(agencies, case)] == [
        ("request", "MERID", None),
        ("refusal", "MERID", "A10"),
    ]
    assert agencies("release", "list", "--json").json["items"] == []
    assert agencies("undo").code == 4


def test_w1_a_wish_about_a_release_is_heeded_when_it_is_used(agencies: Run, case: str) -> None:
    release(agencies, case, "goals", method="phone")
    agencies("wish", "add", case, "--about", "release", "--heard-by", "lee", given={"words": "no"})
    refused(agencies("disclose", case, "--to", "MERID", "--json"), "W1")
    despite = {"reason": "she said yes today", "despite": ["W1"]}
    assert agencies("disclose", case, "--to", "MERID", given=despite).code == 0


# The log.


def changed(ref: str, id_: str, **values: Any) -> None:
    session.begin(None, None)
    with session.writing("case note") as store:
        kept = store.of(Disclosure)
        kept.put(replace(kept.get(ref, id_), **values))


@pytest.fixture
def logged(agencies: Run, case: str, merid: Agency) -> str:
    release(agencies, case, "goals")
    assert agencies("disclose", case, "--to", "MERID", *merid.line()).code == 0
    assert agencies("disclose", case, "--to", "VSAS").code == 4
    assert agencies("disclosure", "verify", "--json").json == {
        "whole": True,
        "cases": 1,
        "entries": 3,
    }
    return case


TAMPERED: dict[str, Any] = {
    "kind": "notice",
    "at": "2026-01-01T00:00:00+00:00",
    "on": date(2026, 1, 1),
    "by": "lee",
    "to": "JPO",
    "care": "K1",
    "basis": "subpoena",
    "records": ("credits",),
    "withheld": (),
    "aim": "legal",
    "purpose": "x",
    "method": "phone",
    "format": "pdf",
    "name": "legal",
    "release": "L9",
    "document": "x",
    "threat": "x",
    "need_to_know": "x",
    "requester": "x",
    "approved_by": "lee",
    "rule": "A4",
    "answers": "D9",
    "notice_given": False,
    "student_told": True,
    "parent_told": True,
    "why_not_told": "x",
    "log_required": True,
    "file": "x",
    "previous": "x",
    "chain": "x",
    "handed_over": False,
    "handed_at": "x",
    "mark": "x",
    "releases": ("L1", "L2"),
    "contents": (Content(records="goals", items=9),),
}


def test_every_field_of_an_entry_is_one_that_tampering_was_tried_with() -> None:
    kept = {spec.name for spec in fields_of(Disclosure)}
    assert kept - set(TAMPERED) == {"case", "id", "entered_at", "entered_by"}


@pytest.mark.parametrize("field", TAMPERED)
def test_b5_a_changed_entry_is_found(agencies: Run, logged: str, field: str) -> None:
    changed(logged, "D1", **{field: TAMPERED[field]})
    ended = agencies("disclosure", "verify", "--json")
    assert (ended.code, ended.error["kind"]) == (7, "damaged")
    assert f"{logged}/D1" in ended.error["message"]


@pytest.mark.parametrize("id_", ["D1", "D2", "D3"])
def test_b5_an_entry_that_was_taken_out_is_found(agencies: Run, logged: str, id_: str) -> None:
    from reintegrate_cli.vault import place

    session.begin(None, None)
    with session.writing("case note") as store:
        store.shelf.vault.delete("disclosures", place("disclosures", [logged, id_]))
        store.touch("x")
    assert agencies("disclosure", "verify").code == 7


def test_the_log_is_never_taken_back(agencies: Run, logged: str) -> None:
    assert agencies("undo").code == 4
    assert len(log(agencies, logged)) == 3


def test_an_archive_adds_to_the_log_and_never_writes_over_it(
    agencies: Run, logged: str, merid: Agency, tmp_path: Path
) -> None:
    held = tmp_path / "identity"
    held.write_text(f"{merid.identity}\n")
    held.chmod(0o600)
    archive = str(tmp_path / "district.age")
    made = agencies("vault", "export", archive, "--recipient", str(merid.identity.to_public()))
    assert made.code == 0, made.err
    line = ("vault", "import", archive, "--identity-file", str(held), "--replace")
    assert agencies("disclose", logged, "--to", "VSAS").code == 4
    assert agencies(*line).code == 0
    assert len(log(agencies, logged)) == 5
    assert agencies("disclosure", "verify").code == 0
    changed(logged, "D1", to="JPO")
    assert agencies(*line).code == 6
    assert agencies("disclosure", "verify").code == 7


def test_it_stands_in_the_case_and_in_its_timeline(agencies: Run, logged: str) -> None:
    shown = agencies("case", "show", logged)
    assert "disclosure log" in shown.out
    told = agencies("case", "timeline", logged, "--status", "disclosure", "--json").json["items"]
    assert [one["id"] for one in told] == ["D1", "D2", "D3"]
    assert "refused to VSAS, consent, B6" in told[2]["what"]


def test_a_purge_takes_the_log_with_the_case(
    agencies: Run, logged: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "district.toml").open("a") as file:
        file.write('retention = { case = "1y" }\n')
    agencies("case", "close", logged, "--reason", "moved")
    # What goes for good goes by the real day, and by more than one reading of a clock.
    days = [datetime(2028, 1, day, 15, tzinfo=UTC) for day in (1, 2)]
    monkeypatch.setattr(session, "now", lambda: days[0])
    assert agencies("vault", "backup", str(tmp_path / "copies"), today="2028-01-01").code == 0
    monkeypatch.setattr(session, "now", lambda: days[1])
    purged = agencies("vault", "purge", "--yes", today="2028-01-02")
    assert purged.code == 0, purged.err
    ended = agencies("disclosure", "verify", "--json")
    assert (ended.code, ended.json["entries"]) == (0, 0)


@explored(
    kinds=st.lists(st.sampled_from(disclosures.KINDS), min_size=1, max_size=6),
    at=st.integers(0, 5),
    how=st.sampled_from(["out", "swap", "copy"]),
)
def test_a_chain_holds_together_in_one_order_alone(
    kinds: list[disclosures.Kind], at: int, how: str
) -> None:
    entries: list[Disclosure] = []
    for number, kind in enumerate(kinds, 1):
        one = Disclosure(
            case="HX4T",
            id=f"D{number}",
            kind=kind,
            at="x",
            on=date(2026, 10, 1),
            by="lee",
            to="MERID",
            log_required=True,
        )
        entries.append(disclosures.bound(one, entries[-1] if entries else None))
    ids = {one.id for one in entries}
    assert disclosures.broken(entries, ids) == []
    marked = [disclosures.handed(one, "now") for one in entries]
    assert disclosures.broken(marked, ids) == []
    at %= len(entries)
    if how == "out":
        del entries[at]
    elif how == "copy":
        entries.insert(at, entries[at])
    elif at + 1 < len(entries):
        entries[at : at + 2] = entries[at + 1], entries[at]
    else:
        return
    assert disclosures.broken(entries, ids)


def test_b2_what_the_law_asks_to_be_logged_is_told_apart() -> None:
    asked = {one for one in BASES if disclosures.log_required("disclosure", one)}
    assert set(BASES) - asked == {"consent", "school_official", "rights_holder"}


# What is inside.

SCOPES = [*((one,) for one in RECORD_TYPES), ("attendance", "goals"), RECORD_TYPES]


def told_of(record: Any) -> Any:
    """Let nothing keep a record, or a part of it, from being told at all."""
    names = {spec.name for spec in fields_of(type(record))}
    if "methods" in names:
        parts = tuple(replace(one, whose=None) for one in record.methods)
        record = replace(record, methods=parts)
    return replace(record, ended_on=None) if "ended_on" in names else record


def another(value: Any) -> Any:
    """Give a value of the same type that differs."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, date):
        return date(2031, 1, 1)
    if isinstance(value, str):
        return value + "-changed"
    return ()


APPOINTMENTS = ("schedules", "contacts", "cases", "contact", "care", "staff")
"""The tables from which the next appointments are worked out."""
DECIDES = ("ended_on", "with", "methods.whose")
"""The fields that decide whether a record, or a part of one, is told at all."""


def changes(scope: tuple[RecordType, ...], table: str, record: Any) -> Iterator[tuple[Any, str]]:
    """Give a record as often as it has a field outside of a scope, with that one changed."""
    if "appointments" in scope and table in APPOINTMENTS:
        return
    told = {
        name
        for type_ in scope
        if table in packets.TABLES[type_]
        for name in told_names(type(record))
    }
    for spec in fields_of(type(record)):
        value = getattr(record, spec.name)
        if spec.key in told or (told and spec.key in DECIDES):
            continue
        inner = [name.partition(".")[2] for name in told if name.startswith(f"{spec.key}.")]
        if not inner:
            for other in (another(value), None):
                yield replace(record, **{spec.name: other}), spec.name
            continue
        (one,) = value if isinstance(value, tuple) else (value,)
        for part in fields_of(type(one)):
            if part.key not in inner and f"{spec.key}.{part.key}" not in DECIDES:
                other = replace(one, **{part.name: another(getattr(one, part.name))})
                kept = (other,) if isinstance(value, tuple) else other
                yield replace(record, **{spec.name: kept}), f"{spec.name}.{part.name}"


@pytest.mark.parametrize("scope", SCOPES, ids=["+".join(one) for one in SCOPES])
def test_nothing_outside_the_scope_changes_a_byte(
    district: Run, scope: tuple[RecordType, ...]
) -> None:
    """Every field of every kind of record, one after another."""
    kept = {table: [told_of(filled(load(said), table))] for table, said in KINDS.items()}

    def content(records: dict[str, list[Any]]) -> bytes:
        items, _ = packets.items_of(scope, records, (), {"M2KD"})
        made = packets.Packet(student="HX4T", purpose="legal", notice=NOTICE, items=items)
        return packets.written(made, "json") + packets.written(made, "md")

    before, tried = content(kept), 0
    for table, (record,) in kept.items():
        for one, name in changes(scope, table, record):
            assert content({**kept, table: [one]}) == before, (table, name)
            tried += 1
    assert tried > 200


def test_what_else_is_written_about_a_student_leaves_a_packet_as_it_was(
    agencies: Run, case: str, merid: Agency
) -> None:
    release(agencies, case, "schedule", "appointments")
    agencies(
        "checkin",
        "schedule",
        case,
        "--with",
        "student",
        "--every",
        "1w",
        "--day",
        "tue",
        "--mode",
        "phone",
        "--chosen-by",
        "student",
        "--chosen-on",
        "today",
    )
    agencies("case", "add", "--school", "Juniper", "--setting", "home")
    packets_ = []
    for line, given in (
        (("case", "list"), None),
        (("case", "note", case), {"text": "canary"}),
        (
            ("case", "edit", case, "--grade", "10", "--setting", "home_supports"),
            {"legal_name": "canary", "pronouns": "canary"},
        ),
        (("care", "add", case, "--role", "mentor"), {"name": "canary", "contact": "canary"}),
        (("wish", "add", case, "--about", "other", "--heard-by", "lee"), {"words": "canary"}),
        (("task", "add", "--due", "fri", "--case", case), {"text": "canary"}),
        (
            ("checkin", "schedule", case, "--with", "partner", "--who", "JPO", "--mode", "phone"),
            {"words": "canary"},
        ),
    ):
        assert agencies(*line, given=given).code == 0, line
        done = agencies("disclose", case, "--to", "MERID", *merid.line())
        assert done.code == 0, done.err
        packets_.append(merid.opened())
        merid.packets()[0].unlink()
    assert len(set(packets_)) == 1
    assert "on: 2026-10-06" in packets_[0]


# What INTERFACE lets be told, and nothing else, whatever a field of a record may say of itself.
FIELDS: dict[str, dict[str, str]] = {
    # What a school means by attendance. Barriers, and contacts with this office, are none of it.
    "attendance": {"attendance": "on pattern dates"},
    "credits": {"credits": "course state hundredths source on"},
    # When the student is met; whom else somebody meets about them would tell of other agencies.
    "schedule": {"schedules": "terms.every terms.day at mode"},
    # What is done, never why.
    "supports": {"needs": "area every", "adjustments": "courses change load starts_on ends_on"},
    # The student's own plan. Who the adults are, who picks up and what a court ordered stay here.
    "safety_plan": {
        "safety": "goals unsafe warning_signs coping safe_places on_the_way online if_missing "
        "if_unsafe_person"
    },
    # The ways that reach the student, and not those that reach somebody else for them.
    "contact": {
        "contact": "mode time_zone methods.kind methods.value methods.days methods.opens "
        "methods.closes methods.any_time methods.voicemail methods.text_allowed "
        "methods.dropped_call"
    },
    "goals": {"goals": "horizon words set_on reached_on"},
    "appointments": {},
    # What was given and used, never why, and no number of a claim.
    "funding": {
        "funds": "source entries.kind entries.on entries.cents entries.halves entries.outcome"
    },
}


def test_what_may_be_told_is_what_interface_says_and_no_more() -> None:
    told = {
        type_: {table: set(told_names(load(KINDS[table]))) for table in tables}
        for type_, tables in packets.TABLES.items()
    }
    listed = {
        type_: {table: set(names.split()) for table, names in tables.items()}
        for type_, tables in FIELDS.items()
    }
    assert told == listed
    assert set(told) == set(RECORD_TYPES)


def test_only_records_of_a_case_are_ever_told_and_a_mark_alone_tells_nothing() -> None:
    tables = {table for names in packets.TABLES.values() for table in names}
    assert tables <= set(OF_A_CASE)
    marked = {table for table, said in KINDS.items() if any(told_names(load(said)))}
    assert marked == tables
    assert not tables & {"identities", "notes", "care", "wishes", "incidents", "disclosures"}


def test_c2_a_text_that_names_another_student_is_left_out() -> None:
    named = packets._naming({"M2KD", "P3RM"})
    for text, stays in (
        ("sit with m2kd at lunch", False),
        ("M2KD, and P3RM", False),
        ("be with my friends", True),
        ("XM2KD is no ref", True),
    ):
        goal = filled(load(KINDS["goals"]), "goals")
        left: list[str] = []
        told = packets._told(replace(goal, words=text), named, left)
        assert (told["words"] == text) == stays
        assert left == ([] if stays else ["words"])


@explored(st.lists(st.text(), max_size=120))
def test_a_pdf_holds_its_lines_or_says_that_it_cannot(lines: list[str]) -> None:
    try:
        made = pdf.written(lines)
    except Usage:
        assert any(not _fits(line) for line in lines)
        return
    assert made == pdf.written(lines)
    read = PdfReader(io.BytesIO(made), strict=True)
    assert not read.metadata
    assert len(read.pages) >= 1


def _fits(line: str) -> bool:
    try:
        line.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def test_a_pdf_says_the_words_that_were_given() -> None:
    lines = ["# goals", "words: café (and back\\slash) — naïve", *(f"line {n}" for n in range(120))]
    read = PdfReader(io.BytesIO(pdf.written(lines)), strict=True)
    text = "\n".join(page.extract_text() for page in read.pages)
    assert len(read.pages) == 3
    for wanted in ("café (and back\\slash) — naïve", "line 0", "line 119"):
        assert wanted in text


# Several releases for one agency, and packets with nothing in them.


def test_two_live_releases_are_told_together(agencies: Run, case: str, merid: Agency) -> None:
    release(agencies, case, "goals", purpose="coordination")
    release(agencies, case, "credits", "schedule", purpose="legal", expires="2026-10-20")
    for records in (["--records", "goals", "--records", "credits"], []):
        done = agencies("disclose", case, "--to", "MERID", *records, *merid.line())
        assert done.code == 0, done.err
        assert "goals" in merid.opened()
        assert "purpose: coordination, legal" in merid.opened()
        merid.packets()[0].unlink()
    first, second = log(agencies, case)
    assert (set(first["records"]), set(first["releases"])) == ({"goals", "credits"}, {"L1", "L2"})
    assert set(second["records"]) == {"goals", "credits", "schedule"}
    one = agencies("disclose", case, "--to", "MERID", "--records", "goals", *merid.line())
    assert one.code == 0
    assert (log(agencies, case)[-1]["release"], log(agencies, case)[-1]["releases"]) == ("L1", [])
    beyond = agencies(
        "disclose",
        case,
        "--to",
        "MERID",
        "--records",
        "contact",
        "--records",
        "credits",
        *merid.line(),
        "--json",
    )
    refused(beyond, "A9")
    assert beyond.error["message"] == "no release to that agency names contact"
    assert "L1" in beyond.error["hint"]
    assert "L2" in beyond.error["hint"]
    assert agencies("disclosure", "verify").code == 0
    after = agencies(
        "disclose",
        case,
        "--to",
        "MERID",
        "--records",
        "credits",
        "--json",
        *merid.line(),
        today="2026-10-21",
    )
    refused(after, "A9")


def test_hours_that_nobody_said_are_told_as_those_of_a_school_day(
    agencies: Run, case: str, merid: Agency
) -> None:
    method = {"kind": "phone", "value": "555-0142", "voicemail": "never"}
    release(agencies, case, "contact")
    for more, hours in (({}, ("08:00", "15:30")), ({"any_time": True}, ("", "any time: yes"))):
        agencies(
            "contact", "set", case, given={"mode": "we_contact", "methods": [{**method, **more}]}
        )
        assert agencies("disclose", case, "--to", "MERID", *merid.line()).code == 0
        opened = merid.opened()
        assert all(one in opened for one in hours), opened
        assert ("08:00" in opened) == (not more)
        merid.packets()[0].unlink()


def test_what_may_be_told_in_several_ways_is_told_in_the_one_that_fits(
    agencies: Run, case: str, merid: Agency
) -> None:
    release(agencies, case, "goals", method="phone")
    release(agencies, case, "credits", method="in_person", assent="not my French grade")
    unsaid = agencies("disclose", case, "--to", "MERID", "--json")
    refused(unsaid, "A8")
    assert unsaid.error["hint"] in (
        "by phone: goals; by in person: credits",
        "by in person: credits; by phone: goals",
    )
    assert agencies("disclose", case, "--to", "MERID", "--records", "goals").code == 0
    limited = ("disclose", case, "--to", "MERID", "--method", "in_person", "--records", "credits")
    refused(agencies(*limited, "--json"), "A10")
    assert agencies(*limited, "--within-limits").code == 0
    both = ("disclose", case, "--to", "MERID", "--records", "goals,credits", "--method", "phone")
    refused(agencies(*both, "--json"), "A8")
    refused(agencies("disclose", case, "--to", "MERID", *merid.line(), "--json"), "A8")
    assert [(one["method"], one["records"]) for one in log(agencies, case) if one["release"]] == [
        ("phone", ["goals"]),
        ("in_person", ["credits"]),
    ]


def test_an_empty_packet_is_said_before_it_is_sealed_and_the_log_says_what_was_in_it(
    agencies: Run, case: str, merid: Agency
) -> None:
    release(agencies, case, "goals", "credits")
    empty = agencies("disclose", case, "--to", "MERID", *merid.line())
    assert "nothing is on record of: credits, goals; the packet says so" in empty.err
    goal = ("goal", "add", case, "--horizon", "short")
    assert agencies(*goal, given={"words": "algebra by June"}).code == 0
    merid.packets()[0].unlink()
    half = agencies("disclose", case, "--to", "MERID", *merid.line())
    assert "nothing is on record of: credits\n" in half.err
    assert [one["contents"] for one in log(agencies, case)] == [
        [{"records": "credits", "items": 0}, {"records": "goals", "items": 0}],
        [{"records": "credits", "items": 0}, {"records": "goals", "items": 1}],
    ]
    assert agencies("disclosure", "verify").code == 0


def test_an_entry_without_what_came_later_is_bound_as_it_always_was() -> None:
    entry = Disclosure(
        case="HX4T",
        id="D1",
        kind="request",
        at="x",
        on=date(2026, 10, 1),
        by="lee",
        to="MERID",
        log_required=True,
    )
    # The digest that the program gave it before there were these fields.
    assert disclosures.bound(entry, None).chain == (
        "ba3474788f5c820607e209253ba9cd498ae4b2f95fc2eaac9103fad9a77cd8bf"
    )


# A caregiver, once somebody said that contact is not appropriate.


def test_c3_a_no_to_contact_with_family_is_looked_at_by_counsel_first(
    agencies: Run, case: str
) -> None:
    for _ in range(2):
        agencies("care", "add", case, "--role", "caregiver")
    line = (
        "disclose",
        case,
        "--to",
        "caregiver",
        "--basis",
        "rights_holder",
        "--records",
        "credits",
        "--method",
        "in_person",
    )
    assert agencies(*line).code == 0
    no = ("care", "family", case, "K1", "--appropriate", "no", "--decided-by", "student")
    assert agencies(*no).code == 0
    refused(agencies(*line, "--json"), "C3")
    refused(agencies(*line, "--care", "K1", "--json"), "C3")
    assert agencies(*line, "--care", "K2").code == 0
    assert agencies(*line, "--care", "K1", given={"document": "letter of counsel, 5 Oct"}).code == 0
    assert [one["rule"] for one in log(agencies, case) if one["kind"] == "refusal"] == ["C3", "C3"]
