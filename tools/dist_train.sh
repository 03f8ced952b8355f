#!/usr/bin/env bash
# Train with one process per GPU (on a machine without a GPU: CPU processes).
#   tools/dist_train.sh CONFIG GPUS [arguments of tools/train.py]
# Several machines: set NNODES, NODE_RANK, MASTER_ADDR and PORT on each.
source "$(dirname "${BASH_SOURCE[0]}")/launch.sh"

need 2 'CONFIG GPUS [arguments of tools/train.py]' "$@"
through_torchrun "$2" train.py "$1" --launcher pytorch "${@:3}"
