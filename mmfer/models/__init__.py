from .backbones import MobileFaceNet
from .classifiers import MultiViewClassifier
from .confidence import ConfidenceRevision, ConfidenceTable
from .encoder_weights import EncoderWeights
from .heads import (CLEXHead, LabelQueryHead, MultiViewHead,
                    PartialLabelHead)
from .label_memory import LabelMemory
from .preprocessors import MultiViewPreprocessor
from .selfsup import (HOGTarget, MaskFeatMAE, MaskFeatTokens, SimMIMViT,
                      VisiblePatchViT)
from .views import Geometry, Targets, View
from .weights import FaceWeights

__all__ = [
    'CLEXHead', 'ConfidenceRevision', 'ConfidenceTable', 'EncoderWeights',
    'FaceWeights', 'Geometry', 'HOGTarget', 'LabelMemory', 'LabelQueryHead',
    'MaskFeatMAE', 'MaskFeatTokens', 'MobileFaceNet', 'MultiViewClassifier',
    'MultiViewHead', 'MultiViewPreprocessor', 'PartialLabelHead', 'SimMIMViT',
    'Targets', 'View', 'VisiblePatchViT'
]
