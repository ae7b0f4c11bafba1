"""Let atheris choose the bytes that hostile files are made of (see ``hostile``).

    pip install -e '.[dev,fuzz]'
    python tests/faults/fuzz.py -max_total_time=60 -rss_limit_mb=1024 -timeout=5

It stops at the first error that is no ``Problem`` of the four kinds, and writes the bytes
beside; a file of such bytes as the only argument runs it again. Arguments are libFuzzer's.
"""

import sys
import tempfile
from pathlib import Path

import atheris

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

with atheris.instrument_imports(include=["reintegrate_cli"]):
    from hostile import TARGETS, attempt, clear, new_room

NAMES = list(TARGETS)


def main() -> None:
    """Fuzz until the arguments say stop."""
    room = new_room(Path(tempfile.gettempdir()))

    def once(data: bytes) -> None:
        if data:
            attempt(room, NAMES[data[0] % len(NAMES)], data[1:])

    atheris.Setup(sys.argv, once)
    try:
        atheris.Fuzz()
    finally:
        clear(room)


if __name__ == "__main__":
    main()
