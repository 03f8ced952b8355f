from .affectnet import AffectNet
from .fer_dataset import FERDataset
from .ferplus import FERPlus
from .multi_view import MultiViewTransform
from .own_folder import FERFolder
from .raf_db import RAFDB
from .samplers import ClassBalancedSampler
from .transforms import CropFaceBox, FaceAffine, GaussianNoise

__all__ = [
    'AffectNet', 'ClassBalancedSampler', 'CropFaceBox', 'FERDataset',
    'FERFolder', 'FERPlus', 'FaceAffine', 'GaussianNoise',
    'MultiViewTransform', 'RAFDB'
]
