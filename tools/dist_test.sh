#!/usr/bin/env bash
# Test with one process per GPU (on a machine without a GPU: CPU processes).
#   tools/dist_test.sh CONFIG CHECKPOINT GPUS [arguments of tools/test.py]
# Several machines: set NNODES, NODE_RANK, MASTER_ADDR and PORT on each.
source "$(dirname "${BASH_SOURCE[0]}")/launch.sh"

need 3 'CONFIG CHECKPOINT GPUS [arguments of tools/test.py]' "$@"
through_torchrun "$3" test.py "$1" "$2" --launcher pytorch "${@:4}"
