"""A plain PDF of lines of text, and nothing else: no producer, no date, no id.

Libraries that write PDF put these in, and pull in much besides; what is needed here is text in
one typeface that every reader has. The same lines give the same bytes.
"""

import textwrap
from collections.abc import Iterable, Iterator

from reintegrate_cli.core.errors import Usage

_WIDE, _HIGH = 612, 792  # US Letter, in points
_MARGIN, _SIZE, _LEADING = 60, 10, 13
_COLUMNS = (_WIDE - 2 * _MARGIN) * 10 // (6 * _SIZE)  # a character of Courier is 0.6 wide
_ROWS = (_HIGH - 2 * _MARGIN) // _LEADING


def written(lines: Iterable[str]) -> bytes:
    """Write lines as a PDF; ``#`` begins a heading.

    Raises:
        Usage: a PDF's own typefaces do not have one of the characters.
    """
    rows = list(_wrapped(lines))
    pages = [rows[at : at + _ROWS] for at in range(0, len(rows), _ROWS)] or [[]]
    count = len(pages)
    kids = " ".join(f"{5 + 2 * nth} 0 R" for nth in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        _font("Courier"),
        _font("Courier-Bold"),
    ]
    for nth, page in enumerate(pages):
        content = _content(page)
        objects += [
            (
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDE} {_HIGH}] "
                f"/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> /Contents {6 + 2 * nth} 0 R >>"
            ).encode(),
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        ]
    return _file(objects)


def _font(name: str) -> bytes:
    return (
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>".encode()
    )


def _wrapped(lines: Iterable[str]) -> Iterator[tuple[bool, str]]:
    for line in lines:
        bold = line.startswith("#")
        text = line.lstrip("#> ")
        for row in textwrap.wrap(text, _COLUMNS) or [""]:
            yield bold, row


def _content(page: Iterable[tuple[bool, str]]) -> bytes:
    content = [b"BT", b"%d TL" % _LEADING, b"%d %d Td" % (_MARGIN, _HIGH - _MARGIN)]
    for bold, row in page:
        content += [b"/F%d %d Tf" % (2 if bold else 1, _SIZE), b"(%b) Tj T*" % _string(row)]
    return b"\n".join([*content, b"ET"])


def _string(text: str) -> bytes:
    try:
        plain = text.encode("cp1252")
    except UnicodeEncodeError:
        raise Usage(
            "a pdf cannot hold some of these characters",
            fields=["format"],
            hint="--format md and --format json hold every one",
        ) from None
    return plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _file(objects: list[bytes]) -> bytes:
    body, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (size, table, size, len(body))
    )
