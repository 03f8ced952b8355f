from ..compat.pictures import augment_grey_pictures, erase_grey_pictures
from .affectnet import AffectNet
from .expw import ExpW
from .fer2013 import FER2013
from .fer_dataset import FERDataset
from .ferplus import FERPlus
from .folds import FERFold
from .multi_view import MultiViewTransform
from .own import FERFolder
from .raf_db import RAFDB
from .samplers import ClassBalancedSampler
from .transforms import CropFaceBox, FaceAffine, GaussianNoise
from .unlabelled import UnlabelledFER

erase_grey_pictures()
augment_grey_pictures()
