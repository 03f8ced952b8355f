from .fer_dataset import FERDataset
from .ferplus import FERPlus
from .raf_db import RAFDB
from .transforms import FaceAffine, GaussianNoise, MultiViewTransform

__all__ = [
    'FERDataset', 'FERPlus', 'FaceAffine', 'GaussianNoise',
    'MultiViewTransform', 'RAFDB'
]
