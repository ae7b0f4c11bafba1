"""The examples do what they say."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from conftest import Run
from reintegrate_cli.kept.settings import parse_district

ROOT = Path(__file__).parent.parent


def test_the_first_week_runs_and_leaves_nothing(tmp_path: Path) -> None:
    env = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        [str(ROOT / "examples" / "first-week.sh")],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    assert "Tue 13 Oct" in done.stdout
    left = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert left == []


def test_the_example_district_is_read() -> None:
    district = parse_district((ROOT / "examples" / "district.toml").read_bytes())
    assert len(district.calendar.closures) == 5
    assert district.calendar.school_year is not None
    assert district.language is not None
    assert not district.language.replace
    assert "frequent flyer" in district.language.kinder


def test_the_example_district_says_what_its_state_asks() -> None:
    law = parse_district((ROOT / "examples" / "district.toml").read_bytes()).compensation
    assert law is not None
    assert (law.file_months, law.good_cause_months) == (36, 60)


def test_what_two_states_ask_is_taken_as_it_is(district: Run, case: str) -> None:
    today = "2026-12-01"
    line = ("case", "edit", case, "--identified-on", "2026-02-16")
    assert district(*line, today=today).code == 0
    readme = (ROOT / "examples" / "funding" / "README.md").read_text(encoding="utf-8")
    typed = re.findall(r"^\$ reintegrate (.*) --from (\S+)$", readme, re.M)
    assert len(typed) == 2
    for words, file in typed:
        given = json.loads((ROOT / "examples" / "funding" / file).read_text(encoding="utf-8"))
        ended = district(*words.split(), given=given, today=today)
        assert ended.code == 0, ended.err
        assert "nobody has said when" not in ended.err
    rows = district("fund", "sources", "--case", case, "--json", today=today).json["items"]
    assert [(row["slug"], row["file_by"], row["good_cause_by"]) for row in rows] == [
        ("CALVCB", "2033-02-16", None),
        ("FLBVC", "2029-02-16", "2031-02-16"),
    ]


def test_the_readme_holds_two_commands_that_do_all_their_own_set_up() -> None:
    readme = (ROOT / "README.md").read_text()
    lines = [line for line in readme.splitlines() if line.startswith("python3 -m venv .venv && ")]
    assert len(lines) == 2
    assert lines[0].endswith("reintegrate agenda --week")
    assert lines[1].endswith("/pytest")


def test_the_demo_line_of_the_readme_shows_a_week(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text()
    line = next(one for one in readme.splitlines() if one.endswith("reintegrate agenda --week"))
    # The set-up before the demo is what this test itself runs in.
    shown = line[line.index(".venv/bin/reintegrate demo") :].replace(
        ".venv/bin/", f"{Path(sys.executable).parent}/"
    )
    env = {**os.environ, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    for name in ("REINTEGRATE_TODAY", "REINTEGRATE_CONFIG"):
        env.pop(name, None)
    done = subprocess.run(["sh", "-c", shown], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("checkin done") >= 4
