"""What makes the tables of a vault in a database, and says who may do what in it."""

from importlib import resources


def made() -> str:
    """Return all that makes the roles, the tables and the functions of a vault.

    Whoever runs it becomes the first specialist of the vault.
    """
    return resources.files("reintegrate_cli.server").joinpath("schema.sql").read_text("utf-8")
