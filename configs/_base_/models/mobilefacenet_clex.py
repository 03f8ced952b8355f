# CLEX on MobileFaceNet from a face recognition checkpoint. Its path:
# environment variable MMFER_MOBILEFACENET, or
# --cfg-options model.backbone.init_cfg.checkpoint=PATH.
_base_ = 'resnet18_clex.py'

model = dict(
    data_preprocessor=dict(mean=[127.5] * 3, std=[128.] * 3),
    backbone=dict(
        _delete_=True,
        type='MobileFaceNet',
        init_cfg=dict(
            type='FaceWeights',
            checkpoint='{{$MMFER_MOBILEFACENET:checkpoints/mobilefacenet.pth}}',
            keys='mobilefacenet')))
