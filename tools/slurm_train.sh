#!/usr/bin/env bash
# Train through Slurm, one task per GPU.
#   [GPUS=8] [GPUS_PER_NODE=8] [CPUS_PER_TASK=5] [SRUN_ARGS=...] \
#     tools/slurm_train.sh PARTITION JOB_NAME CONFIG WORK_DIR [arguments of tools/train.py]
# Nodes without a GPU: GRES= (empty), GPUS is then the number of processes.
# PORT: where the processes meet, on the first node; by chance unless given.
set -euo pipefail

if [ $# -lt 4 ]; then
    echo "usage: $0 PARTITION JOB_NAME CONFIG WORK_DIR [arguments of tools/train.py]" >&2
    exit 2
fi
TOOLS=$(cd "$(dirname "$0")" && pwd)
# the active environment, else the one that tools/dev/setup_env.sh made
if [ -z "${PYTHON:-}${VIRTUAL_ENV:-}${CONDA_PREFIX:-}" ] && [ -x "$TOOLS/../.venv/bin/python" ]; then
    PYTHON=$TOOLS/../.venv/bin/python
fi
GPUS=${GPUS:-8}
PER_NODE=${GPUS_PER_NODE:-$((GPUS < 8 ? GPUS : 8))}
GRES=${GRES-gpu:$PER_NODE}
export MASTER_PORT=${PORT:-${MASTER_PORT:-$((20000 + RANDOM % 10000))}}

# SRUN_ARGS holds several words on purpose
# shellcheck disable=SC2086
PYTHONPATH="$TOOLS/..${PYTHONPATH:+:$PYTHONPATH}" \
exec srun -p "$1" \
    --job-name="$2" \
    ${GRES:+--gres="$GRES"} \
    --ntasks="$GPUS" \
    --ntasks-per-node="$PER_NODE" \
    --cpus-per-task="${CPUS_PER_TASK:-5}" \
    --kill-on-bad-exit=1 \
    ${SRUN_ARGS:-} \
    "${PYTHON:-python}" -u "$TOOLS/train.py" "$3" --work-dir="$4" --launcher=slurm "${@:5}"
