# PLL-FER on AffectNet, 8 classes: pre-trained encoder, decoder, optimal label
# embeddings, revised confidences.
_base_ = [
    '_base_/affectnet8.py',
    '../_base_/models/vit-b.py',
    '../_base_/schedules/adamw_cosine_25e.py',
    '../_base_/pll_runtime.py',
]

model = dict(head=dict(num_classes=_base_.num_classes))
