"""A key at rest, where the kernel refuses, forgets, or holds something else."""

import ctypes
from typing import Any

import pytest

from narrow import reminder_bundle, reviewer_bundle
from reintegrate_cli import keys
from reintegrate_cli.keys import resting

STORE = "5a" * 16


class Kernel:
    """A kernel that answers as it is told, and remembers what it was asked."""

    def __init__(self, *, kept: bytes = b"", size: int | None = None, refuses: int = -1) -> None:
        self.kept = kept
        self.size = len(kept) if size is None else size
        self.refuses = refuses
        self.asked: list[int] = []

    def __call__(self, number: int, *args: Any) -> int:
        add_key, keyctl = resting._CALLS["x86_64"]
        assert number in (add_key, keyctl)
        action = args[0] if number == keyctl else 0
        self.asked.append(action)
        if action == self.refuses:
            return -1
        if action == resting._READ:
            ctypes.memmove(args[2], self.kept, len(self.kept))
            return self.size
        return 7


@pytest.fixture(autouse=True)
def _a_machine_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resting, "_calls", lambda: resting._CALLS["x86_64"])


def use(monkeypatch: pytest.MonkeyPatch, kernel: Kernel) -> Kernel:
    monkeypatch.setattr(resting, "_syscall", kernel)
    return kernel


def test_a_key_that_cannot_have_its_time_or_its_rights_does_not_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for refused in (resting._SET_PERMISSION, resting._SET_TIMEOUT):
        kernel = use(monkeypatch, Kernel(refuses=refused))
        assert not resting.put(STORE, keys.new_bundle("okafor"), "mark")
        assert kernel.asked[-1] == resting._INVALIDATE
    kernel = use(monkeypatch, Kernel())
    assert resting.put(STORE, keys.new_bundle("okafor"), "mark")
    assert resting._INVALIDATE not in kernel.asked


def test_where_the_kernel_takes_no_key_nothing_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resting, "_syscall", lambda *_: -1)
    assert not resting.put(STORE, keys.new_bundle("okafor"), "mark")
    assert resting.get(STORE) is None
    assert not resting.drop(STORE)


def test_on_a_machine_without_such_a_keyring_the_kernel_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kernel = use(monkeypatch, Kernel())
    monkeypatch.setattr(resting, "_calls", lambda: None)
    assert not resting.put(STORE, keys.new_bundle("okafor"), "mark")
    assert resting.get(STORE) is None
    assert not resting.drop(STORE)
    assert kernel.asked == []


@pytest.mark.parametrize("narrow", [reminder_bundle, reviewer_bundle])
def test_a_narrow_key_is_not_even_offered(monkeypatch: pytest.MonkeyPatch, narrow: Any) -> None:
    kernel = use(monkeypatch, Kernel())
    assert not resting.put(STORE, narrow(keys.new_bundle("okafor")), "mark")
    assert kernel.asked == []


@pytest.mark.parametrize(
    ("kept", "size"),
    [
        (b"", 0),
        (b"", -1),
        (b"[]", 5000),
        (b"[]", None),
        (b"{", None),
        (b"null", None),
        (b"7", None),
        (b'["okafor", "00"]', None),
        (b'["okafor", "00", 7]', None),
        (b'["okafor", "00", "zz"]', None),
        (b"\xff", None),
    ],
)
def test_what_rests_there_and_is_no_key_opens_nothing(
    monkeypatch: pytest.MonkeyPatch, kept: bytes, size: int | None
) -> None:
    kernel = use(monkeypatch, Kernel(kept=kept, size=size))
    assert resting.get(STORE) is None
    assert resting._SET_TIMEOUT not in kernel.asked


def test_each_use_lets_the_time_begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = keys.new_bundle("okafor")
    kept = f'["okafor", "", "{bundle.data_key.hex()}", "mark"]'.encode()
    kernel = use(monkeypatch, Kernel(kept=kept))
    assert resting.get(STORE) == (bundle, "mark")
    assert kernel.asked[-1] == resting._SET_TIMEOUT
