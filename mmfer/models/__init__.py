from .backbones import MobileFaceNet
from .classifiers import MultiViewClassifier
from .heads import CLEXHead, MultiViewHead
from .label_memory import LabelMemory
from .preprocessors import MultiViewPreprocessor
from .views import Geometry, Targets, View
from .weights import FaceWeights

__all__ = [
    'CLEXHead', 'FaceWeights', 'Geometry', 'LabelMemory', 'MobileFaceNet',
    'MultiViewClassifier', 'MultiViewHead', 'MultiViewPreprocessor', 'Targets',
    'View'
]
