"""The commands that are no noun of a case: the agenda, the vault, this machine."""
