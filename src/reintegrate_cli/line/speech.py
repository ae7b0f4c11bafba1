"""How the program speaks: words to stderr, text to stdout, each through the cleaner.

Help, completion and refusals need nothing more, so nothing is loaded here that knows a record.
"""

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from reintegrate_cli.core.cleaning import clean, line
from reintegrate_cli.core.errors import Problem

if TYPE_CHECKING:
    from datetime import date, tzinfo

T = TypeVar("T")

NARROWEST, NORMAL_WIDTH = 40, 80


class Choices:
    """How this command speaks; set from the line by ``main`` and the verbs."""

    as_json: bool = False
    as_csv: bool = False
    statuses: Sequence[str] = ()
    no_input: bool = False
    zone: "Callable[[], tzinfo | None] | None" = None
    """Gives the district's zone, in which moments are shown."""
    as_of: "Callable[[], date] | None" = None
    """Gives the day of the command; asked for when a list is printed."""
    unattended: bool = False
    """Whether what is said goes to a log, or by mail, without a person having asked for it."""
    noun: str = ""
    """The noun whose verb runs."""
    command: str = ""
    """That noun and verb, as they are typed."""
    hidden: bool = False
    """Whether a list is empty because of what it was narrowed by."""
    unheard: bool = False
    """Whether nothing is said or printed, because the command is only tried."""
    asked: bool = False
    """Whether a person was asked for something at the terminal."""
    dialog: Any = None
    """What that person typed, until it is kept; ``asking`` makes it."""
    reading: Any = None
    """How the form of the command was read, with the answers in it."""
    told: Problem | None = None
    """What a person was told of already, when they were asked whether to go on."""


current = Choices()


def reset() -> None:
    """Begin a command with nothing chosen; one process may run several in tests."""
    vars(current).clear()


class Unprinted(OSError):
    """The rows could not be printed: the disk that they go to is full, the terminal is gone."""


def print_rows(text: str, end: str = "\n") -> None:
    """Write rows to stdout, where whatever is in them steers nothing; nothing else writes there.

    Raises:
        Unprinted: it takes none.
    """
    if current.unheard:
        return
    with printing():
        sys.stdout.write(_encodable(clean(text), sys.stdout) + end)


def print_text(text: str) -> None:
    """Write prose to stdout; on a terminal no line breaks inside of a word."""
    print_rows(_wrapped(text, sys.stdout))


def flush_rows() -> None:
    """See to it that what was printed has gone out, through the pager if that holds it.

    Raises:
        Unprinted: it would not.
    """
    with printing():
        release()
        sys.stdout.flush()


def release() -> None:
    """Let out the rows that are held for the pager, before anything is said or asked."""
    if (paging := sys.modules.get("reintegrate_cli.line.paging")) is not None:
        paging.release()


@contextmanager
def printing() -> Iterator[None]:
    """Know what goes wrong within for a matter of stdout alone."""
    try:
        yield
    except BrokenPipeError:
        drop_stdout()
    except OSError as error:
        raise Unprinted(error.errno, error.strerror) from None


def drop_stdout() -> None:
    """Go on without a reader: it went away, as ``head`` does, and that is no fault."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _encodable(text: str, stream: Any) -> str:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def width() -> int:
    """Return how many columns there are; ``COLUMNS`` has the last word.

    ``shutil`` would say the same, and load what packs files.
    """
    typed = os.environ.get("COLUMNS", "")
    columns = int(typed) if typed.isdecimal() else 0
    if columns == 0:
        with suppress(AttributeError, ValueError, OSError):
            stdout = sys.__stdout__.fileno()  # type: ignore[union-attr]
            columns = os.get_terminal_size(stdout).columns
    return max(NARROWEST, columns or NORMAL_WIDTH)


def pairs(shown: Iterable[tuple[str, str]], *, margin: int = 0, widest: int = 0) -> None:
    """Print names and texts, one a line, each text wrapped under its own column.

    Args:
        shown: the names with their texts; a name without a text is left out.
        margin: how far from the edge the names begin.
        widest: the widest column of names; a wider name has its line to itself.
    """
    import textwrap

    kept = [(name, text) for name, text in shown if text]
    longest = max((len(name) for name, _ in kept), default=0)
    indent = (min(longest, widest) if widest else longest) + 2 + margin
    for name, text in kept:
        room = max(20, width() - indent)
        wrapped = textwrap.wrap(line(text), room, break_on_hyphens=False) or [""]
        if len(name) + 2 + margin > indent:
            print_rows(" " * margin + name)
            name = ""
        print_rows(f"{' ' * margin + name:<{indent}}{wrapped[0]}")
        for rest in wrapped[1:]:
            print_rows(" " * indent + rest)


def say(text: str, *, whole: bool = False) -> None:
    """Speak to the person, on stderr; scripts that asked for JSON are not spoken to.

    Args:
        text: what is said.
        whole: whether each line stays whole, however long, because it is to be copied.
    """
    if not (current.as_json or current.unheard or (current.unattended and _tells(text))):
        text = clean(text)
        _tell(text if whole else _wrapped(text, sys.stderr))


_TYPED = re.compile("hint: (they run: )?(reintegrate|[A-Z]+=)")
"""How what is said begins where a command follows, be it after a setting of its environment."""


def _wrapped(text: str, stream: TextIO | None) -> str:
    """Break lines between words where a terminal would break them inside of one."""
    if stream is None or not stream.isatty():
        return text
    import textwrap

    lines: list[str] = []
    for part in text.splitlines():
        # What is to be copied (a command, a path) stays whole on its line; what is said about it
        # begins at the first pause.
        whole = 0
        if _TYPED.match(part):
            pause = re.search("[;,] ", part)
            whole = pause.start() if pause else len(part)
        if part.startswith((" ", "#")) or " " not in part or whole == len(part):
            lines.append(part)
        else:
            part = part[:whole].replace(" ", "\0") + part[whole:]
            broken = textwrap.wrap(
                part, width(), break_on_hyphens=False, break_long_words=not whole
            )
            lines += [line.replace("\0", " ") for line in broken]
    return "\n".join(lines)


_EVERY = 1_000
"""After how many things a person who waits is told again."""


def watched(things: Iterable[T], what: str) -> Iterator[T]:
    """Yield things, and tell a person at a terminal how many there were so far.

    Args:
        things: the things.
        what: what one of them is called.
    """
    shows = not current.as_json and sys.stderr is not None and sys.stderr.isatty()
    count = 0
    for count, thing in enumerate(things, 1):
        yield thing
        if shows and count % _EVERY == 0:
            sys.stderr.write(f"\r{count:,} {what}s read")
            sys.stderr.flush()
    if shows and count >= _EVERY:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


class Told:
    """Tells a person at a terminal how far something is, in one line that goes away again."""

    def __init__(self) -> None:
        self._shows = not current.as_json and sys.stderr is not None and sys.stderr.isatty()

    def rows(self, file: str, count: int) -> None:
        """Say how many rows of a file were read so far."""
        if self._shows:
            sys.stderr.write(f"\r{file}: {count:,} rows read\x1b[K")
            sys.stderr.flush()

    def close(self) -> None:
        """Take the line away."""
        if self._shows:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _tells(text: str) -> bool:
    """Return whether a sentence may name the product, a path, a record, a day or a number."""
    # FILE stands for a path, and is none.
    return "reintegrate" in text or re.fullmatch(r"(?:[a-z ,;:()'-]|\bFILE\b)*", text) is None


def fail(problem: Problem) -> None:
    """Say how a command ended, as a sentence with a hint or as JSON."""
    if current.unattended:
        if _tells(problem.message):
            problem.message = "something is wrong"
        problem.hint = problem.hint.replace("reintegrate ", "")  # who gets the mail knows which
        if _tells(problem.hint):
            problem.hint = "open it at your work computer"
    if current.as_json:
        import json

        error = {
            "kind": problem.kind,
            "rule": problem.rule or None,
            "message": problem.message,
            "hint": problem.hint or None,
            "fields": list(problem.fields),
        }
        _tell(json.dumps({"error": error}, ensure_ascii=True))
    elif problem is not current.told:
        tell(problem)


def tell(problem: Problem) -> None:
    """Say what is wrong, what to try, and which rule says so."""
    lines = [problem.message]
    if problem.hint:
        lines.append(f"hint: {problem.hint}")
    if problem.rule:
        lines.append(f"rule: {problem.rule}")
    _tell(_wrapped("\n".join(map(clean, lines)), sys.stderr))


def write(text: str) -> None:
    """Write to the person on the line where the cursor is, as a question and its answer are."""
    with suppress(OSError):
        sys.stderr.write(_encodable(clean(text), sys.stderr))
        sys.stderr.flush()


def rub_out(cells: int) -> None:
    """Take back what was written last on a line, by the width that it has."""
    sys.stderr.write("\b" * cells + " " * cells + "\b" * cells)
    sys.stderr.flush()


def _tell(text: str) -> None:
    """Write to stderr; where nobody is left to be told, go on without."""
    if sys.stderr is None:
        return
    with suppress(OSError):
        release()
        sys.stderr.write(_encodable(text, sys.stderr) + "\n")
        sys.stderr.flush()
