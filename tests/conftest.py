"""No test can touch a real vault, key, home folder or date."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from programs import PACKAGES, missing
from reintegrate_cli.cli import main
from servers import Pool, Server, pooling, serving

# A machine that is busy with something else makes no test red.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


# What of this machine several tests would change under each other: the kernel's keyring, the
# keychain, the folder of the demo.
ONE_AFTER_ANOTHER = {
    "test_doctor",
    "test_examples",
    "test_key_commands",
    "test_keychain",
    "test_lock",
    "test_october",
    "test_prompts",
    "test_records",
    "test_remind",
    "test_resting",
    "test_pages",
    "test_vault_commands",
}


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Name a long value by its argument: a key that is made anew each time names no test."""
    long = (isinstance(val, bytes) and len(val) > 16) or (isinstance(val, str) and len(val) > 48)
    return argname if long else None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose programs are missing; with ``CI`` set none may be."""
    named = [name for mark in item.iter_markers("needs") for name in mark.args]
    if named:
        demand(*named)


def demand(*named: str) -> None:
    """Skip the test where one of these programs is missing; with ``CI`` set, fail it."""
    lacking = missing(*named)
    if lacking:
        told = "missing: " + ", ".join(f"{name} (Debian: {PACKAGES[name]})" for name in lacking)
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)


_left_out: Counter[str] = Counter()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember why a test was left out."""
    if report.skipped and isinstance(report.longrepr, tuple):
        _left_out[report.longrepr[2].removeprefix("Skipped: ")] += 1


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say in the last line what was left out."""
    if os.environ.get("PYTEST_XDIST_WORKER") is None and not config.option.collectonly:
        told = "; ".join(f"{count} for {why}" for why, count in sorted(_left_out.items()))
        print(f"left out: {told or 'nothing'}")  # noqa: T201


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file in one process, and those that share this machine as well."""
    for item in items:
        name = item.path.stem
        item.add_marker(pytest.mark.xdist_group("machine" if name in ONE_AFTER_ANOTHER else name))


SHELVES = ("file", "server")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests that are marked so over both shelves: a file, and a database."""
    if metafunc.definition.get_closest_marker("both_shelves"):
        metafunc.parametrize("shelf", SHELVES, indirect=True)


@pytest.fixture
def shelf(request: pytest.FixtureRequest) -> str:
    """What the vault of a test lies on: a file, a server, or one that a pool is before."""
    return str(getattr(request, "param", os.environ.get("REINTEGRATE_TEST_SHELF", "file")))


@pytest.fixture
def vault_named(request: pytest.FixtureRequest, shelf: str, tmp_path: Path) -> str:
    """The vault of a test, as ``--vault`` names it."""
    if shelf == "file":
        return str(tmp_path / "vault" / "caseload.vault")
    database = str(request.getfixturevalue("database"))
    return str(request.getfixturevalue("pool").url(database)) if shelf == "pool" else database


def standing() -> bytes:
    """All that is kept in the place that the environment names: a file's bytes, or every row."""
    named = os.environ["REINTEGRATE_VAULT"]
    if "://" not in named:
        return Path(named).read_bytes()
    import psycopg2

    connection = psycopg2.connect(named, options="")
    try:
        with connection.cursor() as cursor:
            said = []
            for table in ("vault", "head", "record", "aside"):
                cursor.execute(f"SELECT t::text FROM reintegrate.{table} t ORDER BY 1")  # noqa: S608
                said += [row for (row,) in cursor.fetchall()]
    finally:
        connection.close()
    return "\n".join(said).encode()


@pytest.fixture(autouse=True)
def _a_home_of_its_own(
    vault_named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    for name in ("REINTEGRATE_PASSPHRASE_FILE", "REINTEGRATE_CONFIG", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REINTEGRATE_VAULT", vault_named)
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("REINTEGRATE_TODAY", "2026-10-01")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PAGER", "cat")  # nobody is there to leave one
    return


@dataclass
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.out, self.err
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        return json.loads(self.err)["error"]


Run = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command as a person would; ``given`` is what ``--from -`` reads."""

    def run_(*args: str, given: dict[str, Any] | None = None, today: str = "") -> Ended:
        import io

        line = [*(["--today", today] if today else []), *args]
        if given is not None:
            line += ["--from", "-"]
            monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(given)))
        capsys.readouterr()
        code = main(line)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run_


def set_clock(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    """Set the machine's clock, and bear it out: what goes for good is judged by no one reading.

    Somebody wrote to the vault the day before, too.
    """
    from reintegrate_cli.kept import session

    monkeypatch.setattr(session, "now", lambda: at - timedelta(days=1))
    session.begin(None, at.date().isoformat())
    with session.writing("remind setup") as store:
        store.touch("vault")
    monkeypatch.setattr(session, "now", lambda: at)


@pytest.fixture
def district(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Alder Creek Unified with a vault, its closures, and two people on the staff."""
    config = tmp_path / "district.toml"
    config.write_text(
        'time_zone = "America/New_York"\n'
        'closures = ["2026-10-12", "2026-10-30", "2026-11-11", "2026-11-26..2026-11-27"]\n'
    )
    monkeypatch.setenv("REINTEGRATE_CONFIG", str(config))
    made = run(
        "init",
        "--user",
        "okafor",
        "--no-keyring",
        "--key-file",
        str(tmp_path / "key"),
        "--recovery-to",
        str(tmp_path / "recovery"),
    )
    assert made.code == 0, made.err
    assert run("staff", "add", "lee", "--role", "school_counselor").code == 0
    return run


@pytest.fixture
def case(district: Run) -> str:
    """A new case at Ridgeline; its ref."""
    ref: str = district("case", "add", "--school", "Ridgeline", "--setting", "home", "--json").json[
        "ref"
    ]
    return ref


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL for this process's tests, started for the first of them."""
    demand("postgres")
    with serving() as one:
        yield one


@pytest.fixture
def server(postgres: Server) -> Server:
    """A PostgreSQL, where a test asks for nothing else."""
    return postgres


@pytest.fixture(scope="session")
def pool(postgres: Server) -> Iterator[Pool]:
    """A pgbouncer before it, which gives each transaction any of two connections."""
    demand("pgbouncer")
    with pooling(postgres, "alder_cron", size=2) as one:
        yield one


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    """The URL of a new, empty database, for its superuser."""
    url = postgres.database()
    yield url
    postgres.drop(url)
