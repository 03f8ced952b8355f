"""Valence and arousal of a drawn face."""

import numpy as np

from .params import Face

AFFECT_STREAM = 4
# Where a full expression lies on the plane of valence (unpleasant .. pleasant) and arousal (calm ..
# excited): the quadrants of the circumplex (Russell, 1980), the distances chosen here.
CENTRES = {
    'neutral': (0.0, 0.0),
    'happiness': (0.8, 0.35),
    'surprise': (0.15, 0.8),
    'sadness': (-0.7, -0.35),
    'anger': (-0.6, 0.7),
    'disgust': (-0.7, 0.4),
    'fear': (-0.35, 0.85),
    'contempt': (-0.55, 0.2),
}
_SPREAD = 0.06  # deviation of the one annotator's answer


def valence_arousal(face: Face) -> tuple[float, float]:
    """Both in -1..1: the expressions' centres mixed as the face mixes them, times its intensity,
    plus the face's own normal deviation."""
    centre = np.array(CENTRES[face.expression]) * (1 - face.weight)
    if face.second:
        centre = centre + face.weight * np.array(CENTRES[face.second])
    answer = face.intensity * centre + face.rng(AFFECT_STREAM).normal(0, _SPREAD, size=2)
    valence, arousal = np.clip(answer, -1, 1).tolist()
    return valence, arousal
