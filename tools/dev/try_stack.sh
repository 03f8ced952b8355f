#!/usr/bin/env bash
# Tries mmfer from bare with another Python or the other family of the host:
# makes a new environment, installs, runs the tests, and writes what came out,
# with date and versions, into docs/stacks.md.
#   tools/dev/try_stack.sh openmmlab|onedl PYTHON FOLDER [fast|all]
# FOLDER is for the environment (about 6 GB; kept, so that a second try is
# short). fast, the default, leaves out the tests that start the tools.
set -euo pipefail

if [ $# -lt 3 ] || [[ ! $1 =~ ^(openmmlab|onedl)$ ]] || [[ ! ${4:-fast} =~ ^(fast|all)$ ]]; then
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
FAMILY=$1 PYTHON=$2 VENV=$3 PART=${4:-fast}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

[ -x "$VENV/bin/python" ] || "$PYTHON" -m venv "$VENV"
PIP_DISABLE_PIP_VERSION_CHECK=1 "$VENV/bin/python" -m pip install -q -e ".[$FAMILY,tests]"

LOG=$(mktemp)
trap 'rm -f "$LOG"' EXIT
WITHOUT=
if [ "$PART" = fast ]; then WITHOUT='--ignore=tests/test_tools --ignore=tests/test_packaging.py'; fi
STATUS=0
# several words on purpose
# shellcheck disable=SC2086
"$VENV/bin/python" -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder tests $WITHOUT 2>&1 | tee "$LOG" || STATUS=$?
"$VENV/bin/python" tools/dev/record_stack.py docs/stacks.md "$FAMILY" "$PART" "$(tail -n 1 "$LOG")"
exit "$STATUS"
