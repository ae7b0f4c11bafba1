"""The texts that make cron and systemd run the reminder.

They name no student and, where a log would show it, not the product either.
"""

import re
import shlex
from collections.abc import Iterable

from reintegrate_cli.core.errors import Settings

LONGEST_CRON_LINE = 990
FOLDER = "office-reminder"
"""Below the user's data folder: where the script for cron is."""

_SCRIPT = """\
#!/bin/sh
# Office reminder. What is printed here, and the line of the crontab as its subject, goes out by
# mail and into the system's log: so neither names what runs, or where.
umask 077
exec 3>&2 >/dev/null 2>&1 </dev/null
/usr/bin/env -i HOME="$HOME" PATH=/usr/bin:/bin LC_ALL=C.UTF-8 {values} {program} remind 3>&-
code=$?
[ "$code" -eq 0 ] || echo "Something is wrong ($code). Open it at your work computer." >&3
exit "$code"
"""


def cron_script(*, program: str, vault: str, key_file: str, config: str | None = None) -> str:
    """Write the script for cron, which needs nothing from the environment.

    Args:
        program: the path of the program.
        vault: the path of the vault, or its URL.
        key_file: the path of the 0600 file with the reminder key.
        config: the path of ``district.toml``, where it is not in its usual place.

    Raises:
        Settings: a path is not absolute, or has a control character.
    """
    named = {"REINTEGRATE_VAULT": _vault(vault), "REINTEGRATE_KEY_FILE": _path(key_file)}
    if config is not None:
        named["REINTEGRATE_CONFIG"] = _path(config)
    values = " ".join(f"{name}={shlex.quote(value)}" for name, value in named.items())
    return _SCRIPT.format(values=values, program=shlex.quote(_path(program)))


def crontab(script: str, untold: Iterable[str]) -> str:
    """Write what goes into the crontab: the line, and before it what hides the line.

    Every hour from 7 to 17, since cron never catches up a run that was missed: at most one
    mail goes in a day, and a later run only tries again what failed or was missed.

    Args:
        script: the path of the script.
        untold: what the line may not hold. Where it does, since the home folder itself is
            called so, cron is told to mail nothing: the line would be the subject.

    Raises:
        Settings: the path is not absolute, has a control character, or is too long for cron.
    """
    # Cron turns a bare percent sign into the end of the line, quotes or not.
    line = f"0 7-17 * * * {shlex.quote(_path(script))}".replace("%", r"\%")
    if len(line.encode()) > LONGEST_CRON_LINE:
        raise Settings("the path is too long for one line of a crontab")
    tells = any(word.casefold() in script.casefold() for word in untold)
    return ('MAILTO=""\n' if tells else "") + line + "\n"


def _vault(text: str) -> str:
    """Accept the path of a vault, or its URL."""
    return text if "://" in text and text.isprintable() else _path(text)


def _path(text: str) -> str:
    """Accept an absolute path that stays on its line.

    Raises:
        Settings: it is relative, or has a control character.
    """
    if not text.startswith("/") or not text.isprintable():
        raise Settings("the path is not absolute, or has a character that a line cannot hold")
    return text


TIMER = """\
[Unit]
Description=Office reminder

[Timer]
OnCalendar=*-*-* 07:00:00
# A morning when the machine was off is caught up when it is on again.
Persistent=true

[Install]
WantedBy=timers.target
"""

_SERVICE = """\
[Unit]
Description=Office reminder
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=10h
StartLimitBurst=6

[Service]
Type=oneshot
User={user}
{credential}=reminder-key:{reminder_key}
{password}Environment={vault}
ExecStart={program} remind
SyslogIdentifier=office-reminder
TimeoutStartSec=5min
# A failed run is tried again the same day; a wrong setting would only fail again.
Restart=on-failure
RestartSec=1h
RestartPreventExitStatus=2 3 4 5 7 9
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={writable}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
LockPersonality=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
"""


def service_unit(
    *,
    program: str,
    vault: str,
    user: str,
    reminder_key: str,
    mail_password: str | None = None,
    encrypted: bool = True,
) -> str:
    """Write the service of the system's systemd that mails the count; ``TIMER`` starts it.

    Args:
        program: the path of the program.
        vault: the path of the vault; its folder is the one place that can be written. Or its URL.
        user: the account it runs as, who owns the vault.
        reminder_key: the path of the credential with the reminder key.
        mail_password: the path of the credential with the password for mail, if one is needed.
        encrypted: whether ``systemd-creds encrypt`` made the credentials.

    Raises:
        Settings: a path or the account cannot stand in a unit.
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}", user):
        raise Settings("the account's name cannot be used in a unit")
    credential = "LoadCredentialEncrypted" if encrypted else "LoadCredential"
    password = f"{credential}=mail-password:{_bare(mail_password)}\n" if mail_password else ""
    return _SERVICE.format(
        user=user,
        credential=credential,
        reminder_key=_bare(reminder_key),
        password=password,
        vault=_unit(f"REINTEGRATE_VAULT={_vault(vault)}"),
        # A dollar sign begins a variable in a command, and there alone.
        program=_unit(_path(program)).replace("$", "$$"),
        writable="" if "://" in vault else _unit(_path(vault).rpartition("/")[0] or "/"),
    )


def _unit(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{quoted}"'


def _bare(path: str) -> str:
    """Write a credential's path, which systemd takes to the end of its line, unquoted."""
    return _path(path).replace("%", "%%")
