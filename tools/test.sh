#!/usr/bin/env bash
# Sets up .venv where needed and runs the tests, two files at a time.
#   tools/test.sh [arguments of pytest]   one at a time: tools/test.sh -n 0
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bash "$ROOT/tools/dev/setup_env.sh"
cd "$ROOT"
exec .venv/bin/python -m pytest -q -n 2 --dist loadfile tests "$@"
