"""``checkin``: what was agreed, what happened, what is due."""

from reintegrate_cli.commands import conferring
from reintegrate_cli.commands.checkin import agreeing, happening

__all__ = ["agreeing", "conferring", "happening"]
