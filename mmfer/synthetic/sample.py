"""Draw a face at random: which expression, how strong, blended with which other, on whom, and how
it is met."""

import math
from collections.abc import Sequence

import numpy as np

from .canvas import mix, shade
from .face import (
    CLASSES_7,
    Face,
    Identity,
    Light,
    Occlusion,
    Pose,
    blend,
    check_expressions,
    expression_units,
    face_rng,
)
from .worn import BEARDS, HAIR_STYLES, KINDS, cover

FACE_STREAM = 0
# Which expressions a real face mixes, each with the share of such blends.
PARTNERS = {
    'neutral': dict(sadness=0.5, anger=0.2, happiness=0.3),
    'happiness': dict(surprise=0.6, neutral=0.4),
    'surprise': dict(fear=0.6, happiness=0.4),
    'sadness': dict(neutral=0.4, fear=0.3, anger=0.3),
    'anger': dict(disgust=0.6, sadness=0.2, neutral=0.2),
    'disgust': dict(anger=0.6, sadness=0.4),
    'fear': dict(surprise=0.7, sadness=0.3),
    'contempt': dict(neutral=0.4, happiness=0.3, disgust=0.3),
}
# BGR, from light to dark skin; the first hairs and irises are the dark ones.
_SKINS = ((196, 212, 241), (172, 194, 232), (150, 178, 222), (128, 160, 208))
_SKINS += ((108, 142, 196), (84, 116, 170), (62, 88, 138), (48, 68, 108))
_HAIRS = ((28, 26, 26), (34, 40, 52), (40, 58, 84), (54, 84, 124), (92, 140, 184))
_HAIRS += ((120, 170, 212), (42, 70, 140), (150, 152, 156), (200, 202, 204))
_IRISES = ((34, 52, 84), (40, 68, 112), (70, 112, 116))
_IRISES += ((96, 120, 80), (150, 118, 74), (168, 140, 104))


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
        expression: The dominant one; drawn evenly from ``classes`` when None. ValueError where it
            or a class is unknown.
        blend_share: Fraction of faces that mix in a second expression, with a weight of 0.3..0.48.
        occlusion_share: Fraction of faces with something in front of them. Not in 0..1: ValueError.
        max_yaw: Largest turn of the head to a side, degrees.
        intensity: Range of the expression's strength, within 0..1.
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
    partners = {name: share for name, share in PARTNERS[expression].items() if name in classes}
    second, point = '', rng.random()
    if mixed and partners:
        shares = np.array(list(partners.values()))
        limits = np.cumsum(shares / shares.sum())[:-1]
        second = list(partners)[int(np.searchsorted(limits, point))]
    weight = float(weight) if second else 0.0
    strength = float(rng.uniform(*intensity))
    variants, turned = rng.integers(12, size=2).tolist(), rng.random() < 0.5
    units = expression_units(expression, variants[0])
    units = blend(units, expression_units(second or expression, variants[1]), weight, strength)
    units = units[:, ::-1] if turned else units
    units = units * rng.uniform(0.85, 1.12, size=(len(units), 1))
    # No face is perfectly still or even.
    units = units * rng.uniform(0.93, 1.07, size=units.shape)
    units = np.clip(units + rng.uniform(0, 0.05, size=units.shape), 0, 1.1)
    identity, pose, light = _identity(rng), _pose(rng, max_yaw), _light(rng)
    thing = _occlusion(rng, occlusion_share)
    if thing.kind == 'sunglasses':
        identity = identity._replace(glasses=False)
    met = (identity, pose, light, thing)
    return Face(seed, index, expression, second, weight, strength, units, *met)


def _identity(rng: np.random.Generator) -> Identity:
    """A person; traits are independent but for hair, brows and beard sharing a colour."""
    tone = rng.uniform(0, len(_SKINS) - 1.01)
    skin = mix(_SKINS[int(tone)], _SKINS[int(tone) + 1], tone % 1)
    skin = mix(skin, (120, 120, 200), rng.uniform(0, 0.12))
    hair = _HAIRS[int(rng.integers(3 if tone > 4.5 else len(_HAIRS)))]
    beard = rng.random()
    return Identity(
        skin=skin,
        hair=shade(hair, rng.uniform(0.85, 1.15)),
        iris=_IRISES[int(rng.integers(2 if tone > 4 else len(_IRISES)))],
        lip_tint=float(max(rng.uniform(-1.2, 1), 0)),
        width=rng.uniform(0.82, 0.94),
        jaw=rng.uniform(0.74, 0.9),
        chin=rng.uniform(1.08, 1.2),
        eye_x=rng.uniform(0.365, 0.41),
        eye_size=rng.uniform(0.98, 1.2),
        eye_tilt=rng.uniform(-0.015, 0.035),
        brow_y=rng.uniform(-0.47, -0.42),
        brow_thick=rng.uniform(0.055, 0.105),
        brow_arch=rng.uniform(0, 0.05),
        nose_width=rng.uniform(0.14, 0.2),
        nose_y=rng.uniform(0.26, 0.33),
        mouth_y=rng.uniform(0.62, 0.68),
        mouth_width=rng.uniform(0.27, 0.34),
        lip=rng.uniform(0.05, 0.095),
        age=rng.uniform(0, 1) ** 1.5,
        style=HAIR_STYLES[int(rng.choice(6, p=(0.26, 0.18, 0.14, 0.24, 0.1, 0.08)))],
        beard=BEARDS[0 if beard < 0.78 else 1 if beard < 0.88 else 2 if beard < 0.93 else 3],
        glasses=bool(rng.random() < 0.1),
    )


def _pose(rng: np.random.Generator, max_yaw: float) -> Pose:
    """A head as loosely placed as in an aligned crop."""
    return Pose(
        roll=float(np.clip(rng.normal(0, 4), -12, 12)),
        yaw=float(np.clip(rng.normal(0, 0.45), -1, 1) * max_yaw),
        pitch=float(np.clip(rng.normal(0, 4), -10, 10)),
        scale=rng.uniform(0.94, 1.06),
        shift=(rng.uniform(-0.02, 0.02), rng.uniform(-0.02, 0.02)),
        gaze=(float(np.clip(rng.normal(0, 0.02), -0.05, 0.05)), rng.uniform(-0.01, 0.012)),
    )


def _light(rng: np.random.Generator) -> Light:
    """A lamp above the head, a background, and a camera that is in focus for most faces."""
    angle, height = rng.uniform(-1, 1), rng.uniform(0.15, 0.7)
    flat = math.cos(height)
    hue = rng.uniform(40, 215) + rng.uniform(-30, 30, size=3)
    clothes = tuple(rng.uniform(20, 210, size=3).tolist())
    return Light(
        direction=(math.sin(angle) * flat, -math.sin(height), math.cos(angle) * flat),
        contrast=rng.uniform(0.15, 0.9),
        brightness=rng.uniform(0.82, 1.15),
        background=tuple(np.clip(hue, 0, 255).tolist()),
        clothes=clothes,
        blur=float(max(rng.uniform(-0.014, 0.009), 0)),
        noise=rng.uniform(0, 4.5),
    )


def _occlusion(rng: np.random.Generator, share: float) -> Occlusion:
    """Something in front of a ``share`` of the faces, small or large."""
    present, kind = rng.random() < share, KINDS[int(rng.integers(len(KINDS)))]
    level, side = rng.uniform(0.15, 1), int(rng.choice((-1, 1)))
    colour = tuple(rng.uniform(10, 70 if kind == 'sunglasses' else 220, size=3).tolist())
    if not present:
        return Occlusion()
    return Occlusion(kind, float(level), side, colour, cover(kind, level, side))
