from .fer_dataset import FERDataset
from .ferplus import FERPlus
from .raf_db import RAFDB
from .multi_view import MultiViewTransform
from .transforms import FaceAffine, GaussianNoise

__all__ = [
    'FERDataset', 'FERPlus', 'FaceAffine', 'GaussianNoise',
    'MultiViewTransform', 'RAFDB'
]
