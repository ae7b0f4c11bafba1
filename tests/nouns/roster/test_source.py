"""Where a set comes from: hostile zips, folders that are none, and bytes by chance."""

import os
import random
import stat
import struct
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from nouns.roster import sets
from nouns.roster.sets import LINKED, bulk
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.nouns.roster import oneroster, rows, source
from reintegrate_cli.nouns.roster.oneroster import Import, read_set, rejected_rows
from reintegrate_cli.nouns.roster.standard import FILES

TODAY = date.fromisoformat(sets.TODAY)


def read(path: Path) -> Import:
    return read_set(path, LINKED, today=TODAY)


def entry(name: str, *, mode: int = 0o100644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


HOSTILE: dict[str, tuple[Callable[[zipfile.ZipFile], None], str]] = {
    "too many entries": (
        lambda archive: [archive.writestr(f"x{at}", b"") for at in range(70)] and None,
        "more than 64 entries",
    ),
    "a bomb": (lambda archive: archive.writestr("bomb.csv", bytes(10 << 20)), "far more"),
    "a bomb that is read": (
        lambda archive: archive.writestr("x/bomb.csv", b"a,b\n" * (3 << 20)),
        "far more",
    ),
    "a way up": (lambda archive: archive.writestr("../users.csv", b""), "leads out"),
    "a way up within": (lambda archive: archive.writestr("x/../../users.csv", b""), "leads out"),
    "an absolute name": (
        lambda archive: archive.writestr(entry("/etc/users.csv"), b""),
        "leads out",
    ),
    "a drive": (lambda archive: archive.writestr(entry("C:\\users.csv"), b""), "leads out"),
    "a drive with a slash": (
        lambda archive: archive.writestr(entry("C:/users.csv"), b""),
        "leads out",
    ),
    "a backslash": (lambda archive: archive.writestr(entry("..\\users.csv"), b""), "leads out"),
    "an escape": (lambda archive: archive.writestr(entry("\x1b]0;x\x07.csv"), b""), "leads out"),
    "a name of nothing": (
        lambda archive: archive.writestr(entry("x//users.csv"), b""),
        "leads out",
    ),
    "the same name twice": (
        lambda archive: archive.writestr("users.csv", b"sourcedId"),
        "same name",
    ),
    "the same name in capitals": (
        lambda archive: archive.writestr("Users.CSV", b"sourcedId"),
        "same name",
    ),
    "a link": (
        lambda archive: archive.writestr(entry("notes", mode=0o120777), b"/etc/passwd"),
        "a link",
    ),
    "a pipe": (lambda archive: archive.writestr(entry("notes", mode=0o010644), b""), "a link"),
    "two manifests": (
        lambda archive: archive.writestr("old/manifest.csv", b""),
        "more than one manifest.csv",
    ),
    "a packing of blocks": (
        lambda archive: archive.writestr("notes.txt", b"x", compress_type=zipfile.ZIP_BZIP2),
        "is not read here",
    ),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("harm", HOSTILE)
def test_a_hostile_zip_is_refused_whole(harm: str, tmp_path: Path) -> None:
    path = bulk("1.2").as_zip(tmp_path / "set.zip")
    change, message = HOSTILE[harm]
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        change(archive)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Usage, match=message) as told:
        read(path)
    assert told.value.code == 2
    assert "etc" not in told.value.message
    assert sorted(tmp_path.rglob("*")) == before


def patched(data: bytes, signature: bytes, name: bytes, offset: int, change: bytes) -> bytes:
    """Change the header of one entry of a zip."""
    at = data.index(signature)
    while not data.startswith(name, at + {b"PK\1\2": 46, b"PK\3\4": 30}[signature]):
        at = data.index(signature, at + 4)
    return data[: at + offset] + change + data[at + offset + len(change) :]


@pytest.mark.parametrize("bits", [0x1, 0x41, 0x2000])
def test_an_encrypted_zip_is_refused(bits: int, tmp_path: Path) -> None:
    path = bulk("1.1").as_zip(tmp_path / "set.zip")
    path.write_bytes(
        patched(path.read_bytes(), b"PK\1\2", b"users.csv", 8, struct.pack("<H", bits))
    )
    with pytest.raises(Usage, match="encrypted"):
        read(path)


def test_entries_that_share_bytes_are_refused(tmp_path: Path) -> None:
    made = bulk("1.1")
    path = made.as_zip(tmp_path / "set.zip")
    with zipfile.ZipFile(path) as archive:
        users = archive.getinfo("users.csv").header_offset
    data = patched(path.read_bytes(), b"PK\1\2", b"classes.csv", 42, struct.pack("<L", users))
    path.write_bytes(data)
    with pytest.raises(Usage, match="overlap"):
        read(path)


@pytest.mark.parametrize("size", [100, 1 << 20, 0xFFFFFFF0])
def test_a_size_that_is_a_lie_is_found_out(size: int, tmp_path: Path) -> None:
    path = bulk("1.1").as_zip(tmp_path / "set.zip")
    path.write_bytes(
        patched(path.read_bytes(), b"PK\1\2", b"enrollments.csv", 24, struct.pack("<L", size))
    )
    with pytest.raises(Usage):
        read(path)


def test_more_bytes_than_the_budget_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = bulk("1.1")
    folder, archive = made.as_folder(tmp_path / "set"), made.as_zip(tmp_path / "set.zip")
    monkeypatch.setattr(source, "MOST_BYTES", 30_000)
    for path in (folder, archive):
        with pytest.raises(Usage, match="MiB"):
            read(path)


def test_more_rows_than_the_budget_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = bulk("1.1").as_folder(tmp_path / "set")

    few = {
        version: tuple(replace(file, most=40) for file in files) for version, files in FILES.items()
    }
    monkeypatch.setattr(oneroster, "FILES", few)
    with pytest.raises(Usage, match=r"^classes.csv has more than 40 rows$"):
        read(path)


@pytest.mark.parametrize("bytes_", [b"", b"PK", b"not a zip", b"PK\5\6" + bytes(18), bytes(70_000)])
def test_what_is_no_zip_is_told_in_one_sentence(bytes_: bytes, tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    path.write_bytes(bytes_)
    with pytest.raises(Usage):
        read(path)


def test_a_directory_as_long_as_somebody_says_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    size = 200 << 20
    with path.open("wb") as out:
        out.truncate(size)
        out.seek(size)
        out.write(b"PK\5\6" + struct.pack("<HHHHLLH", 0, 0, 1, 1, size, 0, 0))
    tracemalloc.start()
    with pytest.raises(Usage):
        read(path)
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


def test_a_place_without_a_set_is_told_in_one_sentence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").mkdir()
    for path in (
        tmp_path / "nothing",
        tmp_path / "pipe",
        tmp_path / "empty",
        Path("/dev/null"),
        Path("x\0y"),
    ):
        with pytest.raises(Usage) as told:
            read(path)
        assert str(path) not in told.value.message


def test_a_pipe_in_the_place_of_a_file_does_not_make_it_wait(tmp_path: Path) -> None:
    folder = bulk("1.1").as_folder(tmp_path / "set")
    (folder / "courses.csv").unlink()
    os.mkfifo(folder / "courses.csv")
    with pytest.raises(Usage, match=r"^courses.csv cannot be read$"):
        read(folder)
    (folder / "courses.csv").unlink()
    (folder / "courses.csv").mkdir()
    with pytest.raises(Usage, match=r"^courses.csv cannot be read$"):
        read(folder)


def test_a_folder_may_hold_the_set_one_folder_down_and_no_two(tmp_path: Path) -> None:
    bulk("1.1").as_folder(tmp_path / "sets" / "Friday")
    assert read(tmp_path / "sets").found == tuple(sorted(LINKED))
    bulk("1.1").as_folder(tmp_path / "sets" / "Monday")
    with pytest.raises(Usage, match="more than one manifest"):
        read(tmp_path / "sets")


def test_names_of_files_in_capitals_are_taken_and_twice_are_not(tmp_path: Path) -> None:
    folder = bulk("1.1").as_folder(tmp_path / "set")
    (folder / "users.csv").rename(folder / "Users.CSV")
    assert read(folder).found == tuple(sorted(LINKED))
    (folder / "users.csv").write_bytes(b"")
    with pytest.raises(Usage, match="same name"):
        read(folder)


def test_nothing_is_written_beside_a_set_or_in_a_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bulk("1.2").as_zip(tmp_path / "set.zip")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir(mode=0o500)
    before = {name: name.stat().st_mtime_ns for name in tmp_path.rglob("*")}
    read(path)
    assert {name: name.stat().st_mtime_ns for name in tmp_path.rglob("*")} == before
    assert stat.S_IMODE(path.stat().st_mode) & stat.S_IRUSR


@pytest.mark.parametrize("part", range(8))
def test_bytes_by_chance_are_an_answer_or_one_sentence(part: int, tmp_path: Path) -> None:
    chance = random.Random(part)
    made = sets.bulk("1.2", sets.District("1.2", students=42))
    whole = made.as_zip(tmp_path / "set.zip").read_bytes()
    files = made.files()
    ends: Counter[str] = Counter()
    for _ in range(60):
        data = bytearray(whole)
        if chance.random() < 0.5:
            for _ in range(chance.randint(1, 4)):
                at = chance.choice(
                    [chance.randrange(len(data)), len(data) - chance.randrange(1, 900)]
                )
                data[at] = chance.randrange(256)
            del data[chance.choice([len(data), chance.randrange(len(data))]) :]
            (tmp_path / "set.zip").write_bytes(data)
        else:
            with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
                for name, text in files.items():
                    damaged = bytearray(text)
                    for _ in range(chance.choice([0, 0, 0, 1])):
                        damaged[chance.randrange(len(damaged))] = chance.choice(
                            b'",\r\n\0\xff\t E0'
                        )
                    archive.writestr(name, bytes(damaged))
        try:
            answer = read(tmp_path / "set.zip")
            assert len(list(rejected_rows(tmp_path / "set.zip", answer.errors))) == len(
                answer.errors
            )
            ends["answer"] += 1
        except Usage as problem:
            ends["sentence" if problem.message.isprintable() else "control character"] += 1
    assert set(ends) == {"answer", "sentence"}
    assert min(ends.values()) > 3


def test_a_set_that_changed_has_no_rejected_rows(tmp_path: Path) -> None:
    made = bulk("1.1")
    made.put("enrollments", 680, "role", "pupil")
    folder = made.as_folder(tmp_path / "set")
    errors = read(folder).errors
    assert [dict(row.values)["role"] for row in rejected_rows(folder, errors)] == ["pupil"]
    (folder / "enrollments.csv").write_text(",".join(made.tables["enrollments"][0]) + "\n")
    with pytest.raises(Usage, match="changed while it was read"):
        list(rejected_rows(folder, errors))


def test_a_record_of_many_lines_has_an_end(tmp_path: Path) -> None:
    made = bulk("1.1")
    made.put("courses", 2, "title", "LONG")
    made.raw["courses.csv"] = lambda data: data.replace(b"LONG", b'"x\ny",' * 200_000)
    with pytest.raises(Usage, match=r"^courses.csv has a row without an end"):
        read(made.as_folder(tmp_path / "set"))
    assert rows.LONGEST_RECORD == 1 << 20
