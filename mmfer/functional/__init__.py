"""Pure functions: arrays in, arrays out, randomness is an argument.

Imports torch, numpy, math and typing only, so that the mathematics can be read, tested and used
without the OpenMMLab packages.
"""

from .align import (
    FACE_TEMPLATES,
    apply_transform,
    face_template,
    reduce_landmarks,
    similarity_from_points,
)
from .ambiguity import attack, pgd_step, prediction_margin, steps_kept, stratified_folds
from .arguments import Progress, at_least_float32, check_labels
from .cam import align_maps, attention_consistency, class_activation_maps
from .candidate_draws import (
    CANDIDATES,
    binomial_candidates,
    pair_candidates,
    uniform_candidates,
    uniform_sets_candidates,
)
from .candidates import (
    GIVEN,
    add_label,
    candidate_score,
    membership,
    threshold_score,
    topk_candidates,
)
from .draws import uniform_of
from .early_learning import average_targets, bounded_softmax, early_learning
from .face_layout import Layout, face_layout, is_face, is_upright
from .geometry import classify_relation, flip_matrix, move_points, relative_transform
from .hog import hog, hog_from_patches, hog_patches
from .logits import complementary_suppression, exchange, lp_normalise, random_class_mask
from .losses import LOSSES, cross_entropy, generalised_cross_entropy, symmetric_cross_entropy
from .noise import (
    FER_CONFUSIONS,
    NOISES,
    asymmetric_noise,
    instance_noise,
    pair_noise,
    symmetric_inclusive_noise,
    symmetric_noise,
    transition_matrix,
    transition_noise,
)
from .selection import kept_share, smallest
from .uniformity import optimal_embeddings, regular_simplex, spread, uniformity
from .updates import UPDATES, proden, respond, revise, top_two
from .votes import OUTSIDE, VOTE_RULES, select_votes, vote_ambiguity, votes_to_score
