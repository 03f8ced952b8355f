from ..functional import Progress
from .backbones import MobileFaceNet
from .classifiers import MultiViewClassifier
from .confidence import ConfidenceRevision
from .encoder_weights import EncoderWeights
from .heads import (CLEXHead, CoTeachingHead, EACHead, ELRHead, LabelQueryHead, MultiViewHead,
                    PartialLabelHead, ViewHead)
from .losses import SampleLoss
from .memories import FeatureQueue, LabelMemory, Prototypes, gather
from .preprocessors import MultiViewPreprocessor
from .selfsup import HOGTarget, MaskFeatMAE, MaskFeatTokens, SimMIMViT, VisiblePatchViT
from .views import Geometry, Targets, View
from .weights import FaceWeights

__all__ = [
    'CLEXHead', 'CoTeachingHead', 'ConfidenceRevision', 'EACHead', 'ELRHead', 'EncoderWeights',
    'FaceWeights', 'FeatureQueue', 'Geometry', 'HOGTarget', 'LabelMemory', 'LabelQueryHead',
    'MaskFeatMAE', 'MaskFeatTokens', 'MobileFaceNet', 'MultiViewClassifier', 'MultiViewHead',
    'MultiViewPreprocessor', 'PartialLabelHead', 'Progress', 'Prototypes', 'SampleLoss',
    'SimMIMViT',
    'Targets', 'View', 'ViewHead', 'VisiblePatchViT', 'gather'
]
