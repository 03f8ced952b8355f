# PLL-FER on RAF-DB: pre-trained encoder, decoder, optimal label
# embeddings, revised confidences.
_base_ = [
    '_base_/rafdb.py',
    '../_base_/models/vit-b.py',
    '../_base_/schedules/adamw_cosine_100e.py',
    '../_base_/pll_runtime.py',
]

model = dict(head=dict(num_classes=_base_.num_classes))
