"""Pre-training without labels: what MMPretrain's own methods lack."""

from ...compat.pictures import name_both_sizes
from .encoders import SimMIMViT, VisiblePatchViT
from .hog_target import HOGTarget
from .maskfeat_mae import MaskFeatMAE, MaskFeatTokens, Prediction
from .masking import MASKINGS, Masked, draw_masks

name_both_sizes()
