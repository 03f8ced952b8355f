# Row of the ablation: ResNet-18 + PLL, RAF-DB. The paper does not tell how its
# ResNet-18 was trained: here as the ViT, without layer decay, which MMPretrain
# does not have for a ResNet-18.
_base_ = [
    '_base_/rafdb.py',
    '_base_/resnet18.py',
    '../_base_/schedules/adamw_cosine_100e.py',
    '../_base_/default_runtime.py',
]

model = dict(head=dict(num_classes=_base_.num_classes))
optim_wrapper = dict(
    constructor='DefaultOptimWrapperConstructor',
    paramwise_cfg=dict(layer_decay_rate=1.))
