#!/usr/bin/env bash
# Makes .venv in the repository root and installs mmfer with all it needs, or
# does nothing where that has been done already. The interpreter is $PYTHON,
# else python3.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
VENV=$ROOT/.venv

check_version() {
    "$1" - <<'PY'
import sys
if not (3, 10) <= sys.version_info[:2] <= (3, 13):
    sys.exit('mmfer: %s is Python %d.%d, but 3.10 to 3.13 is needed. Name '
             'another interpreter: PYTHON=python3.12 (and remove .venv if it '
             'was made by this one).' % ((sys.executable,) + tuple(sys.version_info[:2])))
PY
}

if [ ! -x "$VENV/bin/python" ]; then
    BASE=${PYTHON:-python3}
    if ! command -v "$BASE" >/dev/null; then
        echo "mmfer: no interpreter '$BASE'. Install Python 3.10 to 3.13, or name one: PYTHON=/path/to/python3.12" >&2
        exit 1
    fi
    check_version "$BASE"
    echo "mmfer: making $VENV"
    "$BASE" -m venv "$VENV"
else
    check_version "$VENV/bin/python"
fi

# the stamp says for which setup.py (and where) the packages were installed
STAMP=$VENV/.mmfer-installed
WANTED="$("$VENV/bin/python" -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$ROOT/setup.py") $ROOT"
if [ "$(cat "$STAMP" 2>/dev/null || true)" != "$WANTED" ]; then
    echo "mmfer: installing into $VENV (the first time several GB, mostly torch)"
    # One call, so that pip picks a torch and a torchvision that fit together.
    # The default build needs no GPU: it runs on a CPU as well.
    # A terminal gets pip's progress bars; a log does not want them.
    quiet=-q
    if [ -t 1 ]; then quiet=; fi
    (cd "$ROOT" && PIP_DISABLE_PIP_VERSION_CHECK=1 "$VENV/bin/python" -m pip install $quiet -e '.[openmmlab,tests]')
    echo "$WANTED" >"$STAMP"
fi
