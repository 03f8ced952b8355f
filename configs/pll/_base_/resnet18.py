# PLL on the ResNet-18 of the baselines, from face weights.
_base_ = '../../_base_/models/resnet18_ce.py'

model = dict(
    head=dict(
        _delete_=True,
        type='PartialLabelHead',
        num_classes=7,
        in_channels=512,
        confidence=dict(update='none')))  # eq. 1 alone
