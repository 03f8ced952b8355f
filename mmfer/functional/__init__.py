"""Pure functions: arrays in, arrays out, no randomness inside.

Imports torch, numpy, math and typing only, so that the mathematics can be
read, tested and used without the OpenMMLab packages.
"""

from .cam import align_maps, attention_consistency, class_activation_maps
from .geometry import classify_relation, flip_matrix, relative_transform
from .logits import (complementary_suppression, exchange, lp_normalise,
                     random_class_mask)
from .noise import NOISES, symmetric_noise, transition_matrix

__all__ = [
    'NOISES', 'align_maps', 'attention_consistency', 'class_activation_maps',
    'classify_relation', 'complementary_suppression', 'exchange',
    'flip_matrix', 'lp_normalise', 'random_class_mask', 'relative_transform',
    'symmetric_noise', 'transition_matrix'
]
