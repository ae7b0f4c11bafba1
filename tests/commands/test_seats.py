"""What a vault in a file says to what only a server has: seats, and keys for one school."""

from pathlib import Path

import pytest

from conftest import Run


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (("seat",), 2),
        (("seat", "give", "r_1", "--as", "reader"), 2),
        (("seat", "take", "r_1"), 2),
        (("seat", "give", "r_1", "--as", "owner"), 2),
        (("seat", "give", "r_1", "--as", "school"), 2),
        (("seat", "give", "r_1", "--as", "reader", "--school", "Ridgeline"), 2),
        (("seat", "give"), 2),
        (("seat", "offer", "r_1"), 2),
        (("seat", "list", "r_1"), 4),
        (("seat", "give", "somebody we know", "--as", "reader"), 4),
        (("key", "add", "--school", "Ridgeline", "--for", "lee", "--keychain"), 2),
        (("key", "add", "--school", "Ridgeline", "--for", "lee"), 2),
    ],
)
def test_a_vault_in_a_file_has_none(district: Run, line: tuple[str, ...], code: int) -> None:
    ended = district("vault", *line, "--json")
    assert ended.code == code, ended.err
    assert ended.error["hint"]
    assert "we know" not in ended.err


def test_who_looked_is_in_the_history_of_a_file(district: Run) -> None:
    ended = district("history", "--looked", "--json")
    assert (ended.code, ended.error["fields"]) == (2, ["looked"])


def test_a_key_for_one_school_is_not_made_for_a_file(district: Run, tmp_path: Path) -> None:
    key = tmp_path / "school.key"
    line = ("vault", "key", "add", "--school", "Ridgeline", "--for", "lee", "--key-file", str(key))
    ended = district(*line, "--json")
    assert (ended.code, ended.error["fields"]) == (2, ["school"])
    assert not key.exists()
    assert len(district("vault", "key", "--json").json["items"]) == 2
