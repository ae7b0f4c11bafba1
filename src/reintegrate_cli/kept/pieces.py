"""A long JSON array of objects, gone through an object at a time.

Thirty megabytes of JSON are more than a gigabyte of Python objects. What goes through one object
after another, and keeps none, needs no more room than the longest of them.
"""

import re
from collections.abc import Iterator

DEEPEST = 12
"""How deep one object may nest; no record is half as deep."""

_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_FLAT = rb'[^"{}\[\]]++|' + _STRING


def _of_depth(depth: int) -> bytes:
    # Possessive all through: nothing is gone back over, however it is nested or broken off.
    inner = _FLAT
    for _ in range(depth):
        inner = rb"%b|[{\[](?:%b)*+[}\]]" % (_FLAT, inner)
    return inner


_OBJECT = re.compile(
    rb"[ \t\r\n]*+(\{(?:%b)*+\})[ \t\r\n]*+([,\]])" % _of_depth(DEEPEST - 1), re.DOTALL
)
_EMPTY = re.compile(rb"[ \t\r\n]*+\[[ \t\r\n]*+\][ \t\r\n]*+")
_START = re.compile(rb"[ \t\r\n]*+\[")
_BLANK = re.compile(rb"[ \t\r\n]*+")


def objects(text: bytes | memoryview, most: int) -> Iterator[bytes]:
    """Yield the objects of an array, each as the JSON that it is, or that nobody can decode.

    Args:
        text: the array, and nothing else.
        most: how many values one of them may hold: each takes room once it is read.

    Raises:
        ValueError: it is no array of objects, or one is too deep or of too many values.
    """
    if _EMPTY.fullmatch(text):
        return
    start = _START.match(text)
    at, sign = (start.end(), b",") if start else (0, b"")
    while sign == b",":
        match = _OBJECT.match(text, at)
        if match is None:
            raise ValueError
        body, sign, at = bytes(match[1]), bytes(match[2]), match.end()
        if body.count(b",") + body.count(b"[") + body.count(b"{") > most:
            raise ValueError
        yield body
    if sign != b"]" or not _BLANK.fullmatch(text, at):
        raise ValueError
