"""Let ``python -m reintegrate_cli`` do what the ``reintegrate`` command does."""

from reintegrate_cli.cli import run

run()
