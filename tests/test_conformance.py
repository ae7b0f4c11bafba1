"""What INTERFACE promises to people and scripts, tried on the line."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Run
from filling import DEMANDED, filled, line_of
from reintegrate_cli import catalogue
from reintegrate_cli.core import cleaning
from reintegrate_cli.line import typed

pytestmark = pytest.mark.both_shelves

LISTS = [
    noun for noun, row in catalogue.BY_NAME.items() if row.tables and "list" in typed.verbs_of(noun)
]


@pytest.fixture
def full(district: Run, case: str) -> str:
    """A case with somebody, something, and a date of every kind."""
    for line in (
        ["partner", "add", "HARBOR", "--kind", "other", "--regime", "ferpa"],
        ["care", "add", case, "--role", "therapist", "--agency", "HARBOR"],
        [
            "checkin",
            "schedule",
            case,
            "--with",
            "student",
            "--every",
            "1w",
            "--mode",
            "phone",
            "--chosen-by",
            "student",
            "--chosen-on",
            "today",
            "--starts",
            "2026-09-30",
        ],
        ["checkin", "schedule", case, "--with", "partner", "--who", "harbor", "--mode", "phone"],
    ):
        ended = district(*line)
        assert ended.code == 0, ended.err
    assert district("task", "add", "--due", "fri", "--case", case, given={"text": "x"}).code == 0
    for line in (
        ["credit", "add", case, "--status", "earned", "--amount", "1"],
        ["need", "add", case, "--area", "transport"],
        ["connection", "add", case, "--kind", "peer", "--place", "school"],
    ):
        assert district(*line).code == 0
    goal = ("goal", "add", case, "--horizon", "short")
    assert district(*goal, given={"words": "x"}).code == 0
    wish = ("wish", "add", case, "--about", "other", "--heard-by", "lee")
    assert district(*wish, given={"words": "x"}).code == 0
    seen = {"observed": "x", "likely_need": "escape", "response": "x", "helped": "x"}
    assert district("incident", "add", case, given=seen).code == 0
    for line in (
        ["setback", "log", case],
        [
            "adjustment",
            "add",
            case,
            "--change",
            "quiet_exit",
            "--ends-on",
            "+2w",
            "--agreed-by-student",
            "yes",
        ],
        ["attendance", "flag", case],
    ):
        assert district(*line).code == 0
    clauses = ("purpose", "services", "referral_protocol", "confidentiality", "release_process")
    mou = ("mou", "add", "HARBOR", "--effective", "2026-01-01", "--ends", "2027-06-30")
    assert district(*mou, given=dict.fromkeys((*clauses, "contacts"), "x")).code == 0
    referral = ("referral", "add", case, "--partner", "harbor", "--service", "counseling")
    assert district(*referral, "--student-agreed", "yes").code == 0
    release = {
        "partner": "HARBOR",
        "records": ["attendance"],
        "purpose": "coordination",
        "method": "phone",
        "signed_on": "2026-10-01",
        "signers": [{"role": "parent"}],
        "assent": "yes",
        "discussed_on": "2026-10-01",
        "alternatives_considered": "x",
        "abuser_check_by": "lee",
    }
    assert district("release", "add", case, given=release).code == 0
    assert district("disclose", case, "--to", "HARBOR").code == 0
    conference = ("conference", "add", "--on", "fri", "--agency", "HARBOR", "--case", case)
    assert district(*conference).code == 0
    protocol = ("protocol", "add", "LUNCH", "--kind", "policy", "--topic", "mou", "--version")
    steps = {"title": "x", "steps": ["x"]}
    assert district(*protocol, "1", "--adopted", "today", given=steps).code == 0
    assert district(*protocol, "2", given=steps).code == 0
    assert district("protocol", "follow", case, "LUNCH").code == 0
    placement = filled(typed.verbs_of("placement")["decide"].form, case, {})
    placement |= DEMANDED["placement decide"]
    assert district("placement", "decide", case, given=placement).code == 0
    other = district("case", "add", "--school", "Juniper", "--setting", "home", "--json").json[
        "ref"
    ]
    days = {"review_on": "2026-10-15", "ends_on": "2026-11-12"}
    apart = {"other": other, "who_moves": other, "policy": "LUNCH", "wish_words": "x", **days}
    assert district("separation", "add", case, given=apart).code == 0
    team = ("team", "set", "Ridgeline", "--model", "specialist", "--seat", "attendance_officer=lee")
    assert district(*team).code == 0
    assert district("fund", "source", "CITY", "--tier", "city").code == 0
    assert district("fund", "authorize", case, "--source", "CITY", "--sessions", "4").code == 0
    for noun in LISTS:
        if not district(noun, "list", "--json").json["items"]:
            # What adds one is called so, or stands first; in which order parts of a noun were
            # loaded depends on the tests before.
            own = typed.verbs_of(noun)
            adds = own.get("add") or next(iter(own.values()))
            assert adds.form is not None
            demanded = DEMANDED.get(adds.command, {})
            ended = district(*line_of(adds, case), given=filled(adds.form, case, demanded))
            assert ended.code == 0, (noun, ended.err)
    return case


@pytest.mark.parametrize("noun", LISTS)
def test_every_list_takes_the_same_filters_and_outputs(district: Run, full: str, noun: str) -> None:
    for verb in ("list", "schedules", "conferrals") if noun == "checkin" else ("list",):
        for narrowing in (["--case", full], ["--owner", "okafor"]):
            found = district(noun, verb, *narrowing, "--json")
            assert found.code == 0, found.err
            assert found.json["as_of"] == "2026-10-01"
            if (noun, narrowing[0]) != ("staff", "--case"):
                assert found.json["items"], (noun, verb, narrowing)
        for narrowing in (["--since", "2020-01-01"], ["--until", "2020-01-01"], ["--no-input"]):
            assert district(noun, verb, *narrowing, "--csv").code == 0
        assert district(noun, verb, "--case", "ZZZZ").code == 5
        assert district(noun, verb, "--owner", "nobody").code == 5
        assert district(noun, verb, "--status", "nonsense").code == 2


def test_agenda_and_today_take_them_too(district: Run, full: str) -> None:
    for noun in ("agenda", "today"):
        for narrowing in (
            ["--case", full],
            ["--owner", "okafor"],
            ["--status", "overdue"],
            ["--since", "2026-09-01"],
            ["--until", "2026-12-01"],
            ["--kind", "checkin"],
        ):
            assert district(noun, *narrowing, "--json").json["items"], (noun, narrowing)
        assert district(noun, "--kind", "mou", "--json").json["items"] == []
        assert district(noun, "--case", "ZZZZ").code == 5
    assert district("agenda", "--month", "--json").code == 0
    assert district("agenda", "--month", "--day").code == 2


def test_the_agenda_offers_its_windows_and_its_file(district: Run) -> None:
    shown = district("agenda", "--help").out
    for option in (
        "--week",
        "--day ",
        "--month",
        "--days",
        "--overdue",
        "--case",
        "--kind",
        "--owner",
        "--ics",
        "--json",
        "--csv",
    ):
        assert option in shown
    assert district("today", "--ics", "hold.ics").code == 2


def test_an_empty_csv_still_has_its_headings(district: Run) -> None:
    assert district("case", "list", "--csv").out.startswith("ref,status,opened_on,school")


def test_absent_is_null(district: Run, full: str) -> None:
    row = district("partner", "list", "--json").json["items"][0]
    assert (row["name"], row["ages"], row["slug"]) == (None, None, "HARBOR")


@pytest.mark.parametrize(
    "line",
    [
        ["case", "list", "a b"],
        ["case", "close", "HX4T", "--reason", "a canary b"],
        ["case", "add", "--school", "a canary b", "--setting", "home"],
        ["checkin", "schedule", "HX4T", "--every", "a canary", "--with", "student"],
        ["checkin", "schedule", "HX4T", "--at", "a canary", "--with", "student"],
        ["checkin", "done", "HX4T", "--still-safe", "a canary"],
        ["case", "note", "HX4T", "--text", "canary"],
        ["case", "add", "--legal-name", "canary"],
        ["a canary"],
        ["case", "a canary"],
        ["schema", "a canary"],
        [
            "remind",
            "setup",
            "--host",
            "x",
            "--from-address",
            "a@b",
            "--to",
            "a@b",
            "--user",
            "a canary",
        ],
    ],
)
def test_free_text_in_an_argument_is_four_and_is_not_echoed(district: Run, line: list[str]) -> None:
    for more in ([], ["--json"]):
        ended = district(*line, *more)
        assert ended.code == 4, ended.err
        assert "canary" not in ended.err + ended.out
    assert ended.error["rule"] == "argv"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("--vault FOLDER case list", 9),
        ("--vault /dev/null case list", 9),
        ("--vault FILE case list", 9),
        ("vault verify FOLDER", 2),
        ("vault verify absent", 9),
        ("vault verify /dev/null", 9),
        ("vault backup /dev/null/x", 9),
        ("vault restore absent", 9),
        ("vault restore FOLDER", 2),
        ("vault import absent", 2),
        ("vault import FOLDER --identity-file FILE", 9),
        ("vault import absent --passphrase-file FILE", 9),
        ("vault import absent --passphrase-file FILE --identity-file FILE", 2),
        ("vault export a.age", 2),
        ("vault export a.age --passphrase-file FILE", 9),
        ("vault export a.age --passphrase-file absent", 9),
        ("vault export a.age --passphrase-file FOLDER", 9),
        ("vault key keep", 2),
        ("vault key add", 2),
        ("vault key add --key-file KEY", 2),
        ("vault key add --key-file FOLDER", 9),
        ("vault key add --key-file FILE", 9),
        ("vault key add --recovery-to KEY", 2),
        ("vault key add --reviewer --key-file k", 2),
        ("vault hold keep", 2),
        ("vault hold release", 2),
        ("vault purge all", 2),
        ("vault hold add HX4T --case HX4T", 2),
        ("vault purge --yes", 9),
        ("remind setup", 2),
        ("agenda --ics FOLDER", 9),
        ("remind setup --host h --from-address a@b.example --to a@b.example --ca-file absent", 9),
        ("remind setup --host h --from-address a@b.example --to a@b.example --tls --starttls", 2),
        ("init --key-file k --recovery-to k --user okafor", 9),
        ("--vault v init --key-file k --recovery-to k --user okafor", 2),
        ("--vault v init --key-file k --recovery-to KEY --user okafor", 2),
        ("--vault /dev/null/v init --key-file k --user okafor", 9),
    ],
)
def test_what_went_wrong_around_the_vault_comes_with_a_hint(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "others").write_text("x" * 5000)
    (tmp_path / "others").chmod(0o600 if "FILE" in line and "--vault" not in line else 0o644)
    words = {"FOLDER": "folder", "FILE": "others", "KEY": "key"}
    ended = district(*[words.get(word, word) for word in line.split()], "--json")
    assert ended.code == code, ended.err
    message, hint = ended.error["message"], ended.error["hint"]
    assert hint, message
    assert not message.endswith(".")
    assert message[0] == message[0].lower()


def test_a_hidden_date_is_not_said_back(district: Run, case: str) -> None:
    ended = district("case", "edit", case, given={"birth_date": "2010-02-03"})
    assert ended.code == 0
    assert "2010" not in ended.err + ended.out


def test_starred_text_may_not_be_empty(district: Run, case: str) -> None:
    for text in ("", "   "):
        ended = district("case", "note", case, "--json", given={"text": text})
        assert (ended.code, ended.error["fields"]) == (2, ["text"])


def test_a_second_person_may_not_be_called_student(run: Run, district: Run, tmp_path: Path) -> None:
    assert district("staff", "add", "Student", "--role", "other").code == 2
    ended = run(
        "--vault",
        str(tmp_path / "w.vault"),
        "init",
        "--user",
        "student",
        "--no-keyring",
        "--key-file",
        str(tmp_path / "k2"),
    )
    assert ended.code == 2
    assert not (tmp_path / "k2").exists()


def test_an_init_that_comes_to_nothing_leaves_nothing(run: Run, tmp_path: Path) -> None:
    recovery = tmp_path / "r"
    recovery.write_text("mine")
    for line in (
        [
            "--vault",
            str(tmp_path / "v"),
            "init",
            "--key-file",
            str(tmp_path / "k"),
            "--recovery-to",
            str(recovery),
        ],
        [
            "--vault",
            "/proc/nope/v",
            "init",
            "--key-file",
            str(tmp_path / "k"),
            "--recovery-to",
            str(tmp_path / "r2"),
        ],
        [
            "--vault",
            str(tmp_path / "v"),
            "init",
            "--key-file",
            str(tmp_path / "k"),
            "--recovery-to",
            str(tmp_path / "k"),
        ],
        ["--vault", str(tmp_path / "Dropbox" / "v"), "init", "--key-file", str(tmp_path / "k")],
    ):
        assert run(*line, "--user", "okafor", "--no-keyring").code in (2, 9)
        assert sorted(one.name for one in tmp_path.iterdir() if one.name[0] in "krv") == ["r"]
    assert recovery.read_text() == "mine"


def test_init_answers_a_script(run: Run, tmp_path: Path) -> None:
    ended = run(
        "init", "--user", "okafor", "--no-keyring", "--key-file", str(tmp_path / "key"), "--json"
    )
    assert ended.json == {"user": "okafor", "keys": ["file", "recovery"]}
    assert (tmp_path / "key.recovery").stat().st_mode & 0o777 == 0o600


def test_help_answers_a_bare_noun(district: Run) -> None:
    ended = district("case")
    assert ended.code == 0
    assert "Example: reintegrate" in ended.out


def test_the_program_alone_shows_today_and_without_a_vault_how_to_begin(
    run: Run, district: Run, tmp_path: Path
) -> None:
    assert district().out == district("today").out
    assert district("--json").code == 2
    begun = run("--vault", str(tmp_path / "none.vault"))
    assert (begun.code, begun.err) == (0, "")
    words = ("demo", "init", "--help")
    assert [row.split()[1] for row in begun.out.splitlines()] == list(words)


def test_every_verb_has_help_that_ends_with_an_example(district: Run) -> None:
    from reintegrate_cli.catalogue import BY_NAME as NOUNS
    from reintegrate_cli.line.typed import verbs_of

    for noun in NOUNS:
        for name in verbs_of(noun):
            line = [noun] if name == noun else [noun, name]
            shown = district(*line, "--help")
            assert shown.code == 0
            last = shown.out.strip().splitlines()
            assert any("Example: reintegrate" in one for one in last[-3:]), line


def test_a_schema_is_printed_for_every_form(district: Run) -> None:
    shown = district("schema", "checkin", "schedule")
    assert shown.code == 0
    properties = shown.json["properties"]
    assert properties["with"]["enum"] == ["student", "caregiver", "partner", "staff"]
    assert properties["words"]["x-option"] is None
    assert properties["starts_on"]["x-option"] == "--starts"
    assert shown.json["required"] == ["with", "mode"]


def test_keys_of_from_take_both_names(district: Run, case: str) -> None:
    ended = district(
        "partner",
        "add",
        "ACCAC",
        "--json",
        given={"kind": "child_advocacy_center", "specialties": ["sex"], "area": ["north"]},
    )
    assert (ended.json["specialties"], ended.json["areas"]) == (["sex"], ["north"])
    twice = district("partner", "add", "VSAS", "--kind", "other", "--json", given={"kind": "legal"})
    assert twice.code == 2


def test_nothing_that_steers_a_terminal_is_printable() -> None:
    import re

    # What is printable is not looked at any further.
    steering = re.findall(cleaning.UNSAFE, "".join(map(chr, range(0x110000))))
    assert len(steering) > 2000
    assert not any(char.isprintable() for char in steering)


def test_stored_text_cannot_steer_a_terminal(district: Run, case: str) -> None:
    hostile = "a\u001b[31mb\u009b31mc\u202ed\u0007e\u001b]0;title\u0007f"
    district("case", "note", case, given={"text": hostile})
    shown = district("case", "show", case)
    told = district("case", "show", case, "--json")
    for out in (shown.out, told.out):
        assert not set("\u001b\u009b\u202e\u0007") & set(out)
    assert told.json["notes"][0]["text"] == hostile


def test_a_cell_is_never_a_formula(district: Run) -> None:
    from reintegrate_cli.core.cleaning import inert

    for start in ("=1", "+1", "-1", "@x", "\t=1", " =1", "\uff1d1"):
        assert inert(start).startswith("'")
    assert inert("plain") == "plain"


def test_what_was_saved_and_not_printed_is_not_called_lost(district: Run) -> None:
    line = [
        sys.executable,
        "-m",
        "reintegrate_cli",
        "case",
        "add",
        "--school",
        "R",
        "--setting",
        "home",
    ]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            line,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=dict(os.environ),
            stdin=subprocess.DEVNULL,
        )
    assert ended.returncode == 9
    assert "it was saved" in ended.stderr
    assert len(district("case", "list", "--json").json["items"]) == 1


def test_a_reader_that_goes_away_is_no_fault(district: Run, case: str) -> None:
    line = f"{sys.executable} -m reintegrate_cli case list | true; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert ended.stdout.strip() == "0"
    assert ended.stderr == ""


def test_input_that_is_no_json_object_is_two(
    district: Run, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in (
        "",
        "[]",
        "{",
        '{"text": NaN}',
        '{"text": "a", "text": "b"}',
        '{"text": 1.5}',
        '{"text": {"a": 1}}',
        '{"canary": "x"}',
        '{"text": "\\ud800"}',
        "[" * 100_000,
    ):
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        ended = district("case", "note", case, "--from", "-")
        assert ended.code == 2, (text[:20], ended.err)


def test_a_closed_case_takes_no_new_schedule(district: Run, full: str) -> None:
    district("case", "close", full, "--reason", "moved")
    ended = district(
        "checkin", "schedule", full, "--with", "staff", "--who", "lee", "--mode", "phone"
    )
    assert ended.code == 2
    assert "reopen" in ended.err


def test_barred_is_a_flag_and_a_barred_person_is_not_contacted(district: Run, case: str) -> None:
    district("care", "add", case, "--role", "relative")
    barred = district(
        "care",
        "family",
        case,
        "K1",
        "--appropriate",
        "no",
        "--decided-by",
        "okafor",
        "--barred",
        "--json",
    )
    assert barred.json["barred"] is True
    refused = district(
        "care", "family", case, "K1", "--appropriate", "yes", "--decided-by", "okafor", "--json"
    )
    assert (refused.code, refused.error["rule"]) == (4, "E9")
    lifted = district(
        "care",
        "family",
        case,
        "K1",
        "--appropriate",
        "yes",
        "--decided-by",
        "okafor",
        "--no-barred",
        "--json",
    )
    assert lifted.json["barred"] is False


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (["case", "list", "--nonsense"], 2),
        (["case", "close", "ZZZZ", "--reason", "moved"], 9),
        (["case", "show", "ZZZZ"], 9),
        (["staff", "add", "lee", "--role", "teacher"], 9),
        (["case", "note", "ZZZZ", "--no-input"], 2),
        (["checkin", "schedule", "ZZZZ", "--with", "staff", "--mode", "phone"], 2),
        (
            [
                "checkin",
                "schedule",
                "ZZZZ",
                "--with",
                "student",
                "--mode",
                "phone",
                "--every",
                "1m",
                "--day",
                "tue",
            ],
            2,
        ),
    ],
)
def test_the_line_is_checked_before_the_vault(run: Run, line: list[str], code: int) -> None:
    assert run(*line).code == code


def test_what_is_wrong_is_named_before_who_is_in_the_way(district: Run, case: str) -> None:
    from reintegrate_cli.kept import engines

    with engines.named().lock():
        assert district("case", "list").code == 0  # readers need no lock
        busy = district("case", "pause", case, "--json")
        assert (busy.code, busy.error["kind"]) == (6, "busy")
        assert district("case", "pause", "ZZZZ").code == 5
        refused = district(
            "checkin", "schedule", case, "--with", "student", "--every", "1w", "--mode", "phone"
        )
        assert refused.code == 4
    assert district("case", "list", "--json").json["items"][0]["status"] == "intake"
