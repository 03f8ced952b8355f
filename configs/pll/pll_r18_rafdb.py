# PLL on RAF-DB, ResNet-18. The paper does not tell how its
# ResNet-18 was trained: here as the ViT, without layer decay, which MMPretrain
# does not have for a ResNet-18.
# Candidates that tools/dataset_tools/make_candidates.py wrote into the data set's folder.
_base_ = [
    '../_base_/datasets/rafdb.py',
    '../_base_/backbones/r18.py',
    '../_base_/methods/pll.py',
    '../_base_/schedules/adamw_cosine_100e.py',
    '../_base_/default_runtime.py',
]

model = _base_.method
train_dataloader = dict(
    batch_size=320, dataset=dict(candidates=dict(kind='file', path='candidates_k2.txt'))
)
optim_wrapper = dict(
    constructor='DefaultOptimWrapperConstructor', paramwise_cfg=dict(layer_decay_rate=1.0)
)
