"""The size of what a network is given."""

import numpy as np
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope
from mmpretrain.datasets import remove_transform
from mmpretrain.registry import TRANSFORMS


def input_shape(cfg: Config) -> tuple[int, int, int]:
    """(C, H, W) of what the test pipeline makes of a picture.

    Args:
        cfg: With ``test_dataloader.dataset.pipeline``.
    """
    steps = remove_transform(cfg.test_dataloader.dataset.pipeline, 'LoadImageFromFile')
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        pipeline = Compose([TRANSFORMS.build(step) for step in steps])
    picture = np.zeros((100, 100, 3), np.uint8)
    return tuple(pipeline(dict(img=picture, img_shape=(100, 100)))['inputs'].shape)
