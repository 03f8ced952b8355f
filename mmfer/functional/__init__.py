"""Pure functions: arrays in, arrays out, no randomness inside.

Imports torch, numpy, math and typing only, so that the mathematics can be
read, tested and used without the OpenMMLab packages.
"""

from .align import (FACE_TEMPLATES, apply_transform, face_template,
                    reduce_landmarks, similarity_from_points)
from .ambiguity import (attack, pgd_step, prediction_margin, steps_kept,
                        stratified_folds)
from .cam import align_maps, attention_consistency, class_activation_maps
from .candidate_draws import (CANDIDATES, binomial_candidates, pair_candidates,
                              uniform_candidates, uniform_sets_candidates)
from .candidates import (GIVEN, add_label, candidate_score, check_labels,
                         membership, threshold_score, topk_candidates)
from .confidence import respond, soft_cross_entropy, top_two
from .geometry import classify_relation, flip_matrix, relative_transform
from .hog import hog, hog_from_patches, hog_patches
from .logits import (complementary_suppression, exchange, lp_normalise,
                     random_class_mask)
from .noise import (FER_CONFUSIONS, NOISES, asymmetric_noise, instance_noise,
                    pair_noise, symmetric_inclusive_noise, symmetric_noise,
                    transition_matrix, transition_noise)
from .uniformity import (optimal_embeddings, regular_simplex, spread,
                         uniformity)
from .votes import (OUTSIDE, VOTE_RULES, select_votes, vote_ambiguity,
                    votes_to_score)

__all__ = [
    'CANDIDATES', 'FACE_TEMPLATES', 'FER_CONFUSIONS', 'GIVEN', 'NOISES',
    'OUTSIDE', 'VOTE_RULES', 'add_label', 'align_maps', 'apply_transform',
    'asymmetric_noise', 'attack', 'attention_consistency',
    'binomial_candidates', 'candidate_score', 'check_labels',
    'class_activation_maps', 'classify_relation', 'complementary_suppression',
    'exchange', 'face_template', 'flip_matrix', 'hog', 'hog_from_patches',
    'hog_patches', 'instance_noise', 'lp_normalise', 'membership',
    'optimal_embeddings', 'pair_candidates', 'pair_noise', 'pgd_step',
    'prediction_margin', 'random_class_mask', 'reduce_landmarks',
    'regular_simplex', 'relative_transform', 'respond', 'select_votes',
    'similarity_from_points', 'soft_cross_entropy', 'spread', 'steps_kept',
    'stratified_folds', 'symmetric_inclusive_noise', 'symmetric_noise',
    'threshold_score', 'top_two', 'topk_candidates', 'transition_matrix',
    'transition_noise', 'uniform_candidates', 'uniform_sets_candidates',
    'uniformity', 'vote_ambiguity', 'votes_to_score'
]
