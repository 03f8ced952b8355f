# PLL (PLL-FER, arXiv 2209.15402, eq. 1): a linear classifier that learns from candidate labels;
# nothing is revised.
train_pipeline = '$finetune_pipeline'
method = dict(
    head=dict(
        type='PartialLabelHead',
        num_classes='$num_classes',
        in_channels='$in_channels',
        confidence=dict(fn=None),
    )
)
