#!/usr/bin/env bash
# Train through Slurm, one task per GPU.
#   [GPUS=8] [GPUS_PER_NODE=8] [CPUS_PER_TASK=5] [SRUN_ARGS=...] \
#     tools/slurm_train.sh PARTITION JOB_NAME CONFIG WORK_DIR [arguments of tools/train.py]
# Nodes without a GPU: GRES= (empty), GPUS is then the number of processes.
# PORT: where the processes meet, on the first node; by chance unless given.
source "$(dirname "${BASH_SOURCE[0]}")/launch.sh"

need 4 'PARTITION JOB_NAME CONFIG WORK_DIR [arguments of tools/train.py]' "$@"
through_srun "$1" "$2" train.py "$3" --work-dir="$4" --launcher=slurm "${@:5}"
