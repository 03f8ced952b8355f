# The second demo, read by tools/demo.sh, whose functions and variables it uses.

MASKFEAT=configs/demo/maskfeat-mae_vit-t_synthetic.py
PLL=configs/demo/pll_vit-t_synthetic.py
SOFTMAX=configs/demo/softmax_vit-t_synthetic.py
# So small a network gains little from a second thread, and loses a lot where
# other programs want the cores: the threads wait for each other.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
# The learning rate falls over all epochs but the first, in which it rises.
END=$((EPOCHS > 1 ? EPOCHS : 2))
COSINE=(param_scheduler.1.T_max=$((END - 1)) param_scheduler.1.end=$END)

# One line an epoch: its last loss.
loss_lines() {
    local line pattern='Epoch\(train\) +\[([0-9]+)\]\[ *([0-9]+)/([0-9]+)\].* loss: ([0-9.]+)'
    local epoch=0 loss=''
    while IFS= read -r line; do
        [[ $line =~ $pattern ]] && epoch=${BASH_REMATCH[1]} loss=${BASH_REMATCH[4]}
        if [[ $line == *'Saving checkpoint at'* ]]; then
            printf '    epoch %2d/%d   mean square error of the masked HOG %s\n' \
                "$epoch" "$EPOCHS" "$loss"
        fi
    done
}

# The last epoch of the pre-training that there is a checkpoint of; 0 for none.
pretrained_epochs() {
    local path last=0
    for path in "$OUT"/maskfeat/epoch_*.pth; do
        [[ $path =~ epoch_([0-9]+)\.pth$ ]] && ((BASH_REMATCH[1] > last)) && last=${BASH_REMATCH[1]}
    done
    echo "$last"
}

pretrain() {
    if [ "$(pretrained_epochs)" -lt "$EPOCHS" ]; then
        "$PY" tools/train.py "$MASKFEAT" --work-dir "$OUT/maskfeat" --resume \
            --cfg-options train_cfg.max_epochs="$EPOCHS" "${COSINE[@]}" | loss_lines
        MMFER_VIT=$OUT/maskfeat/epoch_$(pretrained_epochs).pth
    else
        MMFER_VIT=$OUT/maskfeat/epoch_$(pretrained_epochs).pth
        echo "    pre-trained already: $MMFER_VIT"
    fi
    export MMFER_VIT # the configs read it
}

main_pll() {
    echo 'mmfer demo of PLL-FER: about 5 minutes on two CPU cores; before that, once, the installation'
    find_python
    mkdir -p "$OUT"

    say "Drawing $TRAIN faces to train on and $TEST to test on; 40 simulated annotators vote on each"
    "$PY" tools/dataset_tools/make_synthetic.py "$MMFER_DEMO_DATA" --layout rafdb \
        --train "$TRAIN" --test "$TEST" --size 64 --seed 0 --workers 2 --blend-share .6 \
        --preview "$OUT/faces.png"
    "$PY" tools/demo/majority_labels.py "$MMFER_DEMO_DATA" --out majority.txt

    say "Pre-training without labels: $EPOCHS epochs of masked-HOG prediction"
    pretrain

    say "PLL-FER: $EPOCHS epochs; candidates are the answers of at least a fifth of the annotators"
    train pll "$PLL" "${COSINE[@]}"
    say 'Softmax: the same network, encoder and epochs; one label a face, the answer with most votes'
    train softmax "$SOFTMAX" "${COSINE[@]}"

    say 'Testing the last epoch of both (the test labels are what was drawn)'
    test_accuracy pll "$PLL"
    test_accuracy softmax "$SOFTMAX"

    say 'What came out'
    "$PY" tools/analysis_tools/compare_runs.py "$OUT/softmax" "$OUT/pll" --out-dir "$OUT"
    echo 'Softmax is told which answer had the most votes, PLL only which ones had a fifth of them:'
    echo 'it finds out by itself which to believe. How far it came, with what was drawn as the truth:'
    "$PY" tools/analysis_tools/vis_disambiguation.py "$OUT/pll" --out "$OUT"
    if ! fresh "$OUT/hog.png" "$MMFER_VIT"; then
        "$PY" tools/analysis_tools/vis_maskfeat.py "$MASKFEAT" "$MMFER_VIT" \
            --out "$OUT/hog.png" >"$OUT/pictures.log"
    fi
    local checkpoint
    checkpoint=$OUT/pll/epoch_$(trained_epochs pll).pth
    if ! fresh "$OUT/attention.png" "$checkpoint"; then
        "$PY" tools/analysis_tools/vis_label_attention.py "$PLL" "$checkpoint" \
            --out "$OUT/attention.png" >>"$OUT/pictures.log"
    fi

    say 'Pictures'
    for picture in faces hog accuracy losses disambiguation candidates_pll attention; do
        echo "    $OUT/$picture.png"
    done
    printf '\nThe numbers by epoch and class: %s\n' "$OUT/disambiguation.csv"
    printf 'Checkpoints, logs and configs: %s\n' "$OUT/"{maskfeat,pll,softmax}
    printf '\nDone in %d min %d s.\n' $((SECONDS / 60)) $((SECONDS % 60))
}
