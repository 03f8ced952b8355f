# CLEX on the ResNet-18 of the baseline, with the published hyper-parameters.
_base_ = 'resnet18_ce.py'

model = dict(
    type='MultiViewClassifier',
    data_preprocessor=dict(type='MultiViewPreprocessor'),
    head=dict(
        _delete_=True,
        type='CLEXHead',
        num_classes=7,
        in_channels=512,
        lambda_csl=1.,
        lambda_ce=.4,
        lambda_ac=2.,
        gamma=.5,
        p=3.,
        d=1))
