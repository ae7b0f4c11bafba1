"""The texts that make cron and systemd run the reminder.

They name no student and, where a log would show it, not the product either.
"""

import re

from reintegrate_cli.errors import Settings

CRON_COMMENT = """\
# Every hour from 7 to 17, since cron never catches up a run that was missed: at most one
# mail goes in a day, and a later run only tries again what failed or was missed.
# Nothing is printed when all went well. When something is wrong one line without any data
# goes to standard error, and cron mails it to the local user: so leave MAILTO unset, or set
# it to that user, never to an address elsewhere, and never to "", which hides every failure.
"""
LONGEST_CRON_LINE = 990


def crontab_line(*, program: str, vault: str, key_file: str, config: str | None = None) -> str:
    """Write the one line for ``crontab -e``, which needs nothing from the environment.

    Args:
        program: the path of the program.
        vault: the path of the vault.
        key_file: the path of the 0600 file with the reminder key.
        config: the path of ``district.toml``, where it is not in its usual place.

    Raises:
        Settings: a path is not absolute, has a control character, or is too long for cron.
    """
    named = {"REINTEGRATE_VAULT": vault, "REINTEGRATE_KEY_FILE": key_file}
    if config is not None:
        named["REINTEGRATE_CONFIG"] = config
    values = " ".join(f"{name}={_shell(_path(path))}" for name, path in named.items())
    command = (f'/usr/bin/env -i HOME="$HOME" PATH=/usr/bin:/bin LC_ALL=C.UTF-8 {values} '
               f"{_shell(_path(program))} remind")  # fmt: skip
    # Cron turns a bare percent sign into the end of the line, quotes or not.
    line = "0 7-17 * * * " + command.replace("%", r"\%")
    if len(line.encode()) > LONGEST_CRON_LINE:
        raise Settings("the paths are too long for one line of a crontab")
    return line + "\n"


def _shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


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
        vault: the path of the vault; its folder is the one place that can be written.
        user: the account it runs as, who owns the vault.
        reminder_key: the path of the credential with the reminder key.
        mail_password: the path of the credential with the password for mail, if one is needed.
        encrypted: whether ``systemd-creds encrypt`` made the credentials.

    Raises:
        Settings: a path or the account cannot stand in a unit.
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}", user):
        raise Settings("the account's name cannot stand in a unit")
    credential = "LoadCredentialEncrypted" if encrypted else "LoadCredential"
    password = f"{credential}=mail-password:{_bare(mail_password)}\n" if mail_password else ""
    return _SERVICE.format(
        user=user,
        credential=credential,
        reminder_key=_bare(reminder_key),
        password=password,
        vault=_unit(f"REINTEGRATE_VAULT={_path(vault)}"),
        # A dollar sign begins a variable in a command, and there alone.
        program=_unit(_path(program)).replace("$", "$$"),
        writable=_unit(_path(vault).rpartition("/")[0] or "/"),
    )


def _unit(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{quoted}"'


def _bare(path: str) -> str:
    """Write a credential's path, which systemd takes to the end of its line, unquoted."""
    return _path(path).replace("%", "%%")
