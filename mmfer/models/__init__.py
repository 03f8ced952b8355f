from ..functional import Progress
from .backbones import MobileFaceNet
from .classifiers import MultiViewClassifier
from .confidence import ConfidenceRevision
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
from .initial_weights.encoders import EncoderWeights
from .initial_weights.faces import FaceWeights
from .losses import SampleLoss
from .memories import FeatureQueue, LabelMemory, Prototypes, gather
from .preprocessors import MultiViewPreprocessor
from .selfsup import HOGTarget, MaskFeatMAE, MaskFeatTokens, SimMIMViT, VisiblePatchViT
from .views import Geometry, Targets, View
