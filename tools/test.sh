#!/usr/bin/env bash
# Sets up .venv where needed and runs the tests, two files at a time, in an order
# drawn from a seed, which it tells.
#   tools/test.sh [arguments of pytest]   one at a time: tools/test.sh -n 0
#   SEED=5 tools/test.sh                  the same order again
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bash "$ROOT/tools/dev/setup_env.sh"
cd "$ROOT"
SEED=${SEED:-$RANDOM}
echo "order of the tests: SEED=$SEED"
exec .venv/bin/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder --randomly-seed="$SEED" tests "$@"
