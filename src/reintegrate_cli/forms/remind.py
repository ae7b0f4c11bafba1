"""What the ``remind`` commands read."""

from dataclasses import dataclass
from typing import Annotated

from reintegrate_cli.inputs import ASK, QUIET, Within
from reintegrate_cli.records import Address, Host, Path, Public


@dataclass(kw_only=True, repr=False, eq=False)
class NewMail:
    """What ``remind setup`` takes, besides how the connection is sealed."""

    reminder_key: Annotated[
        Public[Path | None], ASK, "the file for cron's key; made if it is not there"
    ] = None
    host: Annotated[Public[Host], "the mail server"]
    port: Annotated[
        Public[int | None], QUIET, Within(1, 65_535), "its port; the usual one if left out"
    ] = None
    user: Annotated[Public[str | None], ASK, "the login name of the mail account"] = None
    from_address: Annotated[Public[Address], "the sender"]
    to: Annotated[Public[Address], "the one recipient: you"]
    password_file: Annotated[Public[Path | None], QUIET, "a 0600 file with the password"] = None
    ca_file: Annotated[Public[Path | None], QUIET, "the server's CA, if it has one of its own"] = (
        None
    )
