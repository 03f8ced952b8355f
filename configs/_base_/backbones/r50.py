# ResNet-50 from faces, torchvision's names. The weights: environment variable MMFER_R50, or
# tools/train.py --init face:PATH (others: --init imagenet, none).
_base_ = 'r18.py'

in_channels = 2048
model = dict(
    backbone=dict(
        depth=50, init_cfg=dict(checkpoint='{{$MMFER_R50:checkpoints/resnet50_face.pth}}')
    )
)
