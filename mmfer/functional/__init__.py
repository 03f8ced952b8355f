"""Pure functions: arrays in, arrays out, no randomness inside.

Imports torch, numpy, math and typing only, so that the mathematics can be
read, tested and used without the OpenMMLab packages.
"""

from .align import (FACE_TEMPLATES, apply_transform, face_template,
                    reduce_landmarks, similarity_from_points)
from .cam import align_maps, attention_consistency, class_activation_maps
from .geometry import classify_relation, flip_matrix, relative_transform
from .logits import (complementary_suppression, exchange, lp_normalise,
                     random_class_mask)
from .noise import (FER_CONFUSIONS, NOISES, asymmetric_noise, instance_noise,
                    pair_noise, symmetric_inclusive_noise, symmetric_noise,
                    transition_matrix, transition_noise)
from .votes import (OUTSIDE, VOTE_RULES, select_votes, vote_ambiguity,
                    votes_to_score)

__all__ = [
    'FACE_TEMPLATES', 'FER_CONFUSIONS', 'NOISES', 'OUTSIDE', 'VOTE_RULES',
    'align_maps', 'apply_transform', 'asymmetric_noise',
    'attention_consistency', 'class_activation_maps', 'classify_relation',
    'complementary_suppression', 'exchange', 'face_template', 'flip_matrix',
    'instance_noise', 'lp_normalise', 'pair_noise', 'random_class_mask',
    'reduce_landmarks', 'relative_transform', 'select_votes',
    'similarity_from_points', 'symmetric_inclusive_noise', 'symmetric_noise',
    'transition_matrix', 'transition_noise', 'vote_ambiguity', 'votes_to_score'
]
