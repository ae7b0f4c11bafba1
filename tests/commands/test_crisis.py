"""``crisis`` answers whatever is locked, missing, damaged or malformed (F8)."""

from pathlib import Path

import pytest

from conftest import Run
from reintegrate_cli.core.crisis import MOST_NUMBERS, MOST_STEPS, rescued

OWN = """
[crisis]
steps = ["Stay with the student.", "Call the counselor on duty."]
numbers = { "911" = "emergency", "555-0100" = "counselor on duty" }
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "district.toml"
    path.write_text(f'time_zone = "America/New_York"\n{OWN}')
    monkeypatch.setenv("REINTEGRATE_CONFIG", str(path))
    return path


def test_it_shows_the_districts_own_steps_without_a_vault(run: Run, config: Path) -> None:
    shown = run("crisis")
    assert shown.code == 0
    assert shown.out == (
        "911       emergency\n555-0100  counselor on duty\n\n"
        "1.  Stay with the student.\n2.  Call the counselor on duty.\n"
    )
    assert shown.err == ""


def test_without_a_file_it_names_the_two_numbers_and_how_to_set_your_own(run: Run) -> None:
    shown = run("crisis")
    assert shown.code == 0
    assert shown.out.splitlines()[:2] == ["911  emergency", "988  crisis line, by call or text"]
    assert "[crisis] of district.toml" in shown.err


@pytest.mark.parametrize(
    "before", ["time_zone = ", "nosuch = 1", "closures = 3", "[[[", 'schools = ["x"\n'], ids=str
)
def test_a_file_that_is_wrong_elsewhere_keeps_nobody_from_them(
    run: Run, config: Path, before: str
) -> None:
    config.write_text(f"{before}\n{OWN}")
    shown = run("crisis")
    assert shown.code == 0
    assert "555-0100" in shown.out
    assert "district.toml" in shown.err


@pytest.mark.parametrize("text", ["[crisis]\nsteps = 3\n", "[crisis\n", "\0", "[crisis]\n"])
def test_one_that_is_wrong_itself_gives_the_two_numbers(run: Run, config: Path, text: str) -> None:
    config.write_text(text)
    shown = run("crisis")
    assert shown.code == 0
    assert shown.out.startswith("911  emergency\n988  ")


def test_a_damaged_vault_and_a_file_that_is_not_there_change_nothing(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = tmp_path / "caseload.vault"
    for path in tmp_path.rglob("*.vault"):
        vault = path
    vault.write_bytes(b"not a vault")
    monkeypatch.delenv("REINTEGRATE_KEY_FILE")
    assert district("crisis").code == 0
    monkeypatch.setenv("REINTEGRATE_CONFIG", str(tmp_path / "nowhere.toml"))
    shown = district("crisis")
    assert (shown.code, shown.out[:3]) == (0, "911")


def test_the_longest_that_is_taken_fits_one_screen(run: Run, config: Path) -> None:
    steps = [f"{place}" + " of the steps" * 11 for place in range(MOST_STEPS)]
    numbers = ", ".join(f'"555-010{place}" = "somebody"' for place in range(MOST_NUMBERS))
    config.write_text(f"[crisis]\nsteps = {steps}\nnumbers = {{ {numbers} }}\n".replace("'", '"'))
    shown = run("crisis")
    assert len(shown.out.splitlines()) < 24
    assert run("crisis", "--json").json["from_district"] is True
    config.write_text(f"[crisis]\nsteps = {[*steps, 'more']}\n".replace("'", '"'))
    assert run("agenda").code == 9


def test_only_a_section_of_that_name_is_rescued() -> None:
    assert rescued('[crisisline]\nsteps = ["x"]\n') is None
    assert rescued('nosuch\n[crisis]\nsteps = ["x"]\n[language]\nreplace = ') is not None
