from ..functional import Progress
from .backbones import MobileFaceNet
from .classifiers import MultiViewClassifier
from .confidence import ConfidenceRevision
from .encoder_weights import EncoderWeights
from .heads import (
    CLEXHead,
    CoTeachingHead,
    EACHead,
    ELRHead,
    LabelQueryHead,
    MultiViewHead,
    PartialLabelHead,
    ViewHead,
)
from .losses import SampleLoss
from .memories import FeatureQueue, LabelMemory, Prototypes, gather
from .preprocessors import MultiViewPreprocessor
from .selfsup import HOGTarget, MaskFeatMAE, MaskFeatTokens, SimMIMViT, VisiblePatchViT
from .views import Geometry, Targets, View
from .weights import FaceWeights
