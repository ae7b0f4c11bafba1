"""The program at a terminal of a test, with the machine's clock where a file says it is."""

import os
import sys
from datetime import datetime
from pathlib import Path

from reintegrate_cli.cli import main
from reintegrate_cli.kept import session


def clock() -> datetime:
    """Return the moment that stands in the file."""
    return datetime.fromisoformat(Path(os.environ["CLOCK"]).read_text(encoding="utf-8"))


if __name__ == "__main__":
    session.now = clock
    sys.exit(main())
