# No row of the paper: the label queries on the 7 x 7 map of a ResNet-18.
_base_ = 'pll_r18_rafdb.py'

custom_hooks = _base_.custom_hooks
custom_hooks.insert(-1, dict(type='DisambiguationHook'))  # as pll_runtime.py
model = dict(
    neck=None,
    head=dict(
        _delete_=True,
        type='LabelQueryHead',
        num_classes='$num_classes',
        in_channels='$in_channels',
        width=256,
        position='sine',
        confidence=dict(fn='revise'),
    ),
)
