"""Draw at random how a face is met: its pose, its light, and what is in front of it."""

import math

import numpy as np

from .occluders import KINDS, cover
from .params import Light, Occlusion, Pose


def sample_pose(rng: np.random.Generator, max_yaw: float) -> Pose:
    """A head turned by up to ``max_yaw`` degrees, as loosely placed as in an aligned crop."""
    return Pose(
        roll=float(np.clip(rng.normal(0, 4), -12, 12)),
        yaw=float(np.clip(rng.normal(0, 0.45), -1, 1) * max_yaw),
        pitch=float(np.clip(rng.normal(0, 4), -10, 10)),
        scale=rng.uniform(0.94, 1.06),
        shift=(rng.uniform(-0.02, 0.02), rng.uniform(-0.02, 0.02)),
        gaze=(float(np.clip(rng.normal(0, 0.02), -0.05, 0.05)), rng.uniform(-0.01, 0.012)),
    )


def sample_light(rng: np.random.Generator) -> Light:
    """A lamp above the head, a background, and a camera that is in focus for most faces."""
    angle, height = rng.uniform(-1, 1), rng.uniform(0.15, 0.7)
    direction = (
        math.sin(angle) * math.cos(height),
        -math.sin(height),
        math.cos(angle) * math.cos(height),
    )
    hue = rng.uniform(40, 215) + rng.uniform(-30, 30, size=3)
    clothes = rng.uniform(20, 210, size=3)
    return Light(
        direction=direction,
        contrast=rng.uniform(0.15, 0.9),
        brightness=rng.uniform(0.82, 1.15),
        background=tuple(np.clip(hue, 0, 255).tolist()),
        clothes=tuple(clothes.tolist()),
        blur=float(max(rng.uniform(-0.014, 0.009), 0)),
        noise=rng.uniform(0, 4.5),
    )


def sample_occlusion(rng: np.random.Generator, share: float) -> Occlusion:
    """Something in front of a ``share`` of the faces, small or large."""
    present, kind = rng.random() < share, KINDS[int(rng.integers(len(KINDS)))]
    level, side = rng.uniform(0.15, 1), int(rng.choice((-1, 1)))
    colour = tuple(rng.uniform(10, 70 if kind == 'sunglasses' else 220, size=3).tolist())
    if not present:
        return Occlusion()
    return Occlusion(kind, float(level), side, colour, cover(kind, level, side))
