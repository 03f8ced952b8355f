# PLL-FER on FERPlus, 8 classes: pre-trained encoder, decoder, optimal label
# embeddings, revised confidences.
# Candidates that tools/dataset_tools/make_candidates.py wrote into the data set's folder.
_base_ = [
    '../_base_/datasets/ferplus8.py',
    '../_base_/backbones/vit-b.py',
    '../_base_/methods/pll_decoder.py',
    '../_base_/schedules/adamw_cosine_100e.py',
    '../_base_/pll_runtime.py',
]

model = _base_.method
train_dataloader = dict(
    batch_size=320, dataset=dict(candidates=dict(kind='file', path='candidates_k2.txt'))
)
