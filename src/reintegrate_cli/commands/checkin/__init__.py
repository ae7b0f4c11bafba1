"""``checkin``: what was agreed, what happened, what is due."""

from reintegrate_cli.commands.checkin import agreeing, happening

__all__ = ["agreeing", "happening"]
