#!/usr/bin/env bash
# Test through Slurm, one task per GPU.
#   [GPUS=8] [GPUS_PER_NODE=8] [CPUS_PER_TASK=5] [SRUN_ARGS=...] \
#     tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [arguments of tools/test.py]
# Nodes without a GPU: GRES= (empty), GPUS is then the number of processes.
# PORT: where the processes meet, on the first node; by chance unless given.
source "$(dirname "${BASH_SOURCE[0]}")/launch.sh"

need 4 'PARTITION JOB_NAME CONFIG CHECKPOINT [arguments of tools/test.py]' "$@"
through_srun "$1" "$2" test.py "$3" "$4" --launcher=slurm "${@:5}"
