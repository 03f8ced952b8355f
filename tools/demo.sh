#!/usr/bin/env bash
# What mmfer does, in minutes, from a bare Python 3.10 to 3.13: installs, draws
# synthetic faces, makes 30 % of the training labels wrong, trains
# cross-entropy and CLEX on them, tests both, and draws pictures.
#   bash tools/demo.sh
#   bash tools/demo.sh pll    PLL-FER: candidate labels from simulated votes,
#                             masked-HOG pre-training, label queries
# Run again, it goes on where it was, or shows what is there.
#
# Environment, all optional (folders from the repository's root):
#   MMFER_DEMO_OUT     folder for all it makes    (work_dirs/demo; demo_pll)
#   MMFER_DEMO_DATA    folder of the faces        (data/synthetic_rafdb; _votes)
#   MMFER_DEMO_TRAIN, MMFER_DEMO_TEST  how many   (1500, 490; 2000, 490)
#   MMFER_DEMO_EPOCHS  epochs of each training    (15; 20)
#   MMFER_DEMO_PYTHON  an interpreter with mmfer; then nothing is installed
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
case ${1-} in
'') name='' data=data/synthetic_rafdb ;;
pll)
    name=_pll data=data/synthetic_rafdb_votes
    : "${MMFER_DEMO_TRAIN:=2000}" "${MMFER_DEMO_EPOCHS:=20}"
    ;;
*) echo "demo.sh: unknown argument '$1'; usage: bash tools/demo.sh [pll]" >&2 && exit 2 ;;
esac
OUT=${MMFER_DEMO_OUT:-work_dirs/demo$name}
TRAIN=${MMFER_DEMO_TRAIN:-1500}
TEST=${MMFER_DEMO_TEST:-490}
EPOCHS=${MMFER_DEMO_EPOCHS:-15}
export MMFER_DEMO_DATA=${MMFER_DEMO_DATA:-$data} # the configs read it
CE=configs/demo/ce_r18_synthetic_noise30.py
CLEX=configs/demo/clex_r18_synthetic_noise30.py

say() { printf '\n=== %s\n' "$*"; }

# One line an epoch out of the host's log, which is kept whole in the work dir.
# On a terminal the progress bar (stderr) may stand on the line: wipe it.
epoch_lines() {
    local line wipe='' pattern='Epoch\(val\) \[([0-9]+)\]\[.*accuracy/top1: ([0-9.]+)'
    if [ -t 1 ] && [ -t 2 ]; then wipe=$'\r\033[2K'; fi
    while IFS= read -r line; do
        if [[ $line =~ $pattern ]]; then
            printf '%s    epoch %2d/%d   test accuracy %5.1f %%\n' \
                "$wipe" "${BASH_REMATCH[1]}" "$EPOCHS" "${BASH_REMATCH[2]}"
        fi
    done
}

# The last epoch that a training has behind it, validation included; 0 for none.
trained_epochs() { # NAME
    "$PY" - "$OUT/$1/accuracy.json" <<'PY'
import json, pathlib, sys
path = pathlib.Path(sys.argv[1])
print(max(map(int, json.loads(path.read_text())['accuracy/top1']['by_epoch'])) if path.exists() else 0)
PY
}

train() { # NAME CONFIG [more of --cfg-options]
    local done
    done=$(trained_epochs "$1")
    if [ "$done" -ge "$EPOCHS" ]; then
        echo "    trained already: $done epochs in $OUT/$1"
        return
    fi
    # Stopped in its last validation, a run has the last checkpoint without its
    # accuracy: it goes over that epoch again, from the checkpoint before.
    rm -f "$OUT/$1/epoch_$EPOCHS.pth"
    "$PY" tools/train.py "$2" --work-dir "$OUT/$1" --resume \
        --cfg-options train_cfg.max_epochs="$EPOCHS" "${@:3}" | epoch_lines
}

# Whether a file is there and newer than what it was made from.
fresh() { [ "$1" -nt "$2" ]; }

test_accuracy() { # NAME CONFIG
    local log=$OUT/$1_test.log checkpoint
    checkpoint=$OUT/$1/epoch_$(trained_epochs "$1").pth
    if ! fresh "$OUT/$1.pkl" "$checkpoint"; then
        "$PY" tools/test.py "$2" "$checkpoint" --work-dir "$OUT/$1/test" --out "$OUT/$1.pkl" >"$log"
    fi
    awk -F': ' -v name="$1" '/^accuracy\/top1: / {a = $2} /^accuracy\/mean_class: / {m = $2}
        END {printf "    %-5s accuracy %.2f %%, mean class accuracy %.2f %%\n", name, a, m}' "$log"
}

test_run() { # NAME CONFIG
    local log=$OUT/$1_test.log checkpoint
    test_accuracy "$1" "$2"
    checkpoint=$OUT/$1/epoch_$(trained_epochs "$1").pth
    # CE's weights load into CLEX's config: both on the same views and labels.
    if ! fresh "$OUT/attention_$1.png" "$checkpoint"; then
        "$PY" tools/analysis_tools/vis_views.py "$CLEX" "$checkpoint" --split train \
            --out "$OUT/attention_$1.png" >>"$log"
    fi
}

find_python() {
    if [ -n "${MMFER_DEMO_PYTHON:-}" ]; then
        PY=$MMFER_DEMO_PYTHON
    else
        bash tools/dev/setup_env.sh
        PY=.venv/bin/python
    fi
}

# A function, so that bash has read the whole file before it starts.
main() {
    echo 'mmfer demo: about 5 minutes on two CPU cores; before that, once, the installation'
    find_python
    mkdir -p "$OUT"

    say "Drawing $TRAIN faces to train on and $TEST to test on"
    "$PY" tools/dataset_tools/make_synthetic.py "$MMFER_DEMO_DATA" --layout rafdb \
        --train "$TRAIN" --test "$TEST" --size 64 --seed 0 --workers 2 --preview "$OUT/faces.png"

    say "Cross-entropy: $EPOCHS epochs, 30 % of the training labels are wrong"
    train ce "$CE"
    say "CLEX: the same faces, labels and epochs, two views of each face"
    train clex "$CLEX"

    say 'Testing the last epoch of both (the test labels are right)'
    test_run ce "$CE"
    test_run clex "$CLEX"

    say 'What came out'
    "$PY" tools/analysis_tools/compare_runs.py "$OUT/ce" "$OUT/clex" --out-dir "$OUT"
    if ! fresh "$OUT/confusion.png" "$OUT/clex.pkl"; then
        "$PY" tools/analysis_tools/confusion.py "$CLEX" "$OUT/ce.pkl" "$OUT/clex.pkl" \
            --out "$OUT/confusion.png" >/dev/null
    fi
    echo 'Both learned from the same wrong labels; CLEX passes each face twice, in two views.'

    say 'Pictures'
    for picture in faces accuracy losses confusion attention_ce attention_clex; do
        echo "    $OUT/$picture.png"
    done
    printf '\nDone in %d min %d s.\n' $((SECONDS / 60)) $((SECONDS % 60))
}

if [ "${1-}" = pll ]; then
    source tools/demo/pll.sh
    main_pll
else
    main
fi
