# No row of the paper: the label queries on the 7 x 7 map of a ResNet-18. No
# layer decay, see pll_r18_rafdb_row-pll.py.
_base_ = [
    '_base_/rafdb.py',
    '_base_/resnet18.py',
    '../_base_/schedules/adamw_cosine_100e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    neck=None,
    head=dict(
        _delete_=True,
        type='LabelQueryHead',
        num_classes=_base_.num_classes,
        in_channels=512,
        width=256,
        position='sine',
        confidence=dict(update='revise')))
optim_wrapper = dict(
    constructor='DefaultOptimWrapperConstructor',
    paramwise_cfg=dict(layer_decay_rate=1.))
