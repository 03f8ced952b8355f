"""Draw a face at random: which expression, how strong, blended with which other, on whom."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .action_units import EXPRESSIONS, blend, check_expressions, expression_units
from .conditions import sample_light, sample_occlusion, sample_pose
from .identity import sample_identity
from .params import Face, face_rng

CLASSES_7 = EXPRESSIONS[:7]
CLASSES_8 = EXPRESSIONS
FACE_STREAM = 0
# Which expressions a real face mixes, each with the share of such blends.
PARTNERS = {
    'neutral': (('sadness', 0.5), ('anger', 0.2), ('happiness', 0.3)),
    'happiness': (('surprise', 0.6), ('neutral', 0.4)),
    'surprise': (('fear', 0.6), ('happiness', 0.4)),
    'sadness': (('neutral', 0.4), ('fear', 0.3), ('anger', 0.3)),
    'anger': (('disgust', 0.6), ('sadness', 0.2), ('neutral', 0.2)),
    'disgust': (('anger', 0.6), ('sadness', 0.4)),
    'fear': (('surprise', 0.7), ('sadness', 0.3)),
    'contempt': (('neutral', 0.4), ('happiness', 0.3), ('disgust', 0.3)),
}


def sample_face(
    seed: int,
    index: int,
    expression: str | None = None,
    *,
    classes: Sequence[str] = CLASSES_7,
    blend_share: float = 0.2,
    occlusion_share: float = 0.12,
    max_yaw: float = 22.0,
    intensity: tuple[float, float] = (0.45, 1.0),
) -> Face:
    """The face named (``seed``, ``index``): the same on every machine and in every order.

    Args:
        expression: The dominant expression; drawn evenly from ``classes`` when None.
        blend_share: Fraction of faces that mix in a second expression, with a weight of 0.3..0.48.
        occlusion_share: Fraction of faces with something in front of them.
        max_yaw: Largest turn of the head to a side, degrees.
        intensity: Range of the expression's strength, within 0..1.

    Raises:
        ValueError: An expression is unknown, or a share is not within 0..1.
    """
    check_expressions([*classes, *([] if expression is None else [expression])])
    for name, share in (('blend_share', blend_share), ('occlusion_share', occlusion_share)):
        if not 0 <= share <= 1:
            raise ValueError(f'{name} is a fraction of the faces, 0..1, not {share}')
    rng = face_rng(seed, index, FACE_STREAM)
    # Every draw happens whatever the arguments, so that e.g. another blend_share changes the blend
    # but not the person.
    drawn = classes[int(rng.integers(len(classes)))]
    expression = expression or drawn
    mixed, weight = rng.random() < blend_share, rng.uniform(0.3, 0.48)
    partner = _partner(rng, expression, classes)
    second = partner if mixed else ''
    weight = weight if second else 0.0
    strength = rng.uniform(*intensity)
    units = _units(rng, expression, second, weight, strength)
    identity = sample_identity(rng)
    pose = sample_pose(rng, max_yaw)
    light = sample_light(rng)
    occlusion = sample_occlusion(rng, occlusion_share)
    if occlusion.kind == 'sunglasses':
        identity = replace(identity, glasses=False)
    return Face(
        seed=seed,
        index=index,
        expression=expression,
        second=second,
        weight=float(weight),
        intensity=float(strength),
        units=units,
        identity=identity,
        pose=pose,
        light=light,
        occlusion=occlusion,
    )


def _partner(rng: np.random.Generator, expression: str, classes: Sequence[str]) -> str:
    pairs = [(name, share) for name, share in PARTNERS[expression] if name in classes]
    point = rng.random()
    if not pairs:
        return ''
    shares = np.array([share for _, share in pairs])
    return pairs[int(np.searchsorted(np.cumsum(shares / shares.sum())[:-1], point))][0]


def _units(
    rng: np.random.Generator, expression: str, second: str, weight: float, strength: float
) -> np.ndarray:
    variants, mirrored = rng.integers(12, size=2), rng.random() < 0.5
    units = blend(
        expression_units(expression, int(variants[0])),
        expression_units(second or expression, int(variants[1])),
        weight,
        strength,
    )
    if mirrored:
        units = units[:, ::-1]
    units = units * rng.uniform(0.85, 1.12, size=(len(units), 1))
    # No face is perfectly still or even.
    return np.clip(
        units * rng.uniform(0.93, 1.07, size=units.shape) + rng.uniform(0, 0.05, size=units.shape),
        0,
        1.1,
    )
