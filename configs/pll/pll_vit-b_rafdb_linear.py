# The encoder and a linear classifier, no decoder, on RAF-DB.
# Candidates that tools/dataset_tools/make_candidates.py wrote into the data set's folder.
_base_ = [
    '../_base_/datasets/rafdb.py',
    '../_base_/backbones/vit-b.py',
    '../_base_/methods/pll.py',
    '../_base_/schedules/adamw_cosine_100e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    head=dict(_base_.method.head, init_cfg=dict(type='TruncNormal', layer='Linear', std=2e-5))
)
train_dataloader = dict(
    batch_size=320, dataset=dict(candidates=dict(kind='file', path='candidates_k2.txt'))
)
