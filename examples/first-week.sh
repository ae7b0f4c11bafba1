#!/bin/sh
# A first week with a vault of one's own, in a folder that is thrown away at the end.
# It needs `reintegrate` on the PATH, and asks nothing.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export REINTEGRATE_VAULT="$folder/caseload.vault" REINTEGRATE_KEY_FILE="$folder/key"
export XDG_STATE_HOME="$folder/state"
REINTEGRATE_CONFIG="$(dirname "$0")/district.toml"
export REINTEGRATE_CONFIG REINTEGRATE_TODAY=2026-10-06

reintegrate init --user okafor --no-keyring --key-file "$folder/key" --recovery-to "$folder/code"
reintegrate staff add lee --role school_counselor
reintegrate partner add HARBOR --kind trafficking_specialist --specialty sex --specialty labor
reintegrate case add --school Ridgeline --setting home --grade 10
ref=$(reintegrate case list --csv | tail -n 1 | cut -d, -f1)

# How often is the student's to say; the command refuses to guess.
reintegrate checkin schedule "$ref" --with student --every 1w --day tue --mode in_person \
    --chosen-by student --chosen-on today
reintegrate checkin schedule "$ref" --with staff --who lee --mode in_person
reintegrate checkin done "$ref" --schedule S1
reintegrate agenda --days 14
