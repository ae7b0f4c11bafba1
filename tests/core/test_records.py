"""Every field says who may see it, and what is private or secret stays where it belongs."""

import importlib
import pkgutil
from pathlib import Path
from typing import Annotated, get_origin

import pytest

import reintegrate_cli
from conftest import Run
from reintegrate_cli.cli import main
from reintegrate_cli.core.records import CASE_ALPHABET, fields_of, is_form


def all_records() -> list[type]:
    found = []
    for module in pkgutil.walk_packages(reintegrate_cli.__path__, "reintegrate_cli."):
        if module.name.endswith("__main__"):
            continue
        loaded = importlib.import_module(module.name)
        for value in vars(loaded).values():
            if is_form(value):
                # Records, views and forms annotate every field; parsing helpers none.
                kinds = [get_origin(one) for one in vars(value).get("__annotations__", {}).values()]
                if Annotated in kinds:
                    found.append(value)
    return found


def test_every_field_of_every_record_has_a_class() -> None:
    records = all_records()
    assert len(records) > 30
    for record in records:
        assert fields_of(record), record


SECRETS = {
    "safe_name": "canary-safe",
    "legal_name": "canary-legal",
    "pronouns": "canary-pronouns",
    "languages": "canary-languages",
    "birth_date": "2009-02-27",
}


def test_canaries_show_in_no_list_no_error_and_no_file(district: Run, tmp_path: Path) -> None:
    added = district(
        "case", "add", "--school", "Ridgeline", "--setting", "home", "--json", given=SECRETS
    )
    ref = added.json["ref"]
    outputs = [added]
    outputs.append(district("case", "note", ref, given={"text": "canary-note"}))
    outputs.append(district("task", "add", "--due", "fri", given={"text": "canary-task"}))
    outputs.append(
        district(
            "partner",
            "add",
            "HARBOR",
            "--kind",
            "other",
            given={"name": "canary-partner", "contact": "canary-contact"},
        )
    )
    outputs.append(
        district(
            "care",
            "add",
            ref,
            "--role",
            "caregiver",
            given={
                "name": "canary-mother",
                "contact": "canary-phone",
                "purpose": "canary-purpose",
                "may_know": "canary-know",
            },
        )
    )
    outputs.append(
        district(
            "checkin",
            "schedule",
            ref,
            "--with",
            "student",
            "--every",
            "1w",
            "--mode",
            "phone",
            given={"chosen_by": "student", "chosen_on": "2026-09-30", "words": "canary-words"},
        )
    )
    assert all(one.code == 0 for one in outputs), [one.err for one in outputs]
    outputs.append(
        district("contact", "set", ref, given={"mode": "we_contact", "surplus": "canary-surplus"})
    )
    outputs.append(district("case", "note", ref, "canary argument"))
    outputs.append(district("case", "add", "--school", "canary school", "--setting", "home"))
    outputs.append(district("case", "show", "canary name"))
    for noun, verb in (
        ("case", "list"),
        ("task", "list"),
        ("partner", "list"),
        ("care", "list"),
        ("checkin", "list"),
        ("checkin", "schedules"),
        ("staff", "list"),
        ("agenda", ""),
    ):
        for form in ([], ["--json"], ["--csv"]):
            outputs.append(district(noun, *([verb] if verb else []), *form))
    for ended in outputs:
        assert "canary" not in ended.out + ended.err
        assert SECRETS["birth_date"] not in ended.out + ended.err
    # The home, the state folder, what is beside the vault: no file anywhere holds one.
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert b"canary" not in file.read_bytes(), file
    shown = district("case", "show", ref, "--json").out
    assert "canary-note" in shown
    assert "canary-words" in shown
    assert "canary-legal" not in shown


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (["case", "list", "--vault"], 2),
        (["nonsense"], 2),
        (["case", "shwo"], 2),
        (["case", "show", "ZZZZ"], 5),
        (["case", "show", "Maya"], 5),
        (["case", "note", "ZZZZ", "--no-input"], 2),
        (["checkin", "done", "ZZZZ", "--on", "blurgh"], 2),
        (["checkin", "done", "ZZZZ", "--on", "14"], 2),
        (["staff", "add", "2bad", "--role", "teacher"], 2),
        (["staff", "add", "lee", "--role", "no such thing"], 4),
        (["agenda", "--days", "many"], 2),
        (["--today", "someday", "agenda"], 2),
    ],
)
def test_bad_input_has_its_exit_code_a_sentence_and_no_traceback(
    district: Run, line: list[str], code: int
) -> None:
    ended = district(*line)
    assert ended.code == code, ended.err
    assert ended.err
    assert "Traceback" not in ended.err
    assert ended.err[0] == ended.err[0].lower()


def test_find_says_where_a_word_stands_and_not_what_stands_there(district: Run) -> None:
    added = district(
        "case", "add", "--school", "Ridgeline", "--setting", "home", "--json", given=SECRETS
    )
    ref = added.json["ref"]
    district("case", "note", ref, given={"text": "asked about the canary club"})
    found = district("find", "--json", given={"text": "Canary"})
    assert found.json["items"] == [{"noun": "notes", "case": ref, "id": "N1", "field": "text"}]
    assert "club" not in found.out
    assert district("find", "--json", given={"text": "canary-legal"}).json["items"] == []


def test_no_vault_yet_is_nine_and_says_what_to_do(run: Run) -> None:
    ended = run("case", "list")
    assert ended.code == 9
    assert "reintegrate init" in ended.err


def test_a_wrong_key_is_three(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reintegrate_cli import keys

    keys.create_key_file(tmp_path / "other")
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "other"))
    assert district("case", "list").code == 3
    monkeypatch.delenv("REINTEGRATE_KEY_FILE")
    monkeypatch.setenv("REINTEGRATE_PASSPHRASE_FILE", str(tmp_path / "recovery"))
    assert district("case", "list").code == 0


def test_damage_is_seven_and_is_left_as_it_is(district: Run, tmp_path: Path) -> None:
    path = tmp_path / "vault" / "caseload.vault"
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    path.write_bytes(data)
    assert district("case", "add", "--school", "R", "--setting", "home").code == 7
    assert path.read_bytes() == bytes(data)


def test_a_ref_is_made_of_the_alphabet(district: Run, case: str) -> None:
    assert len(case) == 4
    assert set(case) <= set(CASE_ALPHABET)


def test_version_needs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("reintegrate ")


def test_the_demo_district_has_twelve_cases_and_nine_partners(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = run("demo")
    assert made.code == 0, made.err
    folder = next(tmp_path.glob("reintegrate-demo-*"))
    monkeypatch.setenv("REINTEGRATE_VAULT", str(folder / "caseload.vault"))
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(folder / "key"))
    assert len(run("case", "list", "--json").json["items"]) == 12
    assert len(run("partner", "list", "--json").json["items"]) == 9
    assert run("demo", "--remove").code == 0
    assert not folder.exists()


def test_a_crash_report_holds_no_value(
    district: Run, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reintegrate_cli.nouns.case import record as cases

    def broken(*_args: object, **_named: object) -> None:
        raise ValueError("canary value")

    monkeypatch.setattr(cases, "status", broken)
    ended = district("case", "show", case)
    assert ended.code == 1
    assert "canary" not in ended.err + ended.out
    report = next((tmp_path / "xdg_state_home").rglob("crash.txt"))
    text = report.read_text()
    assert "canary" not in text
    assert "ValueError" in text
    assert case not in text
    assert report.stat().st_mode & 0o077 == 0
