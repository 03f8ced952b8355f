# The encoder and a linear classifier, no decoder, on AffectNet, 7 classes. Candidates that
# tools/dataset_tools/make_candidates.py wrote into the data set's folder.
_base_ = [
    '../_base_/datasets/affectnet7.py',
    '../_base_/backbones/vit-b.py',
    '../_base_/methods/pll.py',
    '../_base_/schedules/adamw_cosine_25e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    head=dict(_base_.method.head, init_cfg=dict(type='TruncNormal', layer='Linear', std=2e-5))
)
train_dataloader = dict(
    batch_size=320, dataset=dict(candidates=dict(kind='file', path='candidates_7classes_k2.txt'))
)
