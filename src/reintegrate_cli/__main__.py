"""Let ``python -m reintegrate_cli`` do what the ``reintegrate`` command does."""

import sys

from reintegrate_cli.cli import main

sys.exit(main())
