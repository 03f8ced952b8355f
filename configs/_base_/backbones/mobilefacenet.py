# MobileFaceNet from a face recognition checkpoint. Its path: environment variable
# MMFER_MOBILEFACENET, or tools/train.py --init face:PATH. Its own size is image_size = 112.
_base_ = 'r18.py'

in_channels = 512
model = dict(
    data_preprocessor=dict(mean=[127.5] * 3, std=[128.0] * 3),
    backbone=dict(
        _delete_=True,
        type='MobileFaceNet',
        init_cfg=dict(
            type='FaceWeights',
            checkpoint='{{$MMFER_MOBILEFACENET:checkpoints/mobilefacenet.pth}}',
            keys='mobilefacenet',
        ),
    ),
)
