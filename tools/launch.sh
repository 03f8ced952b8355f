#!/usr/bin/env bash
# What dist_train.sh, dist_test.sh, slurm_train.sh and slurm_test.sh share; they source it.
set -euo pipefail

TOOLS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# the active environment, else the one that tools/dev/setup_env.sh made
if [ -z "${PYTHON:-}${VIRTUAL_ENV:-}${CONDA_PREFIX:-}" ] && [ -x "$TOOLS/../.venv/bin/python" ]; then
    PYTHON=$TOOLS/../.venv/bin/python
fi
export PYTHONPATH="$TOOLS/..${PYTHONPATH:+:$PYTHONPATH}"

# need NUMBER 'ARGUMENTS IN WORDS' "$@": leave where fewer are given
need() {
    if [ $(($# - 2)) -lt "$1" ]; then
        echo "usage: $0 $2" >&2
        exit 2
    fi
}

# through_torchrun GPUS TOOL [arguments]: one process per GPU
through_torchrun() {
    exec "${PYTHON:-python}" -m torch.distributed.run \
        --nnodes="${NNODES:-1}" \
        --node-rank="${NODE_RANK:-0}" \
        --master-addr="${MASTER_ADDR:-127.0.0.1}" \
        --master-port="${PORT:-29500}" \
        --nproc-per-node="$1" \
        "$TOOLS/$2" "${@:3}"
}

# through_srun PARTITION JOB_NAME TOOL [arguments]: one task per GPU
through_srun() {
    GPUS=${GPUS:-8}
    PER_NODE=${GPUS_PER_NODE:-$((GPUS < 8 ? GPUS : 8))}
    GRES=${GRES-gpu:$PER_NODE}
    export MASTER_PORT=${PORT:-${MASTER_PORT:-$((20000 + RANDOM % 10000))}}
    # SRUN_ARGS holds several words on purpose
    # shellcheck disable=SC2086
    exec srun -p "$1" \
        --job-name="$2" \
        ${GRES:+--gres="$GRES"} \
        --ntasks="$GPUS" \
        --ntasks-per-node="$PER_NODE" \
        --cpus-per-task="${CPUS_PER_TASK:-5}" \
        --kill-on-bad-exit=1 \
        ${SRUN_ARGS:-} \
        "${PYTHON:-python}" -u "$TOOLS/$3" "${@:4}"
}
