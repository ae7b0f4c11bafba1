#!/bin/sh
# Office reminder. What is printed here, and the line of the crontab as its subject, goes out by
# mail and into the system's log: so neither names what runs, or where.
umask 077
exec 3>&2 >/dev/null 2>&1 </dev/null
/usr/bin/env -i HOME="$HOME" PATH=/usr/bin:/bin LC_ALL=C.UTF-8 REINTEGRATE_VAULT=/home/okafor/.local/share/reintegrate/caseload.vault REINTEGRATE_KEY_FILE=/home/okafor/reminder.key /home/okafor/.local/bin/reintegrate remind 3>&-
code=$?
[ "$code" -eq 0 ] || echo "Something is wrong ($code). Open it at your work computer." >&3
exit "$code"
