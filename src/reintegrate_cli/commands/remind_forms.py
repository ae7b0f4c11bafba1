"""What the ``remind`` commands read."""

from typing import Annotated, ClassVar

from reintegrate_cli.core.hints import ASK, QUIET, Within
from reintegrate_cli.core.records import Address, Form, Host, Path, Public, Word


class NewMail(Form, kw_only=True):
    """What ``remind setup`` takes, besides how the connection is sealed."""

    reminder_key: Annotated[
        Public[Path | None], ASK, "the file for cron's key; made if it is not there"
    ] = None
    revoke: Annotated[
        Public[Word | None], QUIET, "the id of a key of cron's that the new one replaces"
    ] = None
    login: Annotated[
        Public[Word | None], QUIET, "cron's own login, where the vault is in a database"
    ] = None
    host: Annotated[Public[Host | None], ASK, "the mail server; all as it was if left out"] = None
    port: Annotated[
        Public[int | None], QUIET, Within(1, 65_535), "its port; the usual one if left out"
    ] = None
    user: Annotated[Public[str | None], ASK, "the login name of the mail account"] = None
    from_address: Annotated[Public[Address | None], ASK, "the sender"] = None
    to: Annotated[Public[Address | None], ASK, "the one recipient: you"] = None
    password_file: Annotated[Public[Path | None], QUIET, "a 0600 file with the password"] = None
    ca_file: Annotated[Public[Path | None], QUIET, "the server's CA, if it has one of its own"] = (
        None
    )

    demanded: ClassVar[tuple[str, ...]] = ("host", "from_address", "to")
    """What mail cannot go without; where none of it is said, it goes as it did."""

    @property
    def says_where(self) -> bool:
        """Whether it says anything about where mail goes, and how."""
        said = (*self.demanded, "port", "user", "password_file", "ca_file")
        return any(getattr(self, name) is not None for name in said)
