"""Age files that nobody honest makes, and what opening one of them says."""

import os
from pathlib import Path

import pytest

from reintegrate_cli.core.errors import Damaged, Locked, Usage
from reintegrate_cli.keys import agefile, disk

WORDS = "seven quiet herons over the mill pond"


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agefile, "WORK", 1)


def test_no_archive_is_sealed_with_an_empty_passphrase() -> None:
    with pytest.raises(Usage, match="not empty"):
        agefile.seal_archive(b"{}", None, "")


def test_a_file_that_ends_with_an_empty_piece_is_damage() -> None:
    whole = b"x" * 65_536
    sealed = agefile.seal_with_words(whole, WORDS)
    assert agefile.open_archive_with_words(sealed, WORDS) == whole
    file = agefile.parse(sealed)
    (stanza,) = file.stanzas
    wrapping = agefile._stretched(WORDS, agefile._unspelled(stanza.arguments[0]), 1)
    key = agefile._unwrapped(wrapping, stanza.body)
    assert key is not None
    nonce = bytes(file.sealed[:16])
    cipher = agefile._cipher(agefile._derived(key, nonce, b"payload"))
    pieces = [
        cipher.encrypt(agefile._place(number, last=number == 1), piece, None)
        for number, piece in enumerate((whole, b""))
    ]
    start = sealed[: len(sealed) - len(file.sealed)]
    with pytest.raises(Damaged):
        agefile.open_archive_with_words(start + nonce + b"".join(pieces), WORDS)


def test_a_wrapped_key_of_another_length_is_another_key_s() -> None:
    sealed = agefile.seal_with_words(b"{}", WORDS)
    head, _, rest = sealed.partition(b" 1\n")
    wrapped, _, tail = rest.partition(b"\n")
    shorter = agefile._spelled(agefile._unspelled(wrapped.decode())[:16]).encode()
    with pytest.raises(Locked, match="does not open"):
        agefile.open_archive_with_words(head + b" 1\n" + shorter + b"\n" + tail, WORDS)


def test_a_pipe_is_read_to_its_end_where_one_will_do(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    try:
        with pytest.raises(OSError, match="No such device"):
            disk.opened(pipe, os.O_RDONLY)
        descriptor = disk.opened(pipe, os.O_RDONLY, pipe=True)
        os.write(writer, b"x")
        assert os.get_blocking(descriptor)
        assert os.read(descriptor, 8) == b"x"
        disk.shut(descriptor)
    finally:
        disk.shut(writer)
