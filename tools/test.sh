#!/usr/bin/env bash
# Sets up .venv where needed and runs the tests.
#   tools/test.sh [arguments of pytest]
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bash "$ROOT/tools/dev/setup_env.sh"
cd "$ROOT"
exec .venv/bin/python -m pytest -q tests "$@"
