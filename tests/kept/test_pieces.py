"""A long JSON array gone through an object at a time says what a reader of the whole says."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reintegrate_cli.kept import pieces

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
rows = st.lists(st.dictionaries(st.text(max_size=4), values, max_size=4), max_size=6)


@given(rows, st.sampled_from([None, 0, 2]), st.booleans())
def test_the_objects_of_an_array_are_those_of_the_whole(
    whole: list[dict[str, object]], indent: int | None, ascii_: bool
) -> None:
    text = json.dumps(whole, indent=indent, ensure_ascii=ascii_).encode()
    if max(map(depth, whole), default=0) > pieces.DEEPEST:
        with pytest.raises(ValueError):  # noqa: PT011
            list(pieces.objects(text, 1000))
        return
    for spaced in (text, memoryview(b" \n" + text + b"\t ")):
        assert [json.loads(one) for one in pieces.objects(spaced, 1000)] == whole


def depth(value: object) -> int:
    inner = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    )
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b"7",
        b"{}",
        b"[",
        b"[1]",
        b'["',
        b'["\\"',
        b"[{},]",
        b"[,{}]",
        b"[,]",
        b"[{}]x",
        b"[{}] [{}]",
        b"[{}",
        b"[[]]",
        b"[{]",
        b"[{}{}]",
        b'[{"a":1]',
        b'[{"a}]',
        b"[null]",
        b"[{1:2}]",
        b"[" * 100_000,
        b'[{"a":' * 100_000,
        b"[" + b'{"a":' * 20 + b"1" + b"}" * 20 + b"]",
    ],
)
def test_what_is_none_is_refused_or_is_an_object_that_nobody_can_decode(text: bytes) -> None:
    with pytest.raises((ValueError, msgspec.DecodeError)):
        _ = [msgspec.json.decode(one) for one in pieces.objects(text, 1000)]


def test_an_object_of_too_many_values_is_refused_before_it_is_read() -> None:
    for inner in (b"[]," * 1000 + b"[]", b"{}," * 1000 + b"{}", b"1," * 1000 + b"1"):
        with pytest.raises(ValueError):  # noqa: PT011
            list(pieces.objects(b'[{"a":[' + inner + b"]}]", 1000))
