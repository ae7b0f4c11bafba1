"""Every wait has an end, and nothing is said to be saved that is in no file any more."""

import ast
import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Run
from reintegrate_cli import keys
from reintegrate_cli.core.errors import Busy, Settings
from reintegrate_cli.keys import disk
from reintegrate_cli.vault import backups, files, locking

SOURCE = Path(disk.__file__).parents[1]


def calls(name: str) -> set[str]:
    """Name the modules that call something, such as ``os.open``."""
    return {
        file.relative_to(SOURCE).as_posix()
        for file in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name
    }


def test_law_11_every_lock_and_every_file_goes_through_one_door() -> None:
    assert calls("fcntl.flock") == {"keys/disk.py"}
    # Besides files: the nowhere that stands for a closed stream, and the folder of packets.
    assert calls("os.open") == {
        "keys/disk.py",
        "keys/keychain.py",
        "line/speech.py",
        "kept/exports.py",
    }


def test_law_11_every_wait_has_an_end_and_every_file_is_read_up_to_a_bound() -> None:
    # Besides: the nowhere, what the system or this program itself wrote, and what the parent of
    # the keychain's child hands to it.
    assert calls("open") == {"cli.py"}
    reads: dict[str, set[str]] = {}
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            name, given = node.func.attr, {one.arg for one in node.keywords}
            where = file.relative_to(SOURCE).as_posix()
            if name in ("run", "communicate", "check_output") and "subprocess" in file.read_text():
                assert "timeout" in given or ast.unparse(node.func) == "verb.run", where
            if name in ("read_text", "read_bytes") or (
                name == "read" and not node.args and not given
            ):
                reads.setdefault(where, set()).add(name)
    assert reads == {
        "commands/doctor.py": {"read_text"},
        "line/wording.py": {"read_text"},
        "keys/keychain.py": {"read"},
        "server/schema.py": {"read_text"},
    }


def test_somebody_elses_lock_on_the_folder_of_packets_is_waited_for_no_longer_than_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reintegrate_cli.kept import exports

    monkeypatch.setattr(exports, "LOCK_SECONDS", 0.1)
    held = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Busy, match="at work in that folder"), exports.in_turn(tmp_path):
            raise AssertionError
        fcntl.flock(held, fcntl.LOCK_UN)
        with exports.in_turn(tmp_path):
            pass
    finally:
        os.close(held)


def test_disclose_beside_somebody_elses_lock_ends_busy(
    district: Run, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reintegrate_cli.kept import exports

    monkeypatch.setattr(exports, "LOCK_SECONDS", 0.1)
    district("partner", "add", "MERID", "--kind", "mental_health", given={"name": "Meridian"})
    held = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        ended = district(
            "disclose",
            case,
            "--to",
            "MERID",
            "--records",
            "attendance",
            "--out",
            str(tmp_path),
            "--recipient-key",
            str(tmp_path / "pub"),
        )
    finally:
        os.close(held)
    assert ended.code == 6, ended.err


@pytest.mark.parametrize("beside", ["", ".lock", ".torn", ".ballast"])
def test_a_pipe_in_the_place_of_a_file_is_waited_for_by_nobody(
    district: Run, case: str, tmp_path: Path, beside: str
) -> None:
    path = tmp_path / "vault" / "caseload.vault"
    place = path.with_name(path.name + beside)
    kept = path.read_bytes()
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    if beside == ".torn":
        path.write_bytes(kept + b"never finished")
    ended = district("case", "note", case, given={"text": "seen at lunch"})
    assert ended.code == (0 if beside in (".torn", ".ballast") else 9), ended.err
    assert not ended.code or "plain file" in ended.err


@pytest.mark.parametrize("what", ["key", "passphrase", "district.toml", "identity", "archive"])
def test_a_pipe_in_the_place_of_what_is_read_is_named(
    district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    words = tmp_path / "words"
    keys.create_private(words, "lantern orchard velvet nine boats\n")
    line = ["case", "list"]
    if what == "key":
        monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(pipe))
    elif what == "passphrase":
        monkeypatch.delenv("REINTEGRATE_KEY_FILE")
        monkeypatch.setenv("REINTEGRATE_PASSPHRASE_FILE", str(pipe))
    elif what == "district.toml":
        monkeypatch.setenv("REINTEGRATE_CONFIG", str(pipe))
        line = ["agenda"]
    elif what == "identity":
        line = ["vault", "import", str(words), "--identity-file", str(pipe)]
    else:
        line = ["vault", "import", str(pipe), "--passphrase-file", str(words)]
    ended = district(*line)
    assert ended.code == 9, ended.err
    assert "plain file" in ended.err


def test_a_vault_with_two_names_is_refused(district: Run, case: str, tmp_path: Path) -> None:
    path = tmp_path / "vault" / "caseload.vault"
    second = tmp_path / "second.vault"
    os.link(path, second)
    before = path.read_bytes()
    for named in (path, second):
        for line in (["agenda"], ["case", "resume", case], ["vault", "verify", str(named)]):
            ended = district("--vault", str(named), *line)
            assert (ended.code, "hard link" in ended.err) == (9, True), line
    assert path.read_bytes() == before
    second.unlink()
    assert district("agenda").code == 0


def test_what_a_killed_maker_left_is_no_second_name(district: Run, tmp_path: Path) -> None:
    path = tmp_path / "vault" / "caseload.vault"
    os.link(path, path.with_name(f"{path.name}.0123456789ab.new"))
    assert district("task", "add", "--due", "2026-10-09", given={"text": "x"}).code == 0
    assert path.stat().st_nlink == 1


@pytest.mark.parametrize(
    "name", ["x.vault.lock", "x.torn", "x.vault.ballast", "x.0123.new", "x.before-20261001T120000Z"]
)
def test_a_name_of_the_programs_own_is_no_name_for_a_vault(
    district: Run, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / "vault" / name
    copy = district("vault", "backup", str(tmp_path / "copies"), "--json").json["file"]
    shutil.copy(copy, path)
    if ".before-" not in name:  # what a restore set aside may be looked at
        looked = district("--vault", str(path), "agenda")
        assert (looked.code, "files of its own" in looked.err) == (9, True), looked.err
    for line in (["task", "add", "--due", "2026-10-09"], ["vault", "restore", copy, "--replace"]):
        ended = district(
            "--vault",
            str(path),
            *line,
            "--no-input",
            **({"given": {"text": "x"}} if line[0] == "task" else {}),
        )
        assert (ended.code, "files of its own" in ended.err) == (9, True), ended.err
    assert path.read_bytes() == Path(copy).read_bytes()
    path.unlink()
    made = district(
        "--vault",
        str(path),
        "init",
        "--user",
        "okafor",
        "--no-keyring",
        "--key-file",
        str(tmp_path / "k"),
    )
    assert (made.code, path.exists(), (tmp_path / "k").exists()) == (9, False, False)


def test_a_former_vault_that_was_set_aside_can_still_be_read(district: Run, tmp_path: Path) -> None:
    copy = district("vault", "backup", str(tmp_path / "copies"), "--json").json["file"]
    assert district("vault", "restore", copy, "--replace").code == 0
    aside = next((tmp_path / "vault").glob("*.before-*"))
    assert district("vault", "verify", str(aside)).code == 0
    assert district("vault", "restore", str(aside), "--replace").code == 0


def test_a_purge_tidies_up_what_a_restore_set_aside_and_nothing_of_a_like_name(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x.vault"
    for end in (".before-20261001T120000Z", ".before-the-move", ".torn"):
        path.with_name(path.name + end).touch()
    assert [file.name for file in backups.forget_asides(path)] == [
        "x.vault.before-20261001T120000Z"
    ]
    assert [file.name for file in tmp_path.iterdir()] == ["x.vault.before-the-move"]


Spoil = Callable[[Path], object]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize(
    "spoil",
    [
        Path.unlink,
        lambda path: path.rename(path.with_name("moved.vault")),
        lambda path: shutil.copy(path, path.with_name("c")) and path.with_name("c").replace(path),
    ],
    ids=["removed", "moved", "replaced"],
)
def test_a_note_that_is_in_no_file_any_more_is_not_acknowledged(
    district: Run, case: str, tmp_path: Path, spoil: Spoil
) -> None:
    path, note = tmp_path / "vault" / "caseload.vault", tmp_path / "note.json"
    note.write_text('{"text": "seen at lunch"}')
    size = path.stat().st_size
    # The flush takes two seconds, as on a disk that sleeps; meanwhile the file goes.
    slowly = ["strace", "-f", "-o", os.devnull, "-e", "inject=fdatasync:delay_exit=2000000"]
    child = subprocess.Popen(
        [
            *slowly,
            sys.executable,
            "-m",
            "reintegrate_cli",
            "case",
            "note",
            case,
            "--from",
            str(note),
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    while path.stat().st_size == size and child.poll() is None:
        time.sleep(0.01)
    assert child.poll() is None
    spoil(path)
    _, said = child.communicate(timeout=60)
    assert (child.returncode, "not known whether it was saved" in said) == (9, True), said


def test_a_file_written_anew_is_looked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.vault"
    path.touch(0o600)
    sync = files.sync_folder

    def replaced_meanwhile(folder: Path) -> None:
        sync(folder)
        path.unlink()
        path.touch(0o600)

    monkeypatch.setattr(files, "sync_folder", replaced_meanwhile)
    with pytest.raises(Settings, match="not known whether it was saved"):
        files.replace(path, lambda to: disk.write_all(to, b"x"))


def test_a_lock_is_waited_for_until_its_time_is_up_and_is_had_at_once_where_it_is_free(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x.vault"
    with locking.lock(path), pytest.raises(Busy):
        locking.lock(path, wait=0).acquire()
    with locking.lock(path, wait=0):
        pass


@pytest.mark.parametrize("end", [".lock", ".torn", ".ballast", ".0123456789ab.new"])
def test_nothing_that_is_kept_is_written_where_the_program_tidies_up(
    district: Run, tmp_path: Path, end: str
) -> None:
    place = tmp_path / "vault" / f"caseload.vault{end}"
    words = tmp_path / "words"
    keys.create_private(words, "lantern orchard velvet nine boats\n")
    place.unlink(missing_ok=True)
    for line in (
        ["vault", "export", str(place), "--passphrase-file", str(words)],
        ["agenda", "--ics", str(place)],
        ["vault", "key", "add", "--key-file", str(place)],
        ["vault", "key", "add", "--recovery-to", str(place)],
    ):
        ended = district(*line)
        assert (ended.code, "files of its own" in ended.err) == (9, True), (line, ended.err)
    assert not place.exists() or end in (".lock", ".ballast")


def test_only_what_a_killed_writer_left_is_swept_away(district: Run, tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    mine = [
        folder / "caseload.vault.new",
        folder / "caseload.vault.mine.new",
        folder / "caseload.vault.md",
    ]
    for file in mine:
        file.write_text("mine")
    (folder / "caseload.vault.00ffee00ffee.new").touch()
    assert district("task", "add", "--due", "2026-10-09", given={"text": "x"}).code == 0
    left = {file.name for file in folder.iterdir()}
    assert left >= {file.name for file in mine}
    assert "caseload.vault.00ffee00ffee.new" not in left
