"""What a command may not load: speed is a feature, and this holds it without a clock."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Run

HEAVY = [
    "keyring",
    "rich",
    "smtplib",
    "email",
    "argon2",
    "pydantic",
    "hypothesis",
    "dateutil.parser",
    "zoneinfo",
    "platformdirs",
    "asyncio",
    "icalendar",
    "pyrage",
    "prompt_toolkit",
    "psycopg2",
    "reintegrate_cli.line.interview",
    "reintegrate_cli.server",
]
TYPER_AND_STORE = [*HEAVY, "typer", "tinydb", "cryptography", "msgspec"]
PLAIN = [*HEAVY, "typer"]
NOTHING = [*TYPER_AND_STORE, "dataclasses", "json", "shutil", "ctypes"]
NO_TYPER = [*HEAVY, "typer", "tinydb", "cryptography"]

SCRIPT = (
    "import sys\nfrom reintegrate_cli.cli import main\n"
    "main(sys.argv[2:])\n"
    "print([name for name in sys.argv[1].split(',') if name in sys.modules], file=sys.stderr)"
)


@pytest.mark.parametrize(
    ("line", "banned"),
    [
        (["--version"], [*TYPER_AND_STORE, "typing", "os.path.nothing"]),
        (["agenda", "--week", "--json"], PLAIN),
        (["case", "list", "--csv"], PLAIN),
        (["remind"], PLAIN),
    ],
)
def test_a_command_loads_only_what_it_uses(
    district: Run, tmp_path: Path, line: list[str], banned: list[str]
) -> None:
    config = tmp_path / "plain.toml"
    config.write_text("")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, ",".join(banned), *line],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "REINTEGRATE_CONFIG": str(config)},
    )
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="dataclasses itself makes use of inspect")
def test_a_process_of_its_own_leaves_out_what_others_import_for_a_rare_end(
    district: Run, tmp_path: Path
) -> None:
    config = tmp_path / "plain.toml"
    config.write_text("")
    script = (
        "import os, sys\nfrom reintegrate_cli.cli import run\n"
        "asked, sys.argv[1:] = sys.argv[1].split(','), sys.argv[2:]\n"
        "os._exit = lambda code: print([name for name in asked if name in sys.modules], code)\n"
        "run()"
    )
    banned = "ast,dis,tokenize,typing_extensions,shutil,threading"  # what inspect loads
    done = subprocess.run(
        [sys.executable, "-c", script, banned, "agenda", "--week", "--json"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "REINTEGRATE_CONFIG": str(config)},
    )
    assert done.stdout.splitlines()[-1] == "[] 0"


def test_what_is_put_off_is_there_when_it_is_used() -> None:
    script = (
        "import sys\nfrom reintegrate_cli.startup import put_off\nput_off('inspect', 'textwrap')\n"
        "import inspect, textwrap\nprint('tokenize' in sys.modules)\nfrom inspect import cleandoc\n"
        "print(textwrap.dedent('  a'), inspect.isclass(int), cleandoc(' b'), 'ast' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "a", "True", "b", "True"]


def test_the_agenda_loads_no_noun_of_which_there_is_no_record(district: Run, case: str) -> None:
    from reintegrate_cli.core.rows import SOURCES
    from reintegrate_cli.nouns.case.timeline import TELLERS

    assert district("need", "add", case, "--area", "transport", "--every", "1d").code == 0
    nouns = {f"reintegrate_cli.{name}" for name in (*SOURCES.values(), *TELLERS.values())}
    # The need belongs to a case, and ``case`` has a schedule.
    known = {"reintegrate_cli.nouns.need.record", "reintegrate_cli.nouns.case.record"}
    banned = ",".join(sorted(nouns - known))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, banned, "agenda", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "[]"
    met = subprocess.run(
        [sys.executable, "-c", SCRIPT, "reintegrate_cli.nouns.need.record", "agenda", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert met.stderr.splitlines()[-1] == "['reintegrate_cli.nouns.need.record']"


@pytest.mark.parametrize("verb", ["show", "timeline"])
def test_a_case_loads_no_noun_of_which_it_has_no_record(
    district: Run, case: str, verb: str
) -> None:
    assert district("goal", "add", case, "--horizon", "long", given={"words": "x"}).code == 0
    nouns = ["goal", "credit", "need", "connection"]
    asked = ",".join(f"reintegrate_cli.nouns.{name}.record" for name in nouns)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, asked, "case", verb, case, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "['reintegrate_cli.nouns.goal.record']"
    if verb == "show":
        shown = json.loads(done.stdout)
        assert [shown[key] for key in ("schooling", "credits", "needs", "connections")] == [
            None,
            [],
            [],
            [],
        ]


@pytest.mark.parametrize(
    ("line", "banned"),
    [
        (["--help"], NOTHING),
        (["csae"], NOTHING),
        (["--nosuch"], NOTHING),
        (["case", "--help"], NO_TYPER),
        (["case", "creat"], NO_TYPER),
        (["case", "add", "--help"], NO_TYPER),
        (["case", "add", "--schol", "x"], NO_TYPER),
        (["case", "show"], NO_TYPER),
        (["help", "dates"], NO_TYPER),
    ],
)
def test_help_and_usage_errors_open_nothing(line: list[str], banned: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, ",".join(banned), *line],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("line", "banned", "offered"),
    [
        (["ca"], NOTHING, ["care", "case"]),
        (["case", "re"], NO_TYPER, ["reveal", "resume", "reopen"]),
        (["case", "list", "--sc"], NO_TYPER, ["--school"]),
    ],
)
def test_one_tab_opens_nothing(line: list[str], banned: list[str], offered: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, ",".join(banned), *line],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "_REINTEGRATE_COMPLETE": "fish"},
    )
    assert [one.partition("\t")[0] for one in done.stdout.splitlines()] == offered
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_refs_are_offered_without_a_record_being_read(district: Run, case: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, ",".join(PLAIN), "case", "show", ""],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "_REINTEGRATE_COMPLETE": "fish"},
    )
    assert done.stdout.split() == [case]
    assert done.stderr.splitlines()[-1] == "[]"


def test_a_function_is_taken_out_of_a_module_that_loads_when_it_is_called() -> None:
    script = (
        "import sys\nfrom reintegrate_cli.startup import functions_later\n"
        "with functions_later('fractions', 'colorsys', 're'):\n"
        "    from fractions import Fraction\n    import re, colorsys\n"
        "    half = colorsys.hls_to_rgb(0, 0.5, 0)[0]\n"
        "print('fractions' in sys.modules, half, 'colorsys' in sys.modules, re.escape('.'))\n"
        "print(Fraction(1, 2), 'fractions' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["False 0.5 True \\.", "1/2 True"]
